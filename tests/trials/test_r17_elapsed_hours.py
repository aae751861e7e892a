"""R17: hours are elapsed hours, and what is printed is what the wall shows, around every change of the clocks.

Every 15 minutes of 4 weeks around both changes of 2026 to 2030 (1 week in `make test`: no window of 73 hours that
crosses a change begins earlier), with 47, 48, 49, 71, 72 and 73 hours. Expected is what `wall_clock.py` counts in whole
seconds. The product gets its instants in the clinic's zone, the form in which Python itself would count wall time; the
control lets it, and must be wrong.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from injections.messages import aftercare_plan
from injections.safety import facts as safety
from injections.safety.case import Case
from injections.safety.policy import DEFAULT
from injections.safety.rules.rest import rest_window
from scheduling.messages import plan, words
from scheduling.messages.calendar_part import CalendarEntry, calendar_text
from tests.clinic import LONDON
from tests.trials.wall_clock import (
    DAY,
    HOUR,
    MINUTE,
    MONTHS,
    Shown,
    days_around_changes,
    first_at_or_after,
    is_ahead,
    quarters_around_changes,
    shown,
)

YEARS = range(2026, 2031)
HOURS = (47, 48, 49, 71, 72, 73)
REST, ADVISED = 48, 72
BORN = safety.PatientFacts(date_of_birth=date(1980, 5, 1))


@pytest.fixture(scope="module")
def days(is_full_trial: bool) -> int:
    return 28 if is_full_trial else 7


@pytest.fixture(scope="module")
def quarters(days: int) -> list[int]:
    return list(quarters_around_changes(YEARS, days=days))


def local(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=LONDON)


def in_seconds(instant: datetime) -> int:
    return timegm(instant.utctimetuple())


def test_the_clock_counted_in_seconds_shows_what_the_zone_database_says(quarters: list[int]) -> None:
    """Two ways to know the same: a mistake in one of them would be seen here."""
    for second in quarters:
        there, found = local(second), shown(second)
        parts = (there.year, there.month, there.day, there.hour, there.minute)
        assert parts == (found.year, found.month, found.day, found.hour, found.minute), there
        assert second in found.seconds


# -- The rest window -------------------------------------------------------------------------------------------------


def expected_severity(hours: int, *, of_a_visit: bool) -> str | None:
    if hours < REST:
        return "critical" if of_a_visit else "warning"
    return "info" if hours < ADVISED else None


def before_a_visit(start: datetime, injection: dict[str, Any]) -> str | None:
    request = safety.Request(kind="physiotherapy", start=start, end=start)
    given = safety.GivenInjection(site="hamstring-origin", side="left", steroid=True, **injection)
    return severity(safety.Facts(request=request, patient=BORN, injections=(given,)))


def after_an_injection(ended_at: datetime, **load: Any) -> str | None:
    request = safety.Request(start=ended_at - timedelta(minutes=30), end=ended_at, site="hamstring-origin", side="left")
    return severity(safety.Facts(request=request, patient=BORN, **load))


def severity(facts: safety.Facts) -> str | None:
    outcome = rest_window(Case(facts, DEFAULT))
    return None if outcome is None else str(outcome.severity)


def rest_mistakes(quarters: Iterable[int]) -> Iterator[str]:
    """Where a visit, or the patient's own sport, so many hours after an injection is judged by anything else."""
    for end in quarters:
        ended_at = local(end)
        for hours in HOURS:
            start = local(end + hours * HOUR)
            visit, sport = safety.LoadingVisit(kind="physiotherapy", start=start), {"kind": "sport"}
            found = (
                before_a_visit(start, {"given": f"{ended_at:%Y-%m-%d}", "ended_at": ended_at}),
                after_an_injection(ended_at, loading=(visit,)),
                after_an_injection(ended_at, activities=(safety.Activity(**sport, start=start),)),
            )
            wanted = tuple(expected_severity(hours, of_a_visit=of_a_visit) for of_a_visit in (1, 1, 0))
            if found != wanted:
                yield f"{hours} h after {ended_at.isoformat()}: {found}, not {wanted}"


def test_the_rest_window_counts_elapsed_hours(quarters: list[int]) -> None:
    mistakes = list(rest_mistakes(quarters))
    print(f"R17: {len(quarters) * len(HOURS)} times, 3 ways: {len(mistakes)} wrong")
    assert mistakes == []


def test_an_injection_known_by_its_day_rests_from_the_midnight_after(days: int) -> None:
    for day in days_around_changes(YEARS, days=days):
        [midnight] = day.days_later(1).seconds
        given = f"{day.year}-{day.month:02}-{day.day:02}"
        for hours in HOURS:
            found = before_a_visit(local(midnight + hours * HOUR), {"given": given, "ended_at": None})
            assert found == expected_severity(hours, of_a_visit=True), (given, hours)


@pytest.mark.full_trial
def test_control_hours_on_the_wall_are_wrong_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instants kept in the clinic's zone are subtracted by their wall clocks: an hour off across each change."""
    monkeypatch.setattr(safety, "utc", lambda instant: instant)
    mistakes = list(rest_mistakes(quarters_around_changes(range(2026, 2027), days=7)))
    print(f"R17 control: {len(mistakes)} wrong, first {mistakes[0] if mistakes else None}")
    assert len(mistakes) > 100


# -- What mails print, and when they are due ---------------------------------------------------------------------


def printed_mistakes(quarters: Iterable[int]) -> Iterator[str]:
    for end in quarters:
        for hours in HOURS:
            given = aftercare_plan.Given(ended_at=local(end), recorded_at=local(end), rest_hours=hours)
            found = aftercare_plan.printed(given, now=local(end), zone=LONDON)["rest_until"]
            until = shown(end + hours * HOUR)
            if found != f"{until.on} at {until.clock}":
                yield f"{hours} h after {local(end).isoformat()}: {found}"


def test_the_end_of_the_rest_is_printed_as_the_wall_will_show_it(quarters: list[int]) -> None:
    assert list(printed_mistakes(quarters)) == []


def test_a_start_is_printed_as_the_wall_shows_it(quarters: list[int]) -> None:
    for second in quarters:
        wall = shown(second)
        assert words.clock_time(local(second), LONDON) == wall.clock
        full = f"{wall.on} {wall.year} at {wall.clock}"
        assert words.when(datetime.fromtimestamp(second, tz=UTC), LONDON) == full
        assert words.day_and_time(local(second), LONDON) == f"{wall.on} at {wall.clock}"


def test_the_calendar_part_says_the_instant_in_utc(quarters: list[int]) -> None:
    for second in quarters:
        text = calendar_text(
            CalendarEntry(
                says="confirmed",
                uid="appointment-1@clinic.example",
                sequence=1,
                start=local(second),
                end=local(second + 45 * MINUTE),
                written_at=local(second - DAY),
                clinic="The clinic",
                place="Here",
                organiser="reception@clinic.example",
                sender="appointments@clinic.example",
                attendee="robin@mail.example",
            )
        )
        lines = dict(line.split(":", 1) for line in text.split("\r\n") if line.startswith("DT"))
        told = [
            timegm(datetime.strptime(lines[name], "%Y%m%dT%H%M%S%z").utctimetuple())
            for name in ("DTSTART", "DTEND", "DTSTAMP")
        ]
        assert told == [second, second + 45 * MINUTE, second - DAY], text


def may_go_out(second: int) -> bool:
    return 8 <= shown(second).hour < 20


def expected_reminders(start: int) -> dict[str, tuple[int, int]]:
    """When each reminder of a visit that starts then is due, and when it expires."""
    [ten_a_week_before] = shown(start).days_later(-7, 10).seconds
    two_days = start - 48 * HOUR
    if not may_go_out(two_days):
        two_days = first_at_or_after(two_days, 8)
    return {"reminder-week": (ten_a_week_before, start - 72 * HOUR), "reminder-2-days": (two_days, start - 2 * HOUR)}


def expected_aftercare(end: int, rest_hours: int) -> dict[str, tuple[int, int]]:
    """The same of what follows an injection that ended then, up to day 4."""
    next_day = end + 24 * HOUR
    if not (may_go_out(next_day) and shown(next_day).hour >= 9):
        next_day = first_at_or_after(next_day, 9)
    rest_over = first_at_or_after(end + rest_hours * HOUR, 9)
    day_4 = first_at_or_after(end + 96 * HOUR, 9)
    return {
        "aftercare": (end, end + 72 * HOUR),
        "flare-check": (next_day, end + 72 * HOUR),
        "rest-over": (rest_over, rest_over + 72 * HOUR),
        "day-4": (day_4, day_4 + 48 * HOUR),
    }


def planned_mistakes(quarters: Iterable[int]) -> Iterator[str]:
    for second in quarters:
        long_ago = local(second - 30 * DAY)
        found = plan.reminders(start=local(second), asked_at=long_ago, now=long_ago, zone=LONDON)
        told = {message.kind: message for message in found}
        yield from wrong_times(second, told, expected_reminders(second))
        for hours in (48, 72):
            given = aftercare_plan.Given(ended_at=local(second), recorded_at=local(second), rest_hours=hours)
            steps = aftercare_plan.plan(given, now=local(second), zone=LONDON)
            told = {step.planned.kind: step.planned for step in steps if "/" not in step.occasion}
            yield from wrong_times(second, told, expected_aftercare(second, hours))


def wrong_times(second: int, told: dict[str, plan.Planned], wanted: dict[str, tuple[int, int]]) -> Iterator[str]:
    found = {kind: (in_seconds(one.due_at), in_seconds(one.expires_at)) for kind, one in told.items()}
    yield from (
        f"{kind} for {local(second).isoformat()}: {found.get(kind)}, not {times}"
        for kind, times in wanted.items()
        if found.get(kind) != times
    )


def test_messages_are_due_and_expire_after_elapsed_hours_and_at_wall_times(quarters: list[int]) -> None:
    mistakes = list(planned_mistakes(quarters))
    print(f"R17: due and expiry of 10 messages for each of {len(quarters)} times: {len(mistakes)} wrong")
    assert mistakes == []


def test_the_months_have_the_names_that_mails_print() -> None:
    assert [Shown(2026, month, 1).on.rpartition(" ")[2] for month in range(1, 13)] == MONTHS
    assert not is_ahead(timegm((2026, 1, 1, 0, 0, 0)))

"""R17: what is written as a time on the wall: forms, sessions, slots, closures, mails, around every change of clocks.

A time that the clocks skip is refused wherever somebody writes one; of a repeated hour the first is meant
(`docs/adr/0008-clock-changes.md`); the API takes instants with their offset only. Every 15 minutes of 4 weeks around
both changes of 2026 to 2030 (of the days next to them in `make test`), against what `wall_clock.py` counts.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from pht_clinic.errors import Invalid
from pht_clinic.people.actors import SYSTEM
from pht_clinic.periods import Period, local_days
from pht_clinic.web.api.fields import DayOrInstant, Instant
from pht_clinic.web.forms import moment
from pht_clinic.web.forms.moment import MomentForm, NoSuchTime, local_moment
from scheduling.availability.slots import Search, free_slots
from scheduling.availability.weekly import Weekly, sessions
from scheduling.clinic.forms import ClosureForm
from scheduling.clinic.schedules import save_schedule
from scheduling.kinds import KINDS
from scheduling.messages import drafts, render
from scheduling.models import Appointment, Schedule
from tests.clinic import LONDON, Clinic, local, open_clinic
from tests.trials.wall_clock import DAY, HOUR, MINUTE, Shown, days_around_changes, shown

pytestmark = pytest.mark.full_trial(one_in=3)

YEARS = range(2026, 2031)
MINUTES_OF_A_DAY = range(0, DAY // MINUTE, 15)
SKIPPED = "does not exist on that day: the clocks go forward"


@pytest.fixture(scope="module")
def days(is_full_trial: bool) -> list[Shown]:
    return list(days_around_changes(YEARS, days=28 if is_full_trial else 4))


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def walls(days: Iterable[Shown]) -> Iterator[Shown]:
    """Every 15 minutes that a clock on the wall has, on each of the days."""
    for day in days:
        for minutes in MINUTES_OF_A_DAY:
            yield day.days_later(0, minutes // 60, minutes % 60)


def utc(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)


def seconds_of(instant: datetime) -> int:
    return timegm(instant.utctimetuple())


def on(wall: Shown) -> date:
    return date(wall.year, wall.month, wall.day)


def at(wall: Shown) -> time:
    return time(wall.hour, wall.minute)


# -- Forms -----------------------------------------------------------------------------------------------------------


def moment_mistakes(days: Iterable[Shown]) -> Iterator[str]:
    """Wall times that a form reads as another instant than their first, or takes although they never come."""
    for wall in walls(days):
        try:
            found = seconds_of(local_moment(on(wall), at(wall)))
        except NoSuchTime:
            found = None
        if found != (wall.seconds[0] if wall.seconds else None):
            yield f"{wall}: {found}"


def test_a_skipped_time_is_refused_and_of_a_repeated_one_the_first_is_meant(days: list[Shown]) -> None:
    mistakes = list(moment_mistakes(days))
    times = [len(wall.seconds) for wall in walls(days)]
    print(f"R17: {len(times)} wall times, {times.count(0)} skipped, {times.count(2)} repeated: {len(mistakes)} wrong")
    assert mistakes == []
    assert (times.count(0), times.count(2)) == (4 * len(YEARS), 4 * len(YEARS))


def test_control_a_form_that_does_not_look_back_takes_what_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look back a skipped time passes; and the last of a repeated hour is not the first."""
    days = list(days_around_changes(range(2026, 2027), days=4))

    def unguarded(day: date, wall: time, zone: Any, *, fold: int) -> datetime:
        return datetime.combine(day, wall.replace(fold=1), tzinfo=zone).astimezone(UTC)

    monkeypatch.setattr(moment, "wall_to_utc", unguarded)
    assert len(list(moment_mistakes(days))) >= 4


def test_the_forms_that_ask_for_a_time_say_why_it_is_none(days: list[Shown]) -> None:
    """The form of a start, and both ends of a closure; on the day of the change, all its quarters of an hour."""
    for wall in walls(day for day in days if not day.days_later(0, 1, 30).seconds):
        sent = {"on": f"{on(wall)}", "at": wall.clock}
        form = MomentForm(sent)
        assert form.is_valid() is bool(wall.seconds)
        if wall.seconds:
            assert seconds_of(form.cleaned_data["moment"]) == wall.seconds[0]
        else:
            assert SKIPPED in str(form.errors["at"])
        closure = closure_form(wall, wall.days_later(1, 12))
        assert closure.is_valid() is bool(wall.seconds)
        assert bool(wall.seconds) or SKIPPED in str(closure.errors["from_at"])
        until = closure_form(wall.days_later(-1, 12), wall)
        assert until.is_valid() is bool(wall.seconds)
        assert bool(wall.seconds) or SKIPPED in str(until.errors["to_at"])


def closure_form(first: Shown, last: Shown) -> ClosureForm:
    sent = {
        "what": "clinic",
        "from_on": f"{on(first)}",
        "from_at": first.clock,
        "to_on": f"{on(last)}",
        "to_at": last.clock,
    }
    return ClosureForm(sent, people=[], rooms=[])


def test_a_closure_of_whole_days_lasts_from_midnight_to_midnight(days: list[Shown]) -> None:
    """23 hours where the clocks go forward, 25 where they go back."""
    lengths = set()
    for day in days:
        form = ClosureForm({"what": "clinic", "from_on": f"{on(day)}", "to_on": f"{on(day)}"}, people=[], rooms=[])
        assert form.is_valid()
        found = [seconds_of(form.cleaned_data[name]) for name in ("starts_at", "ends_at")]
        assert found == [*day.seconds, *day.days_later(1).seconds]
        lengths.add((found[1] - found[0]) // HOUR)
    assert lengths == {23, 24, 25}


# -- The API ---------------------------------------------------------------------------------------------------------


def test_the_api_takes_each_instant_as_its_offset_says_and_no_time_without_one(days: list[Shown]) -> None:
    """The repeated hour is two instants, told apart by the offset; a date is the whole local day."""
    begins, ends = DayOrInstant(), DayOrInstant(is_end=True)
    for wall in walls(days):
        text = f"{on(wall)}T{wall.clock}:00"
        for offset in (0, 1):
            found = Instant().run_validation(f"{text}+0{offset}:00")
            assert seconds_of(found) == timegm(datetime.fromisoformat(text).timetuple()) - offset * HOUR
        with pytest.raises(ValidationError):
            Instant().run_validation(text)
    for day in days:
        assert [seconds_of(begins.run_validation(f"{on(day)}"))] == day.seconds
        assert [seconds_of(ends.run_validation(f"{on(day)}"))] == day.days_later(1).seconds


# -- Sessions and slots ------------------------------------------------------------------------------------------------


def weekly(opens: time, closes: time) -> list[Weekly]:
    return [Weekly(1, 1, weekday, opens, closes, date(2026, 1, 1), None, 1) for weekday in range(7)]


def test_sessions_open_and_close_as_the_wall_shows(days: list[Shown]) -> None:
    """By day, and over the change itself: an hour shorter where the clocks go forward, longer where they go back."""
    for opens, closes in ((time(9), time(17)), (time(0), time(23, 45)), (time(0, 45), time(3))):
        for day in days:
            [found] = sessions(weekly(opens, closes), from_on=on(day), to_on=on(day), zone=LONDON)
            [start] = day.days_later(0, opens.hour, opens.minute).seconds
            [end] = day.days_later(0, closes.hour, closes.minute).seconds
            assert found.period == Period(utc(start), utc(end))


def test_of_a_changed_hour_sessions_have_no_more_than_the_wall_shows(days: list[Shown]) -> None:
    """An opening or closing in a repeated hour means the whole of it; in a skipped one none of it."""
    for wall in walls(days):
        if len(wall.seconds) == 1:
            continue
        [early] = wall.days_later(0, 0, 30).seconds
        [late] = wall.days_later(0, 4).seconds
        found = [
            session.period
            for opens, closes in ((at(wall), time(4)), (time(0, 30), at(wall)))
            for session in sessions(weekly(opens, closes), from_on=on(wall), to_on=on(wall), zone=LONDON)
        ]
        if wall.seconds:
            opens, closes = wall.seconds
        else:
            after_the_jump = wall.days_later(0, 2).seconds[0] + wall.minute * MINUTE
            opens, closes = after_the_jump, after_the_jump - HOUR
        wanted = [(opens, late), (early, closes)]
        assert found == [Period(utc(start), utc(end)) for start, end in wanted if start < end]


def test_nothing_opens_or_closes_in_the_hours_that_change(clinic: Clinic) -> None:
    """From 01:00 to just before 03:00 a session cannot be saved; every 15 minutes of the day."""
    late, early = time(23, 55), time(0, 5)
    sunday = Schedule.objects.get(practitioner=clinic.practitioner, weekday=6)
    for minutes in MINUTES_OF_A_DAY:
        wall = time(minutes // 60, minutes % 60)
        for name, opens, closes in (("opens", wall, late), ("closes", early, wall)):
            session = {
                "practitioner_id": clinic.practitioner.pk,
                "room_id": clinic.room.pk,
                "weekday": 6,
                "opens": opens,
                "closes": closes,
                "valid_from": date(2026, 1, 1),
            }
            if time(1) <= wall < time(3):
                with pytest.raises(Invalid) as refused:
                    save_schedule(sunday.pk, session, by=clinic.manager, now=clinic.now)
                assert f"#/{name}" in {error.pointer for error in refused.value.errors}
            elif opens < closes:
                save_schedule(sunday.pk, session, by=clinic.manager, now=clinic.now)


def test_slots_follow_one_another_in_elapsed_minutes_through_the_whole_day(
    clinic: Clinic, days: list[Shown], settings: Any
) -> None:
    """A day with a session from midnight to 23:45 has 2 half hours less in spring and 2 more in autumn."""
    settings.BANK_HOLIDAYS = ""
    Schedule.objects.filter(practitioner=clinic.physiotherapist).update(opens=time(0), closes=time(23, 45))
    counts = set()
    for day in days:
        search = Search(KINDS["physiotherapy"], on(day), on(day), practitioner_id=clinic.physiotherapist.pk)
        found = [seconds_of(slot.start) for slot in free_slots(search, now=utc(day.seconds[0] - DAY))]
        [closes] = day.days_later(0, 23, 45).seconds
        assert found == list(range(day.seconds[0], closes - 30 * MINUTE + 1, 30 * MINUTE)), day
        counts.add(len(found))
    assert counts == {45, 47, 49}


def test_the_local_day_is_as_long_as_it_is(days: list[Shown]) -> None:
    for day in days:
        found = local_days(on(day), on(day), LONDON)
        assert [seconds_of(found.start), seconds_of(found.end)] == [*day.seconds, *day.days_later(1).seconds]


# -- A whole letter ----------------------------------------------------------------------------------------------------


def letter_mistakes(visit: Appointment, starts: Iterable[int], now: datetime) -> Iterator[str]:
    """Starts that the mail of a booking prints otherwise than the wall, or its calendar part than UTC."""
    for start in starts:
        visit.start_at = datetime.fromtimestamp(start, tz=LONDON)
        visit.end_at = datetime.fromtimestamp(start + 20 * MINUTE, tz=LONDON)
        [news, *_] = drafts.draft(drafts.News("confirmed"), appointment=visit, by=SYSTEM, now=now)
        letter = render.letter(news, now=now)
        wall, (calendar, _) = shown(start), letter.calendar or ("", "")
        wanted = f"{wall.on} {wall.year} at {wall.clock}"
        text = " ".join(letter.text.split())
        if wanted not in text or letter.subject != f"Your appointment on {wall.on}":
            yield f"{wanted}: {letter.subject}, {text[:200]}"
        if f"DTSTART:{utc(start):%Y%m%dT%H%M%SZ}" not in calendar:
            yield f"{wanted}: {calendar}"


@pytest.mark.full_trial
def test_a_letter_and_its_calendar_part_speak_of_one_instant(
    clinic: Clinic, days: list[Shown], is_full_trial: bool
) -> None:
    """The real confirmation, from its template; around each change, or (in `make test`) on the day of it."""
    visit = clinic.book(clinic.patient(), local("2026-03-24"), kind="follow-up").appointment
    assert visit is not None
    step = 15 * MINUTE if is_full_trial else HOUR
    starts = [second for day in days for second in range(day.seconds[0], day.days_later(1).seconds[0], step)]
    mistakes = list(letter_mistakes(visit, starts, clinic.now))
    print(f"R17: {len(starts)} letters, {len(mistakes)} wrong")
    assert mistakes == []


def test_a_visit_booked_across_a_change_is_stored_printed_and_sent_as_asked(clinic: Clinic) -> None:
    """Through the use case, with a start in the clinic's zone: the hour before and after the change of 2026."""
    Schedule.objects.filter(practitioner=clinic.practitioner).update(opens=time(0), closes=time(23, 45))
    for day in ("2026-03-29", "2026-10-25"):
        for offset in (timedelta(minutes=30), timedelta(minutes=90), timedelta(minutes=210)):
            start = (local(day, "00:00") + offset).astimezone(LONDON)
            patient = clinic.patient(f"Night{day[5:7]}{offset.seconds}")
            visit = clinic.book(patient, start, kind="follow-up").appointment
            assert visit is not None
            visit = Appointment.objects.get(pk=visit.pk)
            assert visit.start_at == start.astimezone(UTC)
            assert visit.end_at - visit.start_at == timedelta(minutes=20)
            assert visit.during.upper - visit.during.lower == timedelta(minutes=20)

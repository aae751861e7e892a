"""Section A of the rules, one plain function a rule: interval, load and rest.

Each takes the batch line and returns "critical", "warning", "info", or None when it does not fire.
"""

from datetime import date, datetime, timedelta

from tests.trials.oracle.days import ONE_DAY, add_months, counts_as, instant, local_day, midnight_after
from tests.trials.oracle.words import (
    answer,
    answered_at,
    booked,
    booked_day,
    booked_in_same_visit,
    end_of,
    given,
    given_and_booked_days,
    given_in_same_visit,
    in_same_area,
    in_same_area_on_other_side,
    is_ischial_or_trochanteric,
    pathway,
    request_end,
    request_start,
    start_day,
)

SEVERITIES = ("critical", "warning", "info")
HOUR = timedelta(hours=1)


def worst(severities: list[str]) -> str | None:
    for severity in SEVERITIES:
        if severity in severities:
            return severity
    return None


def pair_severity(one: date, other: date) -> str | None:
    """How two injections of one area judge each other: the later is measured from the earlier."""
    earlier, later = min(one, other), max(one, other)
    if later < add_months(earlier, 3):
        return "critical"
    if later < add_months(earlier, 4):
        return "warning"
    return None


def interval_on(line: dict, day: date) -> str | None:
    """What `repeat-interval` says were this the requested day; a visit is one only at the asked time."""
    asked = day == start_day(line)
    found = []
    for injection in given(line):
        if in_same_area(line, injection) and not (asked and given_in_same_visit(line, injection)):
            found.append(pair_severity(counts_as(injection, day), day))
    for booking in booked(line):
        if in_same_area(line, booking) and not (asked and booked_in_same_visit(line, booking)):
            found.append(pair_severity(booked_day(booking), day))
    return worst([severity for severity in found if severity])


def repeat_interval(line: dict) -> str | None:
    return interval_on(line, start_day(line))


def first_day(line: dict, unwanted: tuple[str, ...]) -> str | None:
    """The first day, trying every one from the requested on, on which the interval is none of these.

    None when it does not fire at all or no day helps: half a year after the last known date nothing known
    can still matter.
    """
    day = start_day(line)
    if interval_on(line, day) is None:
        return None
    known = [day] + [booked_day(booking) for booking in booked(line)]
    known += [counts_as(injection, date(9000, 1, 1)) for injection in given(line)]
    last = max(one for one in known if one.year < 9000) + timedelta(days=190)
    while day <= last:
        if interval_on(line, day) not in unwanted:
            return day.isoformat()
        day += ONE_DAY
    return None


def review_from(line: dict) -> str | None:
    return first_day(line, ("critical",))


def clear_from(line: dict) -> str | None:
    return first_day(line, ("critical", "warning"))


def injection_history_unknown(line: dict) -> str | None:
    said = answer(line, "steroid_injection_last_12_months")
    if said not in ("yes", "no"):
        return "warning"
    at = answered_at(line)
    answer_day = start_day(line) if at is None else local_day(at)
    recorded = False
    for injection in given(line):
        if add_months(counts_as(injection, start_day(line)), 12) > answer_day:
            recorded = True
    return "warning" if recorded != (said == "yes") else None


def repeat_number(line: dict) -> str | None:
    for injection in given(line):
        if in_same_area(line, injection):
            return "info"
    return None


def repeat_without_physiotherapy(line: dict) -> str | None:
    if not is_ischial_or_trochanteric(line):
        return None
    if pathway(line, "physiotherapy") not in ("none", "not-possible", None):
        return None
    return "warning" if repeat_number(line) else None


def rest_hours(injection: dict) -> timedelta:
    hours = injection.get("rest_hours")
    return (48 if hours is None else hours) * HOUR


def rest_after(elapsed: timedelta, rest: timedelta, kind: str, agreed: bool) -> str | None:
    """What a load this long after the end of an injection gives."""
    if elapsed < 0 * HOUR:
        return None
    if kind in ("physiotherapy", "exercise-class") and elapsed < rest:
        return "critical"
    if kind in ("sport", "manual-work") and elapsed < rest and not agreed:
        return "warning"
    return "info" if elapsed < 72 * HOUR else None


def rest_window(line: dict) -> str | None:
    """For a requested injection: each load after its end."""
    found = []
    for load in (line.get("loading") or []) + (line.get("activities") or []):
        elapsed = instant(load["start"]) - request_end(line)
        agreed = load.get("agreed_to_move") is True
        found.append(rest_after(elapsed, 48 * HOUR, load["kind"], agreed))
    return worst([severity for severity in found if severity])


def since_given(injection: dict, start: datetime) -> timedelta:
    """How long after a given injection; one known only by its date ends with that day, all of it 0."""
    if injection.get("ended_at") is not None:
        return start - instant(injection["ended_at"])
    day = counts_as(injection, local_day(start))
    if day == local_day(start):
        return 0 * HOUR
    return start - midnight_after(day)


def rest_window_of_visit(line: dict) -> str | None:
    """For a requested physiotherapy or exercise class: the same from the other side."""
    kind = line["request"]["kind"]
    start = request_start(line)
    found = []
    for injection in given(line):
        found.append(rest_after(since_given(injection, start), rest_hours(injection), kind, False))
    for booking in booked(line):
        found.append(rest_after(start - end_of(booking), rest_hours(booking), kind, False))
    return worst([severity for severity in found if severity])


def yearly_limit(line: dict) -> str | None:
    count = 0
    for injection, day in given_and_booked_days(line):
        if in_same_area(line, injection) and day <= start_day(line) < add_months(day, 12):
            count += 1
    return "warning" if count >= 3 else None


def steroid_load(line: dict) -> str | None:
    if yearly_limit(line):
        return None
    count = 0
    recent = False
    for _, day in given_and_booked_days(line):
        if day < start_day(line) < add_months(day, 12):
            count += 1
            if start_day(line) - day < 28 * ONE_DAY:
                recent = True
    return "warning" if count >= 3 or recent else None


def sites_per_day(line: dict) -> str | None:
    count = 0
    for _, day in given_and_booked_days(line):
        if day == start_day(line):
            count += 1
    return "critical" if count >= 3 else None


def bilateral_same_day(line: dict) -> str | None:
    for injection, day in given_and_booked_days(line):
        if day == start_day(line) and in_same_area_on_other_side(line, injection):
            return "warning"
    return None


def open_warning_sign(line: dict) -> str | None:
    return "critical" if (line.get("patient") or {}).get("open_warning_sign") is True else None

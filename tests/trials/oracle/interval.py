"""Section A of the rules, one plain function a rule: interval, load and rest.

Each takes the batch line and returns "critical", "warning", "info", or None when it does not fire.
"""

from datetime import date, datetime, timedelta

from tests.trials.oracle.days import (
    ONE_DAY,
    add_months,
    counts_as,
    first_possible_day,
    instant,
    local_day,
    midnight_after,
)
from tests.trials.oracle.words import (
    answer,
    answered_at,
    booked,
    booked_day,
    end_of,
    given,
    given_and_booked_days,
    in_same_area,
    in_same_area_on_other_side,
    is_ischial_or_trochanteric,
    pathway,
    request_area,
    request_end,
    request_start,
    start_day,
    worst,
)

HOUR = timedelta(hours=1)


def pair_severity(one: date, other: date) -> str | None:
    """How two injections of one area judge each other: the later is measured from the earlier."""
    earlier, later = min(one, other), max(one, other)
    if later < add_months(earlier, 3):
        return "critical"
    if later < add_months(earlier, 4):
        return "warning"
    return None


def interval_on(line: dict, day: date) -> str | None:
    """What `repeat-interval` says were this the requested day."""
    found = []
    for injection in given(line):
        if in_same_area(line, injection):
            found.append(pair_severity(counts_as(injection, day), day))
    for booking in booked(line):
        if in_same_area(line, booking):
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
    if "earlier-injection" in (pathway(line, "treatments_tried") or []) and not given(line):
        return "warning"
    recorded = False
    for injection in given(line):
        if in_the_year_before_the_answer(line, injection):
            recorded = True
    return "warning" if recorded != (said == "yes") else None


def in_the_year_before_the_answer(line: dict, injection: dict) -> bool:
    """Whether the patient, asked about the last 12 months, may have meant this injection."""
    asked_at = answered_at(line, "steroid_injection_last_12_months")
    if asked_at is None:
        asked_at = request_start(line)
    if injection.get("ended_at") is not None and instant(injection["ended_at"]) > asked_at:
        return False
    if injection.get("given") is not None and first_possible_day(injection["given"]) > local_day(asked_at):
        return False
    return add_months(counts_as(injection, start_day(line)), 12) > local_day(asked_at)


def repeat_number(line: dict) -> str | None:
    count = 0
    for injection in given(line):
        if in_same_area(line, injection):
            count += 1
    if count == 0:
        return None
    return "warning" if count >= 3 else "info"


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
    if kind in ("sport", "race", "manual-work") and elapsed < rest:
        return "info" if agreed else "warning"
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
        if injection["site"] == "other-site":
            continue
        found.append(rest_after(since_given(injection, start), rest_hours(injection), kind, False))
    for booking in booked(line):
        found.append(rest_after(start - end_of(booking), rest_hours(booking), kind, False))
    return worst([severity for severity in found if severity])


def early_load(line: dict) -> str | None:
    """The patient's races, and sport after the rest, in the two weeks after the requested injection."""
    if not is_ischial_or_trochanteric(line):
        return None
    found = []
    for activity in line.get("activities") or []:
        elapsed = instant(activity["start"]) - request_end(line)
        if activity["kind"] == "race" and 0 * HOUR <= elapsed < 14 * 24 * HOUR:
            found.append("info" if activity.get("agreed_to_move") is True else "warning")
        if activity["kind"] == "sport" and 72 * HOUR <= elapsed < 14 * 24 * HOUR:
            found.append("info")
    return worst(found)


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


def earlier_decision(line: dict) -> str | None:
    latest = None
    for decision in line.get("decisions") or []:
        if (decision["area"], decision["side"]) != (request_area(line), line["request"]["side"]):
            continue
        if latest is None or decision["decided_on"] >= latest["decided_on"]:
            latest = decision
    if latest is None:
        return None
    if latest["outcome"] == "decline":
        decided_on = date.fromisoformat(latest["decided_on"])
        return "warning" if add_months(decided_on, 12) > start_day(line) else None
    if latest["outcome"] == "delay":
        return "warning" if start_day(line) < date.fromisoformat(latest["until"]) else None
    return None

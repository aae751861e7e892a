"""Random valid batch lines, aimed at where the rules change their answer.

Wide random dates hardly ever meet a boundary. Here every date is placed so that the months, days or hours of
some rule end on the judged instant, one unit before or one after; about half of all values stay clean so that
every verdict, clear included, is reached. The same seed gives the same lines.
"""

from datetime import UTC, date, datetime
from random import Random

from tests.trials.oracle.days import add_months, local_day, midnight_after
from tests.trials.oracle.moments import DAY, HOUR, MINUTE, around_a_fortnight, months_before, random_start, written
from tests.trials.oracle.statements import (
    random_decisions,
    random_pathway,
    random_patient,
    random_reports,
    random_screening,
)
from tests.trials.oracle.words import AREAS

SITES = list(AREAS)
SIDES = ["left", "right"]


def random_line(rng: Random, number: int = 0) -> dict:
    """One valid line: an injection mostly, else a visit that loads the tendon."""
    if rng.random() < 0.15:
        return loading_visit_line(rng, number)
    trouble = rng.choice([0.0, 0.0, 0.02, 0.1, 0.4])
    start = random_start(rng)
    end = start + rng.choice([20, 30, 30, 45]) * MINUTE
    request = random_request(rng, start, end, trouble)
    line: dict = {"id": f"r{number}", "request": request, "patient": random_patient(rng, start, trouble)}
    line.update(random_diary(rng, request, start, end))
    screening = random_screening(rng, start, request, trouble, line.get("injections") or [])
    sections = {
        "screening": screening,
        "pathway": random_pathway(rng, trouble),
        "reports": random_reports(rng, start, request, trouble, screening.get("injury_on")),
        "decisions": random_decisions(rng, start, request),
    }
    for name, section in sections.items():
        if rng.random() >= trouble / 4:
            line[name] = section
        elif rng.random() < 0.5:
            line[name] = None
    return line


def random_request(rng: Random, start: datetime, end: datetime, trouble: float) -> dict:
    """The injection asked for; what has a default is sometimes left out."""
    request: dict = {"site": rng.choice(SITES[:2] * 2 + SITES), "side": rng.choice(SIDES), "start": written(rng, start)}
    if end != start + 30 * MINUTE or rng.random() < 0.5:
        request["end"] = written(rng, end)
    if rng.random() < 0.5:
        request["kind"] = "injection"
    if rng.random() < 0.5:
        targets = ["peritendinous", "bursa", "joint"] + (["intratendinous"] if rng.random() < trouble else [])
        request["targets"] = rng.sample(targets, rng.randint(1, len(targets)))
    if rng.random() < 0.4:
        request["includes_scan"] = rng.random() < 0.5
    if rng.random() < 0.4:
        request["ultrasound_guided"] = rng.random() >= trouble
    return request


def random_diary(rng: Random, request: dict, start: datetime, end: datetime) -> dict:
    """What lies around the request: none, some or much of the history, the bookings, the loads."""
    found: dict = {}
    history = rng.choice([0.0, 0.3, 1.0])
    if rng.random() < history:
        count = rng.choice([0, 1, 2, 3, 4, 5])
        found["injections"] = [random_injection(rng, request, start) for _ in range(count)]
    if rng.random() < history / 2:
        found["booked"] = [random_booking(rng, request, start, end) for _ in range(rng.randint(0, 4))]
    if rng.random() < 0.25:
        found["loading"] = [random_load(rng, end) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.3:
        found["activities"] = [random_activity(rng, end) for _ in range(rng.randint(0, 2))]
    return found


def loading_visit_line(rng: Random, number: int) -> dict:
    """Physiotherapy or an exercise class after injections that ended 48 or 72 hours, or some days, before."""
    start = random_start(rng)
    if rng.random() < 0.3:
        start = midnight_after(local_day(start)) + rng.choice([-1, 0, 0, 30]) * MINUTE
    request = {"kind": rng.choice(["physiotherapy", "exercise-class"]), "start": written(rng, start)}
    line: dict = {"id": f"r{number}", "request": request}
    where = {"site": "hamstring-origin", "side": "left"}
    line["injections"] = [random_injection(rng, where, start, resting=True) for _ in range(rng.randint(0, 2))]
    line["booked"] = []
    for _ in range(rng.choice([0, 0, 1])):
        hours = rng.choice([48, 50, 72])
        end = start - rng.choice([0, 24, 48, 50, 72, 73]) * HOUR + rng.choice([-1, 0, 1]) * MINUTE
        line["booked"].append(booking_at(rng, where, end - 30 * MINUTE, end, rest_hours=rng.choice([None, hours])))
    return line


def random_past_day(rng: Random, day: date) -> date:
    return rng.choice(
        [
            months_before(rng, day, 3),
            months_before(rng, day, 3),
            months_before(rng, day, 4),
            months_before(rng, day, 4),
            months_before(rng, day, 12),
            day - rng.choice([0, 1, 2, 27, 28, 29]) * DAY,
            day - rng.randint(0, 450) * DAY,
            day - rng.randint(380, 1500) * DAY,
        ]
    )


def random_site(rng: Random, request: dict) -> str:
    same = [site for site in SITES if AREAS[site] == AREAS[request["site"]]]
    return rng.choice(same * 4 + SITES)


def random_injection(rng: Random, request: dict, start: datetime, resting: bool = False) -> dict:
    """One of the history: exact, partial or unknown date, recorded before or after its last possible day."""
    day = local_day(start)
    found = day - rng.choice([0, 1, 2, 3, 4]) * DAY if resting else random_past_day(rng, day)
    injection: dict = {"site": rng.choice([random_site(rng, request)] * 8 + ["hip-region-unspecified", "other-site"])}
    side = rng.choice([request["side"]] * 5 + ["left", "right", "both", "unknown", None])
    if side is not None:
        injection["side"] = side
    if rng.random() < 0.7:
        injection["steroid"] = rng.choice([True, True, True, True, None, False])
    if rng.random() < 0.7:
        injection["status"] = rng.choice(["given", "given", "given", "part-given", "not-given"])
    precision = rng.random()
    if precision < 0.08:
        injection["given"] = None
        injection["recorded_on"] = rng.choice([None, found.isoformat(), found.isoformat()])
    elif precision < 0.25:
        injection["given"] = found.isoformat()[: rng.choice([4, 7, 7])]
        recorded = found + rng.choice([-20, 0, 0, 1, 2, 30]) * DAY
        injection["recorded_on"] = rng.choice([None, recorded.isoformat(), recorded.isoformat()])
    else:
        exact_date(rng, injection, start, found, resting)
    if rng.random() < 0.3:
        injection["rest_hours"] = rng.choice([None, 48, 49, 60, 72, 24, 96])
        if injection["rest_hours"] in (24, 96):
            injection["rest_reason"] = "tendon at risk"
    return injection


def exact_date(rng: Random, injection: dict, start: datetime, found: date, resting: bool) -> None:
    """Give the injection an exact date, often with the minute it ended, sometimes after the request."""
    day = local_day(start)
    if resting and rng.random() < 0.5:
        hours = rng.choice([0, 24, 48, 48, 49, 60, 72, 72, 96])
        ended_at = start - hours * HOUR + rng.choice([-1, 0, 1]) * MINUTE
        injection["given"] = local_day(ended_at).isoformat()
        injection["ended_at"] = written(rng, ended_at)
        return
    if not resting and rng.random() < 0.08:
        found = rng.choice([add_months(day, 3), add_months(day, 4), day + 40 * DAY]) + rng.choice([-1, 0, 1]) * DAY
    injection["given"] = found.isoformat()
    if rng.random() < 0.4:
        ended_at = datetime(found.year, found.month, found.day, 12, 0, tzinfo=UTC)
        if found == day:
            ended_at = start - rng.choice([0, 20, 60, 90, -20, -120]) * MINUTE
        if local_day(ended_at) == found:
            injection["ended_at"] = written(rng, ended_at)
    if rng.random() < 0.3:
        injection["recorded_on"] = (found + rng.choice([-20, 0, 1, 20]) * DAY).isoformat()


def random_booking(rng: Random, request: dict, start: datetime, end: datetime) -> dict:
    """A booked one: months before or after, or on the same day, right before or after the requested one."""
    day = local_day(start)
    kind = rng.random()
    if kind < 0.35:
        other_day = rng.choice([add_months(day, 3), add_months(day, 4)]) + rng.choice([-2, -1, 0, 1]) * DAY
        if rng.random() < 0.4:
            other_day = months_before(rng, day, rng.choice([3, 4, 12]))
        at = datetime(other_day.year, other_day.month, other_day.day, start.hour, start.minute, tzinfo=UTC)
        return booking_at(rng, request, at, at + 30 * MINUTE)
    if kind < 0.55:
        at = end + rng.choice([0, 5, 30, 60, 180]) * MINUTE
        return booking_at(rng, request, at, at + 30 * MINUTE)
    if kind < 0.75:
        before = start - rng.choice([0, 5, 30, 60, 180]) * MINUTE
        return booking_at(rng, request, before - 30 * MINUTE, before)
    at = start + rng.choice([-1, 1]) * rng.choice([1, 27, 28, 29, 100, 200, 364, 365, 366, 500]) * DAY
    return booking_at(rng, request, at, at + 30 * MINUTE)


def booking_at(rng: Random, request: dict, start: datetime, end: datetime, rest_hours: int | None = None) -> dict:
    booking: dict = {
        "site": random_site(rng, request),
        "side": rng.choice([request["side"]] * 2 + SIDES),
        "start": written(rng, start),
    }
    if end != start + 30 * MINUTE or rng.random() < 0.6:
        booking["end"] = written(rng, end)
    if rest_hours is not None or rng.random() < 0.5:
        booking["rest_hours"] = rest_hours
    return booking


def random_load_start(rng: Random, end: datetime) -> datetime:
    return (
        end + rng.choice([-24, 0, 24, 47, 48, 48, 49, 71, 72, 72, 73, 72, 96]) * HOUR + rng.choice([-1, 0, 1]) * MINUTE
    )


def random_load(rng: Random, end: datetime) -> dict:
    kind = rng.choice(["physiotherapy", "exercise-class"])
    return {"kind": kind, "start": written(rng, random_load_start(rng, end))}


def random_activity(rng: Random, end: datetime) -> dict:
    """What the patient plans: in the hours after the injection, or two weeks after it."""
    activity: dict = {"kind": rng.choice(["sport", "sport", "race", "race", "manual-work", "travel"])}
    at = random_load_start(rng, end)
    if rng.random() < 0.4:
        at = end + rng.choice([around_a_fortnight(rng), around_a_fortnight(rng), rng.randint(3, 16) * DAY])
    activity["start"] = written(rng, at)
    if rng.random() < 0.6:
        activity["agreed_to_move"] = rng.random() < 0.5
    return activity

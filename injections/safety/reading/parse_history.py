"""What a patient had, has booked, plans and was decided about, as facts: one item of each list of a batch line.

Each `parse_…` takes a value, its JSON pointer and a list that collects problems; it returns None when the value
cannot be used.
"""

from datetime import timedelta
from typing import Final

from injections.safety import codes
from injections.safety.facts import Activity, BookedInjection, EarlierDecision, GivenInjection, LoadingVisit
from injections.safety.policy import DEFAULT, LONGEST_REST_HOURS
from injections.safety.reading.reader import Problem, Reader
from injections.safety.sites import AREAS, BOOKABLE_SITES, HISTORY_SITES

Problems = list[Problem]

DEFAULT_LENGTH: Final = timedelta(minutes=30)
"""Of an injection visit whose end is left out."""
LEAST_REST_HOURS: Final = DEFAULT.rest_hours
MOST_REST_HOURS: Final = DEFAULT.rest_max_hours
"""Rest hours outside these two need a reason, in whatever clinic the line was written."""


def parse_injection(value: object, pointer: str, problems: Problems) -> GivenInjection | None:
    reader = Reader(value, pointer, problems)
    site = reader.choice("site", HISTORY_SITES, required=True)
    rest_hours = reader.whole_number("rest_hours", least=1, most=LONGEST_REST_HOURS)
    rest_reason = reader.text("rest_reason", max_length=2000)
    if rest_hours is not None and not LEAST_REST_HOURS <= rest_hours <= MOST_REST_HOURS and not rest_reason:
        reader.note("rest_reason", f"is required for rest hours outside {LEAST_REST_HOURS} to {MOST_REST_HOURS}")
    found = GivenInjection(
        site=site or "",
        side=reader.choice("side", codes.HISTORY_SIDES) or "unknown",
        given=reader.partial_date("given"),
        steroid=reader.flag("steroid"),
        status=reader.choice("status", codes.STATUSES) or "given",
        ended_at=reader.instant("ended_at"),
        recorded_on=reader.day("recorded_on"),
        rest_hours=rest_hours,
        rest_reason=rest_reason,
    )
    reader.done()
    return found if site else None


def parse_booked(value: object, pointer: str, problems: Problems) -> BookedInjection | None:
    reader = Reader(value, pointer, problems)
    site = reader.choice("site", BOOKABLE_SITES, required=True)
    side = reader.choice("side", codes.REQUEST_SIDES, required=True)
    start = reader.instant("start", required=True)
    end = reader.instant("end")
    rest_hours = reader.whole_number("rest_hours", least=LEAST_REST_HOURS, most=MOST_REST_HOURS)
    reader.done()
    if site is None or side is None or start is None:
        return None
    if end is not None and end <= start:
        reader.note("end", "must be after the start")
    return BookedInjection(
        site=site, side=side, start=start, end=start + DEFAULT_LENGTH if end is None else end, rest_hours=rest_hours
    )


def parse_loading(value: object, pointer: str, problems: Problems) -> LoadingVisit | None:
    reader = Reader(value, pointer, problems)
    kind = reader.choice("kind", codes.LOADING_KINDS, required=True)
    start = reader.instant("start", required=True)
    reader.done()
    return LoadingVisit(kind=kind, start=start) if kind and start else None


def parse_activity(value: object, pointer: str, problems: Problems) -> Activity | None:
    reader = Reader(value, pointer, problems)
    kind = reader.choice("kind", codes.ACTIVITY_KINDS, required=True)
    start = reader.instant("start", required=True)
    agreed = reader.flag("agreed_to_move")
    reader.done()
    return Activity(kind=kind, start=start, agreed_to_move=agreed is True) if kind and start else None


def parse_decision(value: object, pointer: str, problems: Problems) -> EarlierDecision | None:
    """A delay needs the day it lasts until; any other decision may carry one, which nothing judges."""
    reader = Reader(value, pointer, problems)
    outcome = reader.choice("outcome", codes.DECISIONS, required=True)
    decided_on = reader.day("decided_on", required=True)
    until = reader.day("until", required=outcome == codes.DELAY)
    area = reader.choice("area", AREAS, required=True)
    side = reader.choice("side", codes.REQUEST_SIDES, required=True)
    reader.done()
    if outcome is None or decided_on is None or area is None or side is None:
        return None
    return EarlierDecision(outcome=outcome, decided_on=decided_on, area=area, side=side, until=until)

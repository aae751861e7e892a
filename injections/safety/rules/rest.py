"""Group A: the rest after an injection, judged the same from the injection's side and from the visit's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from injections.safety import sources
from injections.safety.case import Case, counts_as_given
from injections.safety.codes import INJECTION, LOADING_KINDS
from injections.safety.dates import end_of_day, in_words, past_date
from injections.safety.facts import GivenInjection
from injections.safety.findings import SEVERITY_RANK, Severity
from injections.safety.registry import Outcome, rule

_WORDS = {
    "physiotherapy": "Physiotherapy",
    "exercise-class": "An exercise class",
    "sport": "The patient's own sport",
    "manual-work": "The patient's manual work",
    "travel": "Travel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Something that follows an injection: `after` is elapsed time from the injection's end, never
    negative.
    """

    kind: str
    start: datetime
    ended_at: datetime
    after: timedelta
    rest_hours: int
    agreed_to_move: bool = False

    def severity(self, advised_hours: int) -> Severity | None:
        """Critical or a warning before the rest hours are over, info up to the hours advised at most, then
        nothing.
        """
        if self.kind != "travel" and not self.agreed_to_move and self.after < timedelta(hours=self.rest_hours):
            return Severity.CRITICAL if self.kind in LOADING_KINDS else Severity.WARNING
        return Severity.INFO if self.after < timedelta(hours=advised_hours) else None

    def evidence(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "start": self.start.isoformat(),
            "injection_ended": self.ended_at.isoformat(),
            "rest_hours": self.rest_hours,
            "agreed_to_move": self.agreed_to_move,
        }


@rule(
    "rest-window",
    group="A",
    thresholds=("rest_hours", "rest_max_hours"),
    severities=(Severity.CRITICAL, Severity.WARNING, Severity.INFO),
    sources=(sources.REST_AFTER_INJECTION,),
    for_loading=True,
    clears="A time after the rest hours are over; for the patient's own plans, the agreement to move them.",
    action="Say that the leg rests after an injection, and offer a time after the one shown.",
)
def rest_window(case: Case) -> Outcome | None:
    """From the end of an injection to what loads the tendon. A clinic visit (physiotherapy, exercise class)
    within the rest hours is critical, the patient's own sport or manual work a warning (info once they
    agreed to move it); travel, and whatever lies later but within 72 hours, is info. Rest hours are 48,
    or the radiologist's own for that injection. An injection known only by its date ends at the midnight
    after; what lies on that day counts as at once.
    """
    advised = case.policy.rest_max_hours
    loads = _after_this_injection(case) if case.request.kind == INJECTION else _before_this_visit(case)
    judged = [(severity, load) for load in loads if (severity := load.severity(advised)) is not None]
    if not judged:
        return None
    worst, load = min(judged, key=lambda pair: (SEVERITY_RANK[pair[0]], pair[1].after))
    return Outcome(worst, _message(case, load), {"loads": _in_order([load for _, load in judged])})


def _after_this_injection(case: Case) -> Iterator[Load]:
    ended_at, rest_hours = case.request.end, case.policy.rest_hours
    planned = [(visit.kind, visit.start, False) for visit in case.facts.loading]
    planned += [(activity.kind, activity.start, activity.agreed_to_move) for activity in case.facts.activities]
    for kind, start, agreed_to_move in planned:
        if start >= ended_at:
            yield Load(
                kind=kind,
                start=start,
                ended_at=ended_at,
                after=start - ended_at,
                rest_hours=rest_hours,
                agreed_to_move=agreed_to_move,
            )


def _before_this_visit(case: Case) -> Iterator[Load]:
    start, own = case.request.start, case.policy.rest_hours
    ends = [(booking.end, booking.rest_hours) for booking in case.facts.booked if booking.end <= start]
    for injection in filter(counts_as_given, case.facts.injections):
        ended_at = _ended_at(case, injection)
        if ended_at is not None:
            ends.append((ended_at, injection.rest_hours))
    for ended_at, rest_hours in ends:
        yield Load(
            kind=case.request.kind,
            start=start,
            ended_at=ended_at,
            after=max(timedelta(), start - ended_at),
            rest_hours=own if rest_hours is None else rest_hours,
        )


def _ended_at(case: Case, injection: GivenInjection) -> datetime | None:
    """When a given injection ended; None when it lies after the visit.

    One known only by its date ends at the midnight after that day. A visit on that day counts as following
    it.
    """
    if injection.ended_at is not None:
        return injection.ended_at if injection.ended_at <= case.request.start else None
    on = past_date(injection.given, injection.recorded_on).counted_on(case.start_on)
    return end_of_day(on, case.zone) if on <= case.start_on else None


def _message(case: Case, load: Load) -> str:
    hours = int(load.after.total_seconds() // 3600)
    until = (load.ended_at + timedelta(hours=load.rest_hours)).astimezone(case.zone)
    rest = f"rest is {load.rest_hours} hours, until {in_words(until.date())} {until:%H:%M}"
    return f"{_WORDS[load.kind]} {hours} hours after the end of an injection; {rest}."


def _in_order(loads: list[Load]) -> list[dict[str, object]]:
    return sorted((load.evidence() for load in loads), key=lambda shown: (str(shown["start"]), str(shown)))

"""Group A: the rest after an injection and the first two weeks, judged the same from the injection's side and from the
side of what loads the tendon.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from injections.safety import sources
from injections.safety.case import Case, counts_as_given
from injections.safety.codes import INJECTION, LOADING_KINDS, RACE, SPORT, TRAVEL
from injections.safety.dates import end_of_day, in_words, past_date
from injections.safety.facts import GivenInjection
from injections.safety.findings import SEVERITY_RANK, Severity
from injections.safety.policy import Policy
from injections.safety.registry import Outcome, rule
from injections.safety.sites import GREATER_TROCHANTER, ISCHIAL_TUBEROSITY, OTHER_SITE, sites_match

_WORDS = {
    "physiotherapy": "Physiotherapy",
    "exercise-class": "An exercise class",
    "sport": "The patient's own sport",
    "race": "The patient's race",
    "manual-work": "The patient's manual work",
    "travel": "Travel",
}
_TENDON_AREAS = (ISCHIAL_TUBEROSITY, GREATER_TROCHANTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Something that follows an injection at `site`: `after` is elapsed time from the injection's end, never
    negative.
    """

    kind: str
    start: datetime
    site: str
    ended_at: datetime
    after: timedelta
    rest_hours: int
    agreed_to_move: bool

    def rest_severity(self, policy: Policy) -> Severity | None:
        """Critical or a warning before the rest hours are over (info where it was agreed to move it), info up to the
        hours advised at most, then nothing. Travel is info at worst.
        """
        if self.kind != TRAVEL and self.after < timedelta(hours=self.rest_hours):
            if self.kind in LOADING_KINDS:
                return Severity.CRITICAL
            return Severity.INFO if self.agreed_to_move else Severity.WARNING
        return Severity.INFO if self.after < timedelta(hours=policy.rest_max_hours) else None

    def early_severity(self, policy: Policy) -> Severity | None:
        """A race in the first two weeks is a warning (info where it was agreed to move it), sport is info from the end
        of the hours of rest advised at most.
        """
        if self.after >= timedelta(hours=policy.early_load_hours):
            return None
        if self.kind == RACE:
            return Severity.INFO if self.agreed_to_move else Severity.WARNING
        is_after_the_rest = self.after >= timedelta(hours=policy.rest_max_hours)
        return Severity.INFO if self.kind == SPORT and is_after_the_rest else None

    def evidence(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "start": self.start.isoformat(),
            "injection_ended": self.ended_at.isoformat(),
            "rest_hours": self.rest_hours,
            "agreed_to_move": self.agreed_to_move,
        }


Judged = list[tuple[Severity, Load]]


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
    """From the end of an injection in any area, not elsewhere in the body, to what loads the tendon. A clinic visit
    (physiotherapy, exercise class) within the rest hours is critical, the patient's own sport, race or manual work a
    warning (info once they agreed to move it); travel, and whatever lies later but within 72 hours, is info. Rest
    hours are 48, or the radiologist's own for that injection. An injection known only by its date ends at the
    midnight after; what lies on that day counts as at once.
    """
    judged = [(severity, load) for load in _loads(case) if (severity := load.rest_severity(case.policy)) is not None]
    if not judged:
        return None
    worst, load = _worst(judged)
    return Outcome(worst, _rest_message(case, load), {"loads": _in_order(judged)})


@rule(
    "early-load",
    group="A",
    thresholds=("early_load_hours", "rest_max_hours"),
    severities=(Severity.WARNING, Severity.INFO),
    sources=(sources.GRADUAL_RETURN, sources.WEAKER_TENDON),
    areas=_TENDON_AREAS,
    for_loading=True,
    clears="A race after the first weeks, or the agreement to move it.",
)
def early_load(case: Case) -> Outcome | None:
    """From the end of this injection: a race within 14 × 24 hours is a warning, info once the patient agreed to move
    it; sport from 72 hours up to 14 × 24 hours is info. On the boundary itself the two weeks are over.
    """
    loads = (load for load in _loads(case) if any(sites_match(load.site, area) for area in _TENDON_AREAS))
    judged = [(severity, load) for load in loads if (severity := load.early_severity(case.policy)) is not None]
    if not judged:
        return None
    worst, load = _worst(judged)
    what, advice = (
        ("A race", "the tendon is weaker for a while.")
        if load.kind == RACE
        else ("Sport", "step by step, no sprinting or jumping yet.")
    )
    on, days = in_words(case.local(load.start)), -(-case.policy.early_load_hours // 24)
    message = f"{what} on {on}, within {days} days of the injection: {advice}"
    return Outcome(worst, message, {"loads": _in_order(judged)})


def _loads(case: Case) -> Iterator[Load]:
    return _after_this_injection(case) if case.request.kind == INJECTION else _before_this_load(case)


def _after_this_injection(case: Case) -> Iterator[Load]:
    request, rest_hours = case.request, case.policy.rest_hours
    planned = [(visit.kind, visit.start, False) for visit in case.facts.loading]
    planned += [(activity.kind, activity.start, activity.agreed_to_move) for activity in case.facts.activities]
    for kind, start, agreed_to_move in planned:
        if start >= request.end:
            yield Load(
                kind=kind,
                start=start,
                site=request.site or "",
                ended_at=request.end,
                after=start - request.end,
                rest_hours=rest_hours,
                agreed_to_move=agreed_to_move,
            )


def _before_this_load(case: Case) -> Iterator[Load]:
    request, own = case.request, case.policy.rest_hours
    ends = [(one.site, one.end, one.rest_hours) for one in case.facts.booked if one.end <= request.start]
    for injection in filter(counts_as_given, case.facts.injections):
        ended_at = _ended_at(case, injection)
        if ended_at is not None and injection.site != OTHER_SITE:
            ends.append((injection.site, ended_at, injection.rest_hours))
    for site, ended_at, rest_hours in ends:
        yield Load(
            kind=request.kind,
            start=request.start,
            site=site,
            ended_at=ended_at,
            after=max(timedelta(), request.start - ended_at),
            rest_hours=own if rest_hours is None else rest_hours,
            agreed_to_move=request.agreed_to_move,
        )


def _ended_at(case: Case, injection: GivenInjection) -> datetime | None:
    """When a given injection ended; None when it lies after the visit or activity.

    One known only by its date ends at the midnight after that day. What lies on that day counts as following it.
    """
    if injection.ended_at is not None:
        return injection.ended_at if injection.ended_at <= case.request.start else None
    on = past_date(injection.given, injection.recorded_on).counted_on(case.start_on)
    return end_of_day(on, case.zone) if on <= case.start_on else None


def _worst(judged: Judged) -> tuple[Severity, Load]:
    """The worst, of equals the one that comes first after its injection."""
    return min(judged, key=lambda pair: (SEVERITY_RANK[pair[0]], pair[1].after))


def _rest_message(case: Case, load: Load) -> str:
    hours = int(load.after.total_seconds() // 3600)
    until = (load.ended_at + timedelta(hours=load.rest_hours)).astimezone(case.zone)
    rest = f"rest is {load.rest_hours} hours, until {in_words(until.date())} {until:%H:%M}"
    return f"{_WORDS[load.kind]} {hours} hours after the end of an injection; {rest}."


def _in_order(judged: Judged) -> list[dict[str, object]]:
    return sorted((load.evidence() for _, load in judged), key=lambda shown: (str(shown["start"]), str(shown)))

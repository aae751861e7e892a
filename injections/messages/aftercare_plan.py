"""Which message goes out when, after an injection. Pure: frozen values in, frozen values out.

P is the actual end of the injection, R the moment it was first recorded. Hours are elapsed hours in UTC; days, months
and wall times are the clinic's. One set for each visit, however many sides were injected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from injections.safety.dates import add_months
from injections.safety.policy import DEFAULT
from injections.safety.sites import GREATER_TROCHANTER, HIP_JOINT, ISCHIAL_TUBEROSITY, SACROILIAC_JOINT
from scheduling.messages import hours, words
from scheduling.messages.plan import APART, Planned, not_before

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNING = time(9)
LATE_AFTER = 24 * HOUR
"""Written later than this after P, the aftercare mail leaves out what is over by then."""

TWO_WEEKS: Final = timedelta(days=14)
LOADED_AREAS: Final = frozenset({ISCHIAL_TUBEROSITY, GREATER_TROCHANTER})
"""Where a tendon that is loaded lies beside the injection."""
JOINT_AREAS: Final = frozenset({HIP_JOINT, SACROILIAC_JOINT})
"""Where a joint was injected, and no tendon."""
LOAD_ADVICE: Final = "no sprinting, jumping, racing or heavy lifting with that leg; build up step by step"
"""For two weeks. Source: external, a tendon is weaker for about two weeks after a steroid injection; clinic policy."""
HELD_BY_A_CALL = frozenset({"rest-over", "recovery", "recovery-3-months"})
"""What is held back while a call about the injection is open."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given in one visit, as far as the patient's messages depend on it.

    `diabetes` is whether the patient may have it: False only after a "no"; `type_1` that it is of that type. `ischial`:
    at the sit bone. `loaded`: beside a tendon that is loaded, which is weaker for two weeks. `joint`: into a joint.
    `usual_max_hours`: the longest rest that this clinic advises without a special reason.
    `visit_ends_at`: when another injection of the same visit is planned to end, None when there is none to come.
    """

    ended_at: datetime
    recorded_at: datetime
    rest_hours: int = DEFAULT.rest_hours
    usual_max_hours: int = DEFAULT.rest_max_hours
    steroid: bool = True
    anaesthetic: bool = False
    diabetes: bool = True
    type_1: bool = False
    ischial: bool = False
    loaded: bool = False
    joint: bool = False
    tear: bool = False
    visit_ends_at: datetime | None = None

    def __post_init__(self) -> None:
        # Python adds hours to a time of the clinic's zone by the clock on the wall: an hour off across a change of it
        object.__setattr__(self, "ended_at", self.ended_at.astimezone(UTC))
        object.__setattr__(self, "recorded_at", self.recorded_at.astimezone(UTC))

    @property
    def rest_until(self) -> datetime:
        return self.ended_at + self.rest_hours * HOUR


@dataclass(frozen=True, slots=True)
class Step:
    """One planned message and the occasion that makes it unique for its patient."""

    planned: Planned
    occasion: str


def plan(given: Given, *, now: datetime, zone: ZoneInfo) -> list[Step]:
    """The messages after an injection, in the order of their due times. `now` is R, or when a correction came.

    Boundary: a message whose expiry is `now` itself or earlier is left out; one that is overdue but not expired is due
    as soon as the quiet hours allow. With a tear there is no "rest-over": the clinician's own plan holds.
    Source: "MSK Ultrasound & Injections clinic", rest after an injection and when it starts to work; the times of
    the messages are the clinic's own.
    """
    visit_on = given.ended_at.astimezone(zone).date()
    messages = [_aftercare(given), _flare_check(given, zone), _day_4(given, zone)]
    if not given.tear:
        messages.append(_rest_over(given, zone))
    steps = [Step(message, visit_on.isoformat()) for message in messages]
    steps += _recovery(visit_on, zone)
    current = [Step(_not_before(step.planned, now, zone), step.occasion) for step in steps]
    return _apart(sorted(current, key=lambda step: step.planned.due_at), zone)


def _apart(steps: list[Step], zone: ZoneInfo) -> list[Step]:
    """Those that are of use, in order, each an hour after the one before it or later: no question chases advice."""
    kept: list[Step] = []
    for step in steps:
        planned = not_before(step.planned, kept[-1].planned.due_at + APART, zone) if kept else step.planned
        if planned.due_at < planned.expires_at:
            kept.append(Step(planned, step.occasion))
    return kept


def printed(given: Given, *, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """What the messages print and which of their sentences apply. Boundary: at the rest's end itself it is over."""
    is_late = now - given.ended_at > LATE_AFTER
    is_healed = now.astimezone(zone).date() >= load_until(given, zone)
    return {
        "visit_day": words.day(given.ended_at.astimezone(zone)),
        "visit_on": words.full_date(given.ended_at.astimezone(zone)),
        "rest_until": words.day_and_time(given.rest_until, zone),
        "same_day": not is_late,
        "resting": not is_late or now < given.rest_until,
        "one_more_day": given.rest_hours + 24 <= given.usual_max_hours,
        "steroid": given.steroid,
        "anaesthetic": given.anaesthetic,
        "diabetes": given.diabetes,
        "type_1": given.type_1,
        "ischial": given.ischial,
        "loaded": given.loaded and not is_healed,
        "tendon": given.loaded or given.ischial,
        "joint": given.joint,
        "load_until": words.full_date(load_until(given, zone)),
        "tear": given.tear,
    }


def load_until(given: Given, zone: ZoneInfo) -> date:
    """The local day until which a loaded tendon is spared: two weeks after the injection, with or without a tear."""
    return given.ended_at.astimezone(zone).date() + TWO_WEEKS


def together(first: Given, second: Given) -> Given:
    """Two injections of one visit as one: the later end and rest, and every sentence that applies to either."""
    later = max(first, second, key=lambda given: given.ended_at)
    rest_until = max(first.rest_until, second.rest_until)
    return Given(
        ended_at=later.ended_at,
        recorded_at=max(first.recorded_at, second.recorded_at),
        rest_hours=-(-(rest_until - later.ended_at) // HOUR),
        usual_max_hours=later.usual_max_hours,
        steroid=first.steroid or second.steroid,
        anaesthetic=first.anaesthetic or second.anaesthetic,
        diabetes=first.diabetes or second.diabetes,
        type_1=first.type_1 or second.type_1,
        ischial=first.ischial or second.ischial,
        loaded=first.loaded or second.loaded,
        joint=first.joint or second.joint,
        tear=first.tear or second.tear,
        visit_ends_at=later.visit_ends_at,
    )


def question_at(ended_at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Which of the clinic's questions an answer given `now` belongs to: the one that was due last.

    Until day 4 it is that of the day after, also before it is due.
    """
    visit_on = ended_at.astimezone(zone).date()
    due = [("flare-check", ended_at), ("day-4", hours.next_at(ended_at + 96 * HOUR, MORNING, zone))]
    due += [(f"recovery-{step.occasion.rpartition('/')[2]}", step.planned.due_at) for step in _recovery(visit_on, zone)]
    return [name for name, due_at in due if due_at <= now or name == "flare-check"][-1]


def _aftercare(given: Given) -> Planned:
    due_at = max(given.recorded_at, given.visit_ends_at or given.recorded_at)
    return Planned("aftercare", due_at, given.recorded_at + 72 * HOUR, keeps_quiet_hours=False)


def _flare_check(given: Given, zone: ZoneInfo) -> Planned:
    a_day_later = given.ended_at + 24 * HOUR
    is_by_day = hours.is_open(a_day_later, zone) and a_day_later.astimezone(zone).time() >= MORNING
    due_at = a_day_later if is_by_day else hours.next_at(a_day_later, MORNING, zone)
    return Planned("flare-check", due_at, given.ended_at + 72 * HOUR)


def _rest_over(given: Given, zone: ZoneInfo) -> Planned:
    due_at = hours.next_at(given.rest_until, MORNING, zone)
    return Planned("rest-over", due_at, due_at + 3 * DAY)


def _day_4(given: Given, zone: ZoneInfo) -> Planned:
    due_at = hours.next_at(given.ended_at + 96 * HOUR, MORNING, zone)
    return Planned("day-4", due_at, due_at + 2 * DAY)


def _recovery(visit_on: date, zone: ZoneInfo) -> list[Step]:
    days = {
        "14d": ("recovery", visit_on + timedelta(days=14)),
        "6wk": ("recovery", visit_on + timedelta(weeks=6)),
        "3mo": ("recovery-3-months", add_months(visit_on, 3)),
    }
    steps = []
    for name, (kind, day) in days.items():
        due_at = hours.at(day, MORNING, zone)
        steps.append(Step(Planned(kind, due_at, due_at + 7 * DAY), f"{visit_on.isoformat()}/{name}"))
    return steps


def _not_before(message: Planned, now: datetime, zone: ZoneInfo) -> Planned:
    """Nothing is due before it was planned; what is overdue then waits for the end of the quiet hours."""
    due_at = max(message.due_at, now)
    return replace(message, due_at=hours.next_open(due_at, zone) if message.keeps_quiet_hours else due_at)

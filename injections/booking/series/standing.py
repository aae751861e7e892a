"""Whether the visits of a series can stand where somebody wants them: one look for all of them, before and under the
locks.

The page that offers them and the use case that books them ask the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import pairwise

from injections.assessment.verdict import JudgedVisit, judge_visit
from injections.booking.taken import TakenBy, who_took
from injections.facts.history import History, requests_of
from injections.safety.findings import Verdict
from injections.visit_kinds import VisitKind
from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.people.actors import Actor
from pht_clinic.periods import Period, wall_to_utc
from scheduling.availability.sessions import default_rooms, problems_of_each
from scheduling.diary.in_the_way import InTheWay, in_the_way_of_each
from scheduling.diary.places import Place
from scheduling.models import Appointment, Practitioner, Room
from scheduling.states import Status


@dataclass(frozen=True, slots=True)
class VisitTime:
    """When a visit of a series would start, an aware instant, with whom, and where (None: in no room)."""

    start: datetime
    practitioner_id: int
    room_id: int | None = None

    @property
    def code(self) -> str:
        """As a form sends it; `ChosenTime` reads it."""
        return f"{self.start.isoformat()}/{self.practitioner_id}/{self.room_id or ''}"


@dataclass(frozen=True, slots=True)
class DateStanding:
    """How one visit would stand there. `why` says why it cannot be had, or should not be; "" where nothing is against
    it. `is_taken` by those in `taken`; else it is closed, or `is_unwise` by its safety check.
    """

    spot: VisitTime
    why: str = ""
    taken: tuple[TakenBy, ...] = ()
    is_taken: bool = False
    is_unwise: bool = False

    @property
    def clashes(self) -> list[dict[str, object]]:
        """Who is in the way, as programs are told of a clash."""
        return [clash for one in self.taken for clash in one.taken.as_clash()]

    @property
    def is_fine(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class SeriesLook:
    """What a look at a series needs to know: of which kind and whose it is, who and where may be chosen, and which
    visits would leave their places for it (`moving`).
    """

    kind: VisitKind
    history: History
    people: Mapping[int, Practitioner]
    rooms: Mapping[int, Room]
    moving: Collection[int] = ()

    def knows(self, spot: VisitTime) -> bool:
        """Whether person and room are among those that may be chosen."""
        return spot.practitioner_id in self.people and spot.room_id in self.rooms

    def place(self, spot: VisitTime) -> Place:
        """Where a visit would be; its room is known."""
        assert spot.room_id is not None  # noqa: S101 - asked before
        patient_id = self.history.patient.pk
        ids = {"practitioner_id": spot.practitioner_id, "room_id": spot.room_id}
        return Place.of(self.kind, spot.start, patient_id=patient_id, **ids)

    def with_others(self, spots: Collection[VisitTime]) -> History:
        """The history with these visits as booked, and without those that move."""
        visits = [one for one in self.history.visits if one.pk not in self.moving]
        return replace(self.history, visits=[*visits, *(self.visit(spot) for spot in spots)])

    def visit(self, spot: VisitTime) -> Appointment:
        """A visit there, unstored."""
        end = spot.start + self.kind.duration
        return Appointment(
            kind=self.kind.code,
            status=Status.BOOKED,
            patient=self.history.patient,
            start_at=spot.start,
            end_at=end,
            asked_at=self.history.now,
        )


def following(visits: Sequence[Appointment], on: date, at: time) -> list[datetime]:
    """When each of these would start if the first of them goes to this local day: as many days on or back, all of them
    at this wall time. Boundary: of a repeated hour the first, of a skipped one the time after the jump.
    """
    days, zone = on - clock.local_date(visits[0].start_at), clock.zone()
    return [wall_to_utc(clock.local_date(one.start_at) + days, at, zone, fold=0) for one in visits]


def in_their_rooms(spots: Sequence[VisitTime]) -> list[VisitTime]:
    """These with the room of the session, where none was chosen; of one practitioner. At most one query."""
    without = [spot for spot in spots if spot.room_id is None]
    if not without:
        return list(spots)
    rooms = default_rooms(practitioner_id=without[0].practitioner_id, starts=[spot.start for spot in without])
    found = {spot: replace(spot, room_id=room_id) for spot, room_id in zip(without, rooms, strict=True)}
    return [found.get(spot, spot) for spot in spots]


def standings(
    spots: Collection[VisitTime], looking: SeriesLook, *, besides: Collection[VisitTime] = (), by: Actor, now: datetime
) -> dict[VisitTime, DateStanding]:
    """How each of these stands, with the others as booked; `besides` are looked at too, and booked by nobody. At most
    four queries.
    """
    every = sorted({*spots, *besides}, key=lambda spot: (spot.start, spot.code))
    found = {spot: DateStanding(spot, NO_SESSION) for spot in every}
    found |= _diary(list(filter(looking.knows, every)), looking, by=by, now=now)
    in_order = sorted(spots, key=lambda spot: spot.start)
    for spot, other in pairwise(in_order):
        if _overlap(spot, other, looking.kind) and found[other].is_fine:
            found[other] = DateStanding(other, OVERLAPS)
    for spot in every:
        if found[spot].is_fine:
            found[spot] = _judged(spot, [other for other in spots if other != spot], looking)
    return found


def _diary(
    known: Sequence[VisitTime], looking: SeriesLook, *, by: Actor, now: datetime
) -> dict[VisitTime, DateStanding]:
    """How the diary stands at these, in order of time."""
    if not known:
        return {}
    places = [looking.place(spot) for spot in known]
    ways = in_the_way_of_each(places, excluding=looking.moving, by=by, now=now)
    closed = problems_of_each(places, kind=looking.kind, people=looking.people, rooms=looking.rooms, now=now)
    took = who_took([one for way in ways for one in way.taken])
    return {spot: _standing(spot, way, problems, took) for spot, way, problems in zip(known, ways, closed, strict=True)}


NO_SESSION = "There is no open session at that time."
OVERLAPS = "Another visit of this series is at that time."


def _standing(spot: VisitTime, way: InTheWay, problems: list[FieldError], took: Mapping[int, TakenBy]) -> DateStanding:
    if way.taken:
        return DateStanding(spot, way.sentence, tuple(took[one.id] for one in way.taken), is_taken=True)
    return DateStanding(spot, " ".join(problem.detail for problem in problems))


def _overlap(one: VisitTime, other: VisitTime, kind: VisitKind) -> bool:
    return Period(one.start, one.start + kind.duration).overlaps(Period(other.start, other.start + kind.duration))


def _judged(spot: VisitTime, others: Collection[VisitTime], looking: SeriesLook) -> DateStanding:
    judged = judge(spot, others, looking)
    if judged is None or judged.judgement.verdict is Verdict.CLEAR:
        return DateStanding(spot)
    why = " ".join(finding.message for finding in judged.judgement.findings if finding.needs_decision)
    return DateStanding(spot, why, is_unwise=True)


def judge(spot: VisitTime, others: Collection[VisitTime], looking: SeriesLook) -> JudgedVisit | None:
    """The whole verdict on a visit there with the others as booked; None for kinds without a check."""
    if not looking.kind.needs_check:
        return None
    return judge_visit(looking.with_others(others), requests_of(looking.visit(spot)))

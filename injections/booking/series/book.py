"""Booking a series: all of its visits through the one gate, in one transaction, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from injections.booking.book import book_there
from injections.booking.may import check_may_book
from injections.booking.request import BookingRequest
from injections.booking.series.rule import LONGEST_DAYS, SeriesRule
from injections.booking.series.standing import DateStanding, SeriesLook, VisitTime, in_their_rooms, standings
from injections.facts.history import history_about
from injections.messages.news import announce_together
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.in_the_way import in_the_way_of_each
from scheduling.diary.locks import Locked, lock, use_case
from scheduling.diary.places import end_holds
from scheduling.messages import together
from scheduling.messages.drafts import News
from scheduling.models import Appointment, VisitSeries
from scheduling.models.series import FEWEST, MOST


class SomeLost(Conflict):
    """Some of the times cannot be had, or should not be: nothing was booked. `lost` says how each of them stands;
    `extra["lost"]` names each by its start, with why and who is in the way; `extra["clashes"]` all of these.
    """

    code = "some-lost"

    @classmethod
    def of(cls, lost: list[DateStanding], done: str) -> SomeLost:
        """The refusal for these; `done` says what was not done."""
        named = [{"start": one.spot.start.isoformat(), "why": one.why, "clashes": one.clashes} for one in lost]
        count = "One time" if len(lost) == 1 else f"{len(lost)} times"
        clashes = [clash for one in lost for clash in one.clashes]
        refusal = cls(f"{count} can no longer be booked. {done}", extra={"lost": named, "clashes": clashes})
        refusal.lost = lost
        return refusal

    lost: list[DateStanding]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRequest:
    """Several visits of one kind for one patient: by which rule they were asked for, None where each was named, and
    where each shall be; without a room in that of the session.

    Without `tell_patient` the patient knows the times already.
    """

    kind: str
    patient_id: int
    rule: SeriesRule | None
    spots: tuple[VisitTime, ...]
    note: str = ""
    tell_patient: bool = True


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """What came of it: the series and its visits, in order of time."""

    series: VisitSeries
    visits: list[Appointment] = field(default_factory=list)


def book_series(ask: SeriesRequest, *, by: Actor, now: datetime) -> BookedSeries:
    """Book every visit of a series, each checked with the others as booked, and tell the patient once.

    One that cannot be had, or is not clear, keeps all others from being booked.
    Raises: Forbidden, Invalid (fields), HasDied, SomeLost (which times, and why), Busy.
    """
    check_permitted("book", by)
    kind = check_series(ask)
    with use_case():
        spots = sorted(in_their_rooms(ask.spots), key=lambda spot: spot.start)
        locked = lock(
            patients=[ask.patient_id],
            practitioners={spot.practitioner_id for spot in spots},
            rooms={spot.room_id for spot in spots if spot.room_id},
        )
        patient = locked.patients[ask.patient_id]
        if patient.merged_into_id is not None:
            raise Invalid.field("patient", "This record was merged into another. Book for that one.")
        check_may_book(patient, by=by)
        history = history_about(patient, now=now)
        looking = SeriesLook(kind, history, locked.practitioners, locked.rooms)
        check_all_stand(spots, looking, "Nothing was booked.", by=by, now=now)
        series = _stored(ask, by=by, now=now)
        visits = _booked(ask, spots, looking, locked, series, by=by, now=now)
        record(
            "series-booked",
            by=by,
            now=now,
            patients=[patient.pk],
            subject=f"series:{series.pk}",
            detail={"visits": [visit.pk for visit in visits]},
        )
        news = News("confirmed", tell_patient=ask.tell_patient)
        announce_together(together.BOOKED, [(visit, news) for visit in visits], by=by, now=now)
        return BookedSeries(series, visits)


def check_series(ask: SeriesRequest) -> VisitKind:
    """The kind asked for. Raises: Invalid (with everything that cannot be, before any row is looked at)."""
    kind, starts = KINDS.get(ask.kind), [spot.start for spot in ask.spots]
    which = "starts" if ask.rule is None else "count"
    problems = []
    if kind is None or not kind.comes_in_series:
        repeated = ", ".join(one.code for one in KINDS.values() if one.comes_in_series)
        problems.append(FieldError("#/kind", f"Choose one of {repeated}."))
    if not FEWEST <= len(ask.spots) <= MOST:
        problems.append(FieldError(f"#/{which}", f"A series has {FEWEST} to {MOST} visits."))
    elif (max(starts) - min(starts)).days > LONGEST_DAYS:
        problems.append(FieldError(f"#/{which}", "The last visit is more than a year after the first."))
    if len(set(starts)) < len(starts):
        problems.append(FieldError("#/starts", "Name each time once."))
    if kind is None or problems:
        raise Invalid(problems)
    return kind


def check_all_stand(spots: Sequence[VisitTime], looking: SeriesLook, done: str, *, by: Actor, now: datetime) -> None:
    """Raise SomeLost unless each of these times can be had and is clear; `done` says what is not done else. Under the
    locks: what `by` holds for this patient is given back, for a series has no use of one held time.
    """
    if lost := [one for one in standings(spots, looking, by=by, now=now).values() if not one.is_fine]:
        raise SomeLost.of(lost, done)
    [way] = in_the_way_of_each([looking.place(spots[0])], by=by, now=now)
    end_holds([way.own] if way.own else [])


def _stored(ask: SeriesRequest, *, by: Actor, now: datetime) -> VisitSeries:
    rule = ask.rule
    asked: dict[str, Any] = {"count": len(ask.spots)}
    if rule is not None:
        asked = {**asdict(rule), "weekdays": sorted(rule.weekdays)}
    return VisitSeries.objects.create(kind=ask.kind, **asked, made_at=now, by_id=by.user_id, by_name=by.name)


def _booked(
    ask: SeriesRequest,
    spots: list[VisitTime],
    looking: SeriesLook,
    locked: Locked,
    series: VisitSeries,
    *,
    by: Actor,
    now: datetime,
) -> list[Appointment]:
    visits = []
    for spot in spots:
        one = BookingRequest(
            kind=ask.kind,
            patient_id=ask.patient_id,
            start=spot.start,
            practitioner_id=spot.practitioner_id,
            room_id=spot.room_id,
            note=ask.note,
        )
        others = looking.with_others([other for other in spots if other is not spot])
        outcome, _ = book_there(one, looking.place(spot), locked, history=others, series=series, by=by, now=now)
        assert outcome.appointment is not None  # noqa: S101 - it was clear a moment ago, under the same locks
        visits.append(outcome.appointment)
    return visits

"""Moving or cancelling several visits of a series at once: all of them or none, told in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from injections.assessment.reassess import keep_each_and_follow
from injections.booking.cancel import Why, check_why, end_each
from injections.booking.may import check_may_cancel, check_may_move
from injections.booking.move import put_there
from injections.booking.propose import Proposal, moved_to, place_of, propose_cancel
from injections.booking.series.book import check_all_stand
from injections.booking.series.standing import SeriesLook, VisitTime, judge
from injections.facts.history import history_about
from injections.messages.news import announce_together
from injections.visit_kinds import KINDS
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary.locks import check_revision, lock_appointments, use_case
from scheduling.diary.read import the
from scheduling.messages import together
from scheduling.messages.drafts import News
from scheduling.models import Appointment, VisitSeries


class ChangePlaces(Conflict):
    """Some of the visits would each stand where another of them stands now."""

    code = "change-places"
    sentence = "Some of these visits would swap places. Move those one by one."


@dataclass(frozen=True, slots=True)
class SeriesMove:
    """Where each visit shall go, by its id, and of which revision each was seen, where somebody saw it. Without
    `tell_patient` nothing is said of the moves; reminders follow the new times all the same.
    """

    to: Mapping[int, VisitTime]
    revisions: Mapping[int, int]
    tell_patient: bool = True


def cancel_series(
    series_id: int,
    revisions: Mapping[int, int | None],
    why: Why,
    *,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> list[Appointment]:
    """Cancel these visits of a series, by the revisions of which they were seen (None: nobody saw them); their times
    are free at once.

    Raises: Missing, Invalid (a reason is required; visits of this series), StaleRevision, those of check_may_cancel.
    """
    check_why(why)
    _check_of_series(series_id, revisions)
    with use_case():
        visits, _ = lock_appointments(revisions)
        for visit in visits:
            check_revision(visit, revisions[visit.pk])
            check_may_cancel(visit, by=by, now=now)
        end_each(visits, reason=why, by=by, now=now)
        news = News("cancelled", tell_patient=tell_patient, by_patient=why.is_patients)
        announce_together(together.CHANGED, [(visit, news) for visit in visits], by=by, now=now)
        return visits


def move_series(series_id: int, ask: SeriesMove, *, by: Actor, now: datetime) -> list[Appointment]:
    """Move these visits of a series, each checked with the others as they will stand, and tell the patient once.

    One whose time cannot be had, or is not clear, keeps all others from being moved.
    Raises: Missing, Invalid (visits of this series), StaleRevision, those of check_may_move, SomeLost, ChangePlaces,
    Busy.
    """
    _check_of_series(series_id, ask.to)
    with use_case():
        visits, locked = lock_appointments(
            ask.to,
            practitioners={spot.practitioner_id for spot in ask.to.values()},
            rooms={spot.room_id for spot in ask.to.values() if spot.room_id},
        )
        for visit in visits:
            check_revision(visit, ask.revisions.get(visit.pk))
            check_may_move(visit, by=by, now=now)
        history = history_about(visits[0].patient, now=now)
        look = SeriesLook(KINDS[visits[0].kind], history, locked.practitioners, locked.rooms, moving=tuple(ask.to))
        check_all_stand(list(ask.to.values()), look, "Nothing was moved.", by=by, now=now)
        moves = [(visit, propose_series_move(visit, ask.to, look)) for visit in in_turn(visits, ask.to, look)]
        for visit, proposal in moves:
            put_there(visit, proposal, by=by, now=now)
        keep_each_and_follow([(proposal.judged, visit) for visit, proposal in moves], "move", by=by, now=now)
        news = News("moved", tell_patient=ask.tell_patient)
        announce_together(together.CHANGED, [(visit, news) for visit in visits], by=by, now=now)
        return visits


def propose_series_move(visit: Appointment, to: Mapping[int, VisitTime], look: SeriesLook) -> Proposal:
    """What moving one of these visits would come to, with the others where they will be."""
    spot = to[visit.pk]
    others = [other for pk, other in to.items() if pk != visit.pk]
    assert spot.room_id is not None  # noqa: S101 - whoever asks has looked whether it stands
    there = moved_to(
        visit, start=spot.start, practitioner_id=spot.practitioner_id, room_id=spot.room_id, now=look.history.now
    )
    there.practitioner, there.room = look.people[spot.practitioner_id], look.rooms[spot.room_id]
    return Proposal(there, judge(spot, others, look), "moved")


def propose_series_cancel(visits: Sequence[Appointment]) -> list[Proposal]:
    """What cancelling these visits would come to."""
    return [propose_cancel(visit) for visit in visits]


def in_turn(visits: Sequence[Appointment], to: Mapping[int, VisitTime], look: SeriesLook) -> list[Appointment]:
    """These in an order in which none is moved to where another still is. Raises: ChangePlaces (there is none)."""
    left, found = list(visits), list[Appointment]()
    while left:
        free = [one for one in left if not _is_in_the_way(left, one, to, look)]
        if not free:
            raise ChangePlaces
        found += free
        left = [one for one in left if one not in free]
    return found


def _is_in_the_way(
    left: Sequence[Appointment], visit: Appointment, to: Mapping[int, VisitTime], look: SeriesLook
) -> bool:
    """Whether another of those left stands where this one goes."""
    place = look.place(to[visit.pk])
    return any(place.overlaps(place_of(other)) for other in left if other.pk != visit.pk)


def _check_of_series(series_id: int, visits: Mapping[int, object]) -> None:
    of_series = Appointment.objects.filter(series=the(VisitSeries, series_id), pk__in=list(visits))
    if not visits or of_series.count() < len(visits):
        raise Invalid.field("visits", "Choose visits of this series.")

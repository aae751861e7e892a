"""Whether a time can still be had, before anybody confirms it: who has it, since when, or why nobody can have it; and
what its patient is booked for already, which may be what should move.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from injections.booking.request import BookingRequest, check_request, who_and_when
from injections.booking.wish import Wish
from injections.safety.findings import Judgement
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import check_place
from scheduling.diary.in_the_way import Taken, in_the_way
from scheduling.diary.places import Clash, Place
from scheduling.kinds import Kind
from scheduling.models import Appointment, AppointmentChange, Practitioner, Room
from scheduling.states import WAITING_OR_BOOKED


@dataclass(frozen=True, slots=True)
class TakenBy:
    """Somebody in the way: what they stand in the way of, and the visit, which `change` brought there; or a hold."""

    taken: Taken
    change: AppointmentChange | None

    @property
    def resources(self) -> str:
        return ", ".join(self.taken.resources)


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """How a time stands for whoever asks. `sentence` says why it cannot be had, "" where it can; `held_until` is until
    when they hold it. Of a class, `seats` is how many places it has and `seats_taken` how many of them others have.
    """

    sentence: str = ""
    taken: tuple[TakenBy, ...] = ()
    held_until: datetime | None = None
    seats: int = 0
    seats_taken: int = 0

    @property
    def is_free(self) -> bool:
        return not self.sentence

    @property
    def shows(self) -> set[int]:
        """The patients whose visits it names."""
        return {one.change.appointment.patient_id for one in self.taken if one.change}


def standing_at(
    ask: BookingRequest, practitioner: Practitioner | None, room: Room | None, *, by: Actor, now: datetime
) -> PlaceNow:
    """How the time of a request stands for whoever asks; changes nothing. At most four queries."""
    patient_id, practitioner_id, start = who_and_when(ask)
    if practitioner is None or room is None:
        return PlaceNow("Nobody has an open session at that time.")
    ids = {"patient_id": patient_id, "practitioner_id": practitioner_id, "room_id": room.pk}
    kind = check_request(ask)
    return standing_of(Place.of(kind, start, **ids), kind, practitioner, room, by=by, now=now)


def standing_of(
    place: Place,
    kind: Kind,
    practitioner: Practitioner,
    room: Room,
    *,
    excluding: int | None = None,
    by: Actor,
    now: datetime,
) -> PlaceNow:
    """The same of a place; `excluding` is the visit that would move there."""
    found = in_the_way(place, excluding=excluding, by=by, now=now)
    try:
        found.check_nobody()
        check_place(place, kind=kind, practitioner=practitioner, room=room, now=now)
    except Clash as refusal:
        took = who_took(found.taken)
        return PlaceNow(refusal.sentence, tuple(took[one.id] for one in found.taken))
    except Invalid as refusal:
        return PlaceNow(" ".join(error.detail for error in refusal.errors))
    seats = found.seats or (kind.seats if kind.is_group else 0)
    return PlaceNow(held_until=found.own_until, seats=seats, seats_taken=found.seats_taken)


_BROUGHT = ("book", "walk-in", "enter-late", "move", "undo")


def who_took(taken: Collection[Taken]) -> dict[int, TakenBy]:
    """Who brought each visit to where it is, and when, by the id of what is in the way. At most one query."""
    if not taken:
        return {}
    ids = [one.id for one in taken if one.held_until is None]
    rows = AppointmentChange.objects.filter(appointment__in=ids, verb__in=_BROUGHT)
    last = {row.appointment_id: row for row in rows.select_related("appointment__patient").order_by("pk")}
    return {one.id: TakenBy(one, last.get(one.id)) for one in taken}


@dataclass(frozen=True, slots=True)
class Already:
    """A visit to come of the same kind, or that injects the same area and side. `is_why`: it is what makes the day that
    was looked at too soon.
    """

    visit: Appointment
    is_why: bool


def already_booked(patient_id: int, wish: Wish, first: Judgement | None, *, now: datetime) -> list[Already]:
    """The visits to come that this one would be a second of, in order of time; `first` is the verdict on the day
    that is looked at. One query.
    """
    rows = Appointment.objects.of_patient(patient_id).filter(status__in=WAITING_OR_BOOKED, start_at__gt=now)
    coming = rows.select_related("patient", "practitioner", "room", "injection_request").order_by("start_at", "pk")
    return [Already(one, _is_why(one, first)) for one in coming if _is_alike(one, wish)]


def _is_alike(visit: Appointment, wish: Wish) -> bool:
    return visit.kind == wish.kind or bool(_places(visit) & {one.place for one in wish.wanted})


def _places(visit: Appointment) -> set[tuple[str, str]]:
    """The areas and sides that it injects."""
    return set(visit.injection_request.places) if KINDS[visit.kind].injects else set()


def _is_why(visit: Appointment, judged: Judgement | None) -> bool:
    """Whether a finding on the interval counts this very visit."""
    counted = (
        (one["counted_on"], (one["area"], one["side"]))
        for finding in (judged.findings if judged else ())
        if finding.rule == "repeat-interval"
        for one in _injections(finding.evidence)
    )
    on = clock.local_date(visit.start_at).isoformat()
    return any(day == on and place in _places(visit) for day, place in counted)


def _injections(evidence: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(evidence.get("injections") or ())

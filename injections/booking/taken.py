"""Whether a time can still be had, before anybody confirms it: who has it, since when, or why nobody can have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections.booking.request import BookingRequest, check_request, who_and_when
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import check_place
from scheduling.diary.places import Clash, Place, Taken, in_the_way
from scheduling.kinds import Kind
from scheduling.models import AppointmentChange, Practitioner, Room


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
        return PlaceNow(refusal.sentence, _who(found.taken))
    except Invalid as refusal:
        return PlaceNow(" ".join(error.detail for error in refusal.errors))
    seats = found.seats or (kind.seats if kind.is_group else 0)
    return PlaceNow(held_until=found.own_until, seats=seats, seats_taken=found.seats_taken)


_BROUGHT = ("book", "walk-in", "enter-late", "move", "undo")


def _who(taken: tuple[Taken, ...]) -> tuple[TakenBy, ...]:
    """Who brought each visit to where it is, and when. One query."""
    ids = [one.id for one in taken if one.held_until is None]
    rows = AppointmentChange.objects.filter(appointment__in=ids, verb__in=_BROUGHT)
    last = {row.appointment_id: row for row in rows.select_related("appointment__patient").order_by("pk")}
    return tuple(TakenBy(one, last.get(one.id)) for one in taken)

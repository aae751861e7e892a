"""Times that are held for 5 minutes while somebody is booking them: rows of the diary in a state of their own.

Everyone sees them, the same constraints guard them, and from `held_until` on they keep nobody out: whoever needs their
time ends them under the locks (`check_free`), and a task sweeps up the rest. Whoever holds a time is not refused by it.
A user holds one time for each patient, and one for nobody yet. Called by use cases of the policy alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import entry
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.rows import store
from scheduling import states
from scheduling.diary.places import Place, end_holds
from scheduling.diary.read import the
from scheduling.diary.writing import put_at
from scheduling.kinds import Kind
from scheduling.models import Appointment
from scheduling.states import HOLD_FOR, Status

SWEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OnOffer:
    """A time is held while its patient is offered it: until then, for them alone, and as others are told."""

    until: datetime
    words: str


def hold(
    place: Place, kind: Kind, *, instead_of: int | None, on_offer: OnOffer | None = None, by: Actor, now: datetime
) -> Appointment:
    """Hold a free place; what the same person held for this patient before (`instead_of`, by `check_free`) is given
    back. With `on_offer` it is the patient who holds it. Ask `lock` and `check_free` first.
    """
    states.check_transition("hold", None, Status.PROPOSED)
    if instead_of is not None:
        end_holds([instead_of])
    row = Appointment(kind=kind.code, status=Status.PROPOSED.value, asked_at=now, asked_by_id=by.user_id)
    put_at(row, place)
    row.held_until = on_offer.until if on_offer else now + HOLD_FOR
    row.held_by_id = None if on_offer else by.user_id
    row.held_by_name = on_offer.words if on_offer else by.name if by.user_id else ""
    store(row, _told("hold", row, by=by, now=now))
    return row


def one_at_a_time(by: Actor) -> None:
    """Let what the same user holds for nobody yet wait for its turn. Before any other lock."""
    User.objects.select_for_update(no_key=True).filter(pk=by.user_id or 0).values_list("pk").first()


def standing(hold_id: int, *, now: datetime) -> Appointment:
    """A hold that keeps others out, locked. Raises: Missing (also: its time is up)."""
    return the(Appointment.holds.select_for_update().filter(held_until__gt=now), hold_id)


def end(row: Appointment, *, by: Actor, now: datetime) -> None:
    """End a locked hold: its time is free."""
    told = _told("give-back", row, by=by, now=now)
    end_holds([row.pk])
    store(told)


def give_back(patient_id: int, *, by: Actor, now: datetime) -> bool:
    """Give back what `by` holds for this patient; whether there was anything."""
    with transaction.atomic():
        row = Appointment.holds.select_for_update().filter(patient=patient_id, held_by=by.user_id).first()
        if row is None:
            return False
        end(row, by=by, now=now)
    return True


def end_own(patient_ids: Collection[int], *, by: Actor) -> None:
    """End what `by` holds for these patients: they hold or take another time at this very moment. Under their locks."""
    rows = Appointment.holds.filter(patient__in=patient_ids, held_by=by.user_id)
    end_holds(list(rows.values_list("pk", flat=True)))


def end_on_offer(patient_ids: Collection[int], start: datetime, practitioner_id: int) -> bool:
    """End what one of these records of a patient holds at this time with this person; whether there was anything.

    Under the locks of whoever needs the time.
    """
    rows = Appointment.holds.filter(patient__in=patient_ids, held_by=None)
    found = list(rows.filter(start_at=start, practitioner=practitioner_id).values_list("pk", flat=True))
    end_holds(found)
    return bool(found)


def held(patient_id: int, *, by: Actor, now: datetime) -> Appointment | None:
    """What `by` holds for this patient at this moment."""
    rows = Appointment.holds.filter(patient=patient_id, held_by=by.user_id, held_until__gt=now)
    return rows.select_related("practitioner", "room").first()


def holds_between(starts_at: datetime, ends_at: datetime, *, now: datetime) -> QuerySet[Appointment]:
    """The times that are held in a stretch of the diary, by whomever: "being booked by …". In order of time."""
    rows = Appointment.holds.filter(end_at__gt=starts_at, start_at__lt=ends_at, held_until__gt=now)
    return rows.select_related("practitioner", "room").order_by("start_at", "pk")


def sweep_up(*, now: datetime) -> int:
    """End the holds whose time is up and that nobody needed; how many. What is locked right now is left for later."""
    with transaction.atomic():
        rows = Appointment.holds.select_for_update(skip_locked=True).filter(held_until__lte=now).order_by("pk")
        run_out = list(rows.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
        end_holds(run_out)
    return len(run_out)


def _told(verb: str, row: Appointment, *, by: Actor, now: datetime) -> Entry:
    words = f"appointment-{states.VERBS[verb].past}"
    where = {"start": row.start_at.isoformat(), "practitioner": row.practitioner_id, "room": row.room_id}
    whose = [row.patient_id] if row.patient_id else []
    subject = f"patient:{whose[0]}" if whose else f"practitioner:{row.practitioner_id}"
    return entry(words, by=by, now=now, patients=whose, subject=subject, detail=where)

"""Who waits for an earlier time, and for which: put on the list, taken off with a reason, in order of waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from injections.booking.waiting_list.wished import LONGEST, NewWish, check_wished
from injections.booking.wish import Wish
from injections.models import WaitingWish
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.messages.recipients import route_of
from scheduling.models import Appointment, OfPatientQuerySet, Patient
from scheduling.patients.death import check_alive
from scheduling.revisions import edits
from scheduling.states import WAITING_OR_BOOKED, Status

WRITTEN: Final = (Patient.Contact.EMAIL, Patient.Contact.SMS)
"""The ways by which a patient is written to at once."""
NO_REASON: Final = "Taken off by a program, which gave no reason."


class NotWaiting(Conflict):
    """The wish is not on the list any more."""

    code = "not-waiting"
    sentence = "This is no longer on the waiting list."


def put_on(new: NewWish, *, by: Actor, now: datetime) -> WaitingWish:
    """Put a patient on the waiting list, behind everybody who waits already.

    Raises: Forbidden, Invalid (every problem), HasDied, Busy.
    """
    with use_case():
        patient = lock(patients=[new.patient_id]).patients[new.patient_id]
        if patient.merged_into_id is not None:
            raise Invalid.field("patient", "This record was merged into another. Put that one on the list.")
        check_may_put_on(patient, by=by)
        reached = _reached(new, patient)
        check_wished(reached, now=now)
        wish = WaitingWish.objects.create(patient=patient, **reached.columns(), asked_at=now, asked_by_id=by.user_id)
        tell("wish-put-on", wish, by=by, now=now)
        return wish


def _reached(new: NewWish, patient: Patient) -> NewWish:
    """Where nobody said how the patient is told of a free time: by mail if they are written to, else by phone."""
    is_written = route_of(patient).channel in WRITTEN
    return new if new.reach else replace(new, reach=WaitingWish.Reach.MAIL if is_written else WaitingWish.Reach.PHONE)


def change(
    wish_id: int, said: Mapping[str, Any], *, revision: int | None = None, by: Actor, now: datetime
) -> WaitingWish:
    """Change what somebody waits for: what is named, by the fields of `NewWish`. They keep their place on the list, and
    what they are being offered.

    Raises: Forbidden, Missing, NotWaiting, HasDied, StaleRevision, Invalid (every problem), Busy.
    """
    check_permitted("keep-waiting-list", by)
    with use_case():
        wish = locked_wish(wish_id)
        check_alive(wish.patient.kept)
        edits.check_unchanged(wish, revision)
        was = replace(NewWish.as_stored(wish), patient_id=wish.patient.kept_id)
        new = _reached(was.changed(said), wish.patient.kept)
        if new.patient_id not in (wish.patient_id, was.patient_id):
            raise Invalid.field("patient", "An entry stays with its patient: put the other patient on the list.")
        new = replace(new, patient_id=was.patient_id)
        check_wished(new, was=was, now=now)
        before, columns = edits.details(wish), new.columns()
        for name, value in columns.items():
            setattr(wish, name, value)
        wish.save(update_fields=list(columns))
        edits.raise_revision(wish, before, by=by, now=now)
        tell("wish-changed", wish, by=by, now=now)
        return the(with_rows(), wish_id)


def check_may_put_on(patient: Patient, *, by: Actor) -> None:
    """Raise Forbidden, or HasDied, unless this patient may be put on the list."""
    check_permitted("keep-waiting-list", by)
    check_alive(patient)


def take_off(wish_id: int, *, reason: str, by: Actor, now: datetime) -> WaitingWish:
    """Take a wish off the list; what its patient is offered at this moment stays theirs until it ends.

    Raises: Forbidden, Missing, Invalid (no reason), NotWaiting.
    """
    check_permitted("keep-waiting-list", by)
    said = tidy(reason)
    if not said:
        raise Invalid.field("reason", "Say why.")
    if len(said) > LONGEST:
        raise Invalid.field("reason", f"Use at most {LONGEST} characters.")
    with use_case():
        wish = locked_wish(wish_id)
        end_wish(wish, WaitingWish.End.TAKEN_OFF, reason=said, by=by, now=now)
        tell("wish-taken-off", wish, by=by, now=now)
        return wish


def locked_wish(wish_id: int) -> WaitingWish:
    """A wish that is still on the list, under the lock of its patient. Raises: Missing, NotWaiting."""
    seen = the(WaitingWish.objects.select_related("patient__merged_into"), wish_id)
    lock(patients={seen.patient_id, seen.patient.kept_id})
    wish = the(with_rows().select_for_update(of=("self",)), wish_id)
    if wish.ended_at is not None:
        raise NotWaiting
    return wish


def end_wish(
    wish: WaitingWish, as_what: str, *, reason: str = "", visit: Appointment | None = None, by: Actor, now: datetime
) -> None:
    """A locked wish ends; `visit` is what it came to."""
    wish.ended_at, wish.ended_by_id, wish.ended_as, wish.ended_reason = now, by.user_id, as_what, reason
    wish.appointment = visit
    wish.save(update_fields=["ended_at", "ended_by", "ended_as", "ended_reason", "appointment"])


def came_true_by(moved: Appointment, *, moved_at: datetime) -> OfPatientQuerySet[WaitingWish]:
    """The wishes that a visit's move of that instant fulfilled, which come back with it. One query."""
    rows = WaitingWish.objects.filter(appointment=moved, replaces=moved, ended_at=moved_at)
    return rows.filter(ended_as=WaitingWish.End.BOOKED).select_related("patient").order_by("pk")


def bring_back(moved: Appointment, *, moved_at: datetime, by: Actor, now: datetime) -> None:
    """Whoever waited for the time that a locked visit was moved to waits again, at their old place on the list: that
    move is taken back.
    """
    for wish in came_true_by(moved, moved_at=moved_at):
        wish.ended_at, wish.ended_by, wish.ended_as, wish.appointment = None, None, "", None
        wish.save(update_fields=["ended_at", "ended_by", "ended_as", "appointment"])
        tell("wish-brought-back", wish, by=by, now=now)


def waiting(*, on: date | None = None) -> OfPatientQuerySet[WaitingWish]:
    """Everybody who waits, who came first first; without those who have died, and where a clinic-local day is given
    without those whose last day is before it. One query.
    """
    rows = with_rows().filter(ended_at=None).of_the_living()
    return rows if on is None else rows.exclude(to_on__lt=on)


def lapsed(*, on: date) -> OfPatientQuerySet[WaitingWish]:
    """Those of them whose last day is before this clinic-local day: nobody has said what becomes of it. One query."""
    return waiting().filter(to_on__lt=on)


def with_rows() -> OfPatientQuerySet[WaitingWish]:
    """Every wish with its patient, person and later visit, in order of waiting."""
    return WaitingWish.objects.select_related("patient__merged_into", "practitioner", "replaces").order_by(
        "asked_at", "pk"
    )


def what_of(wish: WaitingWish) -> Wish:
    """What it is for, as a booking names it."""
    return NewWish.as_stored(wish).what


def moves(wish: WaitingWish, *, now: datetime) -> Appointment | None:
    """The later visit that a time would take the place of, while that can be moved; else None: a visit is booked."""
    later = wish.replaces
    is_to_come = later is not None and later.status in WAITING_OR_BOOKED and later.start_at > now
    return later if is_to_come else None


def is_past(wish: WaitingWish, *, now: datetime) -> bool:
    """Whether the visit that it would move has begun or taken place: nothing earlier is left to be had."""
    later = wish.replaces
    return (
        later is not None
        and later.status not in (Status.CANCELLED, Status.ENTERED_IN_ERROR)
        and not moves(wish, now=now)
    )


def coming_visits(patient_id: int, *, now: datetime) -> OfPatientQuerySet[Appointment]:
    """What a patient is booked for, of which an earlier time may be wished. One query."""
    rows = Appointment.objects.of_patient(patient_id).filter(Q(status__in=WAITING_OR_BOOKED), start_at__gt=now)
    return rows.select_related("practitioner", "injection_request").order_by("start_at", "pk")


def tell(verb: str, wish: WaitingWish, *, by: Actor, now: datetime) -> None:
    record(verb, by=by, now=now, patients=[wish.patient.kept_id], subject=f"waitingwish:{wish.pk}")

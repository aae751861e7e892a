"""Who waits for an earlier time, and for which: put on the list, taken off with a reason, in order of waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q

from injections.booking.request import check_request
from injections.booking.wish import Wish
from injections.models import WaitingWish
from injections.models.waiting import NOTICES
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy, what_is_hidden
from scheduling.availability.hours_of_day import AFTERNOON, MORNING
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.models import Appointment, OfPatientQuerySet, Patient, Practitioner
from scheduling.patients.death import check_alive
from scheduling.states import WAITING_OR_BOOKED, Status

LONGEST: Final = 2000
HALVES: Final = (MORNING, AFTERNOON)


class NotWaiting(Conflict):
    """The wish is not on the list any more."""

    code = "not-waiting"
    sentence = "This is not on the waiting list any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWish:
    """What somebody waits for, as in `WaitingWish`; `what` is the kind and the injections, as a booking names them."""

    patient_id: int
    what: Wish
    weekdays: frozenset[int] = frozenset()
    halves: frozenset[str] = frozenset()
    practitioner_id: int | None = None
    earliest_on: date | None = None
    notice_hours: int = 24
    reach: str = WaitingWish.Reach.PHONE
    instead_of: int | None = None
    note: str = ""


def put_on(new: NewWish, *, by: Actor, now: datetime) -> WaitingWish:
    """Put a patient on the waiting list, behind everybody who waits already.

    Raises: Forbidden, Invalid (every problem), HasDied, Busy.
    """
    kind = check_request(new.what.ask(new.patient_id))
    with use_case():
        patient = lock(patients=[new.patient_id]).patients[new.patient_id]
        if patient.merged_into_id is not None:
            raise Invalid.field("patient", "This record was merged into another; put that one on the list.")
        check_may_put_on(patient, by=by)
        if problems := [*_problems_of_values(new), *_problems_of_rows(new)]:
            raise Invalid(problems)
        wish = WaitingWish.objects.create(
            patient=patient,
            kind=kind.code,
            site=new.what.site,
            side=new.what.side,
            second=new.what.second if kind.injects else "",
            third=new.what.third if kind.injects else "",
            weekdays=sorted(new.weekdays),
            halves=sorted(new.halves),
            practitioner_id=new.practitioner_id,
            earliest_on=new.earliest_on,
            notice_hours=new.notice_hours,
            reach=new.reach,
            instead_of_id=new.instead_of,
            note=tidy(new.note),
            asked_at=now,
            asked_by_id=by.user_id,
        )
        tell("wish-put-on", wish, by=by, now=now)
        return wish


def check_may_put_on(patient: Patient, *, by: Actor) -> None:
    """Raise Forbidden, or HasDied, unless this patient may be put on the list."""
    check_permitted("keep-waiting-list", by)
    check_alive(patient)


def _problems_of_values(new: NewWish) -> list[FieldError]:
    hidden = what_is_hidden(new.note, lines=True)
    wrong = {
        "weekdays": not new.weekdays <= set(range(7)) and "Choose days from 0 (Monday) to 6 (Sunday).",
        "halves": not new.halves <= set(HALVES) and f"Choose one of {', '.join(HALVES)}.",
        "notice_hours": new.notice_hours not in NOTICES and f"Choose one of {', '.join(map(str, NOTICES))}.",
        "reach": new.reach not in WaitingWish.Reach.values and f"Choose one of {', '.join(WaitingWish.Reach.values)}.",
        "note": f"This text {hidden}"
        if hidden
        else len(tidy(new.note)) > LONGEST and f"Use at most {LONGEST} characters.",
    }
    return [FieldError(f"#/{name}", said) for name, said in wrong.items() if said]


def _problems_of_rows(new: NewWish) -> list[FieldError]:
    problems = []
    takers = Practitioner.objects.filter(active=True, kinds__contains=[new.what.kind])
    if new.practitioner_id is not None and not takers.filter(pk=new.practitioner_id).exists():
        problems.append(FieldError("#/practitioner", "Choose somebody who takes such visits."))
    later = Appointment.objects.of_patient(new.patient_id).filter(kind=new.what.kind, status__in=WAITING_OR_BOOKED)
    if new.instead_of is not None and not later.filter(pk=new.instead_of).exists():
        problems.append(FieldError("#/instead_of", "Choose a visit of this kind that the patient is booked for."))
    return problems


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
    wish = the(_with_rows().select_for_update(of=("self",)), wish_id)
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


def waiting() -> OfPatientQuerySet[WaitingWish]:
    """Everybody who waits, who came first first; without those who have died. One query."""
    return _with_rows().filter(ended_at=None).of_the_living()


def _with_rows() -> OfPatientQuerySet[WaitingWish]:
    return WaitingWish.objects.select_related("patient__merged_into", "practitioner", "instead_of").order_by(
        "asked_at", "pk"
    )


def what_of(wish: WaitingWish) -> Wish:
    """What it is for, as a booking names it."""
    return Wish(kind=wish.kind, site=wish.site, side=wish.side, second=wish.second, third=wish.third)


def moves(wish: WaitingWish, *, now: datetime) -> Appointment | None:
    """The later visit that a time would take the place of, while that can be moved; else None: a visit is booked."""
    later = wish.instead_of
    is_to_come = later is not None and later.status in WAITING_OR_BOOKED and later.start_at > now
    return later if is_to_come else None


def is_past(wish: WaitingWish, *, now: datetime) -> bool:
    """Whether the visit that it would move has begun or taken place: nothing earlier is left to be had."""
    later = wish.instead_of
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

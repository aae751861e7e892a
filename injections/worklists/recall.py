"""Patients whose visit was delayed until a day that has come, or nearly, and who have no other: somebody phones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce

from injections.models import Decision, Recall
from injections.safety.sites import AREAS, SITES
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.models import Appointment
from scheduling.states import HOLDING, Status

AHEAD: Final = timedelta(days=7)
"""So long before the day is there to find a time for it."""
_ENDS_IT: Final = (Decision.Outcome.DELAY, Decision.Outcome.DECLINE)


class NotToBeCalledBack(Conflict):
    """Nobody waits to be called back about this visit."""

    code = "not-to-be-called-back"


def to_call_back(*, now: datetime) -> QuerySet[Decision]:
    """Delays whose day has come or comes within 7 days, the earliest first. Hazard H30.

    Until the patient, on whichever of their records, has a later visit there (area and side; of a visit that injects
    nothing its kind) that stands or took place, a later decision there says otherwise, or somebody ticks it off.
    Whoever has died is not called.
    """
    delays = Decision.objects.filter(
        outcome=Decision.Outcome.DELAY, delay_until__lte=clock.local_date(now) + AHEAD, recall=None
    )
    living = delays.filter(appointment__patient__death=None, appointment__patient__merged_into__death=None)
    placed = living.annotate(**_place("appointment__"))
    same = {name: OuterRef(name) for name in ("person", "place", "placed_side")}
    visits = Appointment.objects.annotate(**_place("")).filter(
        **same, asked_at__gt=OuterRef("at"), status__in=(*HOLDING, Status.FULFILLED)
    )
    decided = Decision.objects.annotate(**_place("appointment__")).filter(
        **same, pk__gt=OuterRef("pk"), outcome__in=_ENDS_IT
    )
    rows = placed.filter(~Exists(visits), ~Exists(decided))
    whose = ("by", "appointment__patient", "appointment__injection_request")
    return rows.select_related(*whose).order_by("delay_until", "pk")


def check_may_tick_off(by: Actor) -> None:
    """Raise Forbidden unless this person calls delayed patients back."""
    check_permitted("call-back", by)


def tick_off(appointment_id: int, *, note: str, by: Actor, now: datetime) -> Recall:
    """The patient of this delayed visit was called back, or needs it no more; a booking ticks it off by itself.

    Raises: Forbidden, Missing, Invalid (a note is required), NotToBeCalledBack.
    """
    check_may_tick_off(by)
    if not note.strip():
        raise Invalid.field("note", "Say what came of it.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        decision = to_call_back(now=now).filter(appointment=appointment).first()
        if decision is None:
            raise NotToBeCalledBack("Nobody waits to be called back about this visit.")
        row = Recall.objects.create(decision=decision, at=now, by_id=by.user_id, note=note.strip())
        subject = f"appointment:{appointment.pk}"
        record("patient-called-back", by=by, now=now, patients=[appointment.patient_id], subject=subject)
        return row


def _place(before: str) -> dict[str, Case | Coalesce]:
    """Of a row whose appointment is at this path: whose it is, and where, as columns."""
    site, kind = f"{before}injection_request__site", f"{before}kind"
    areas = [
        When(**{f"{site}__in": [one.code for one in SITES if one.area == area]}, then=Value(area)) for area in AREAS
    ]
    return {
        "person": Coalesce(f"{before}patient__merged_into_id", f"{before}patient_id"),
        "place": Case(*areas, default=Coalesce(F(site), F(kind)), output_field=CharField()),
        "placed_side": Coalesce(f"{before}injection_request__side", Value(""), output_field=CharField()),
    }

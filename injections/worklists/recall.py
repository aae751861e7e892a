"""Patients whose visit was delayed until a day that has come, or nearly, and who have no other: somebody phones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Case, CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce

from injections.models import Decision, Recall
from injections.safety.sites import AREAS, SITES
from injections.safety.visit import MOST
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.models import Appointment
from scheduling.states import HOLDING, Status

Row = TypeVar("Row", bound=Model)

AHEAD: Final = timedelta(days=7)
"""So long before the day is there to find a time for it."""
_ENDS_IT: Final = (Decision.Outcome.DELAY, Decision.Outcome.DECLINE)


class NotToBeCalledBack(Conflict):
    """Nobody waits to be called back about this visit."""

    code = "not-to-be-called-back"


def to_call_back(*, now: datetime) -> QuerySet[Decision]:
    """Delays whose day has come or comes within 7 days, the earliest first. Hazard H30.

    Until the patient, on whichever of their records, has a later visit there (area and side; of a visit that injects
    nothing its kind) that stands or took place, a later decision there says otherwise, or somebody ticks it off. Of a
    visit with several injections until that holds for each of them. Whoever has died is not called.
    """
    delays = Decision.objects.filter(
        outcome=Decision.Outcome.DELAY, delay_until__lte=clock.local_date(now) + AHEAD, recall=None
    )
    living = delays.filter(appointment__patient__death=None, appointment__patient__merged_into__death=None)
    same = {"person": OuterRef("person")}
    visits = Appointment.objects.annotate(**_places("")).filter(
        **same, asked_at__gt=OuterRef("at"), status__in=(*HOLDING, Status.FULFILLED)
    )
    decided = Decision.objects.annotate(**_places("appointment__")).filter(
        **same, pk__gt=OuterRef("pk"), outcome__in=_ENDS_IT
    )
    is_open = Q()
    for number in range(MOST):
        seen_to = Exists(_there(visits, number)) | Exists(_there(decided, number))
        is_open |= Q(~seen_to, **{f"place_{number}__isnull": False})
    rows = living.annotate(**_places("appointment__")).filter(is_open)
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
        raise Invalid.field("note", "Say what the outcome was.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        decision = to_call_back(now=now).filter(appointment=appointment).first()
        if decision is None:
            raise NotToBeCalledBack("There is nobody to call back about this visit.")
        row = Recall.objects.create(decision=decision, at=now, by_id=by.user_id, note=note.strip())
        subject = f"appointment:{appointment.pk}"
        record("patient-called-back", by=by, now=now, patients=[appointment.patient_id], subject=subject)
        return row


def _there(rows: QuerySet[Row], number: int) -> QuerySet[Row]:
    """Of these rows those one of whose places is the outer row's of this number."""
    same = Q()
    for own in range(MOST):
        same |= Q(**{f"place_{own}": OuterRef(f"place_{number}"), f"side_{own}": OuterRef(f"side_{number}")})
    return rows.filter(same)


def _places(before: str) -> dict[str, Any]:
    """Of a row whose appointment is at this path: whose it is, and where, as columns: the area (else the kind) and side
    of each of its injections, by their numbers.
    """
    asked, kind = f"{before}injection_request__", f"{before}kind"
    found: dict[str, Any] = {
        "person": Coalesce(f"{before}patient__merged_into_id", f"{before}patient_id"),
        "place_0": _area(f"{asked}site", Coalesce(F(f"{asked}site"), F(kind))),
        "side_0": Coalesce(f"{asked}side", Value(""), output_field=CharField()),
    }
    for number in range(1, MOST):
        one = KeyTransform(number - 1, f"{asked}further")
        found[f"place_{number}"] = _area(f"{asked}further__{number - 1}__site", KeyTextTransform("site", one))
        found[f"side_{number}"] = KeyTextTransform("side", one)
    return found


def _area(site: str, otherwise: Any) -> Case:
    whens = [
        When(**{f"{site}__in": [one.code for one in SITES if one.area == area]}, then=Value(area)) for area in AREAS
    ]
    return Case(*whens, default=otherwise, output_field=CharField())

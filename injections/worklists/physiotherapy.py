"""Physiotherapy that has to follow an injection: whose is neither booked nor going on, and ticking it off.

An injection beside a loaded tendon only opens a window for rehabilitation. Hazard H42.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from injections.messages.aftercare_plan import LOADED_AREAS
from injections.models import Injection, InjectionQuerySet, Pathway, PhysiotherapyArranged
from injections.safety.sites import SITES
from injections.visit_kinds import LOADING
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.models import Appointment
from scheduling.states import HOLDING, Status

FOLLOWS_WITHIN: Final = timedelta(weeks=3)
"""Elapsed from the end of the injection; clinic policy."""
LISTED_FOR: Final = timedelta(weeks=13)
"""After that the window which the injection opened has closed (S3: it can help for up to 3 months)."""
LONGEST: Final = 2000
_AREAS = {site.code: site.area for site in SITES if site.area in LOADED_AREAS}
_KEPT = Coalesce("patient__merged_into_id", "patient_id")


class AlreadyArranged(Conflict):
    """Somebody has ticked it off already."""

    code = "already-arranged"


def to_arrange(*, now: datetime) -> InjectionQuerySet:
    """Injections given here beside a loaded tendon after which no physiotherapy or class starts within 3 weeks, none is
    going on by the newest pathway of that area and side, and nobody has ticked it off; those longest ago first. Of
    one visit with several such injections the first.

    Boundary: a visit 3 weeks to the minute after the end counts. An unknown pathway is not one that is going on.
    """
    rows = Injection.objects.given().of_the_living().filter(appointment__isnull=False, site__in=_AREAS)
    rows = rows.filter(ended_at__gt=now - LISTED_FOR, appointment__physiotherapy_arranged=None)
    area = Case(*(When(site=site, then=Value(area)) for site, area in _AREAS.items()), output_field=CharField())
    rows = rows.alias(kept=_KEPT, area=area).alias(going_on=Subquery(_physiotherapy()))
    rows = rows.filter(~Exists(_booked())).filter(Q(going_on=None) | ~Q(going_on="ongoing"))
    one_of_a_visit = rows.order_by("appointment_id", "number").distinct("appointment_id").values("pk")
    return Injection.objects.filter(pk__in=one_of_a_visit).order_by("ended_at", "pk")


def check_may_arrange(appointment: Appointment, *, by: Actor) -> None:
    """Raise Forbidden, or Conflict unless an injection was given at this visit and nobody has ticked it off."""
    check_permitted("arrange-physiotherapy", by)
    if PhysiotherapyArranged.objects.filter(appointment=appointment).exists():
        raise AlreadyArranged("Physiotherapy after this visit has already been arranged.")
    if not Injection.objects.given().filter(appointment=appointment).exists():
        raise Conflict("No injection is recorded as given at this visit.")


def arrange_physiotherapy(appointment_id: int, *, note: str, by: Actor, now: datetime) -> PhysiotherapyArranged:
    """Tick it off: somebody else does it, or why nobody does.

    Raises: Forbidden, Missing, Invalid (the note), AlreadyArranged, Conflict (nothing was given).
    """
    said = note.strip()
    if not said:
        raise Invalid.field("note", "Say where, with whom and when, or why not.")
    if len(said) > LONGEST:
        raise Invalid.field("note", f"Write at most {LONGEST} characters.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_arrange(appointment, by=by)
        patient = appointment.patient
        row = PhysiotherapyArranged.objects.create(
            patient=patient, appointment=appointment, note=said, recorded_at=now, recorded_by_id=by.user_id
        )
        record("physiotherapy-arranged", by=by, now=now, patients=[patient.pk], subject=f"appointment:{appointment.pk}")
        return row


def _booked() -> QuerySet[Appointment]:
    """Of the outer injection's patient: what starts within 3 weeks of it and was not called off."""
    until = ExpressionWrapper(OuterRef("ended_at") + FOLLOWS_WITHIN, output_field=DateTimeField())
    rows = Appointment.objects.filter(kind__in=LOADING, status__in=(*HOLDING, Status.FULFILLED)).alias(kept=_KEPT)
    return rows.filter(kept=OuterRef("kept"), start_at__gt=OuterRef("ended_at"), start_at__lte=until)


def _physiotherapy() -> QuerySet[Pathway, str]:
    """What the newest pathway that fits its area and side says, as `facts.answers.fits` reads it."""
    rows = Pathway.objects.alias(kept=_KEPT).filter(kept=OuterRef("kept"))
    fits = Q(area__in=["", OuterRef("area")]) & Q(side__in=["", "both", "unknown", OuterRef("side")])
    return rows.filter(fits).order_by("-pk").values_list("content__physiotherapy", flat=True)[:1]

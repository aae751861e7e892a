"""Appointments as FHIR has them: what is shown here is what may be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from fhir.resources.R4B.appointment import Appointment as AppointmentResource
from fhir.resources.R4B.appointment import AppointmentParticipant
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.reference import Reference as ReferenceElement
from fhir.resources.R4B.resource import Resource
from fhir.resources.R4B.servicerequest import ServiceRequest

from injections.assessment.visits import appointments
from injections.doors.coded.body_sites import body_sites
from injections.doors.coded.concepts import own_concept
from injections.doors.coded.own import system_of
from injections.doors.fhir.references import service_type, to_patient, to_practitioner, to_room
from injections.doors.fhir.resource_type import (
    EVERYTHING,
    NOTHING,
    ResourceType,
    SearchParam,
    at_instant,
    code_of,
    each,
    of_code,
    of_patient,
)
from injections.doors.fhir.values import Reference, Token
from injections.safety.visit import Wanted
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status

_CHANGED: Any = Subquery(AppointmentChange.objects.filter(appointment=OuterRef("pk")).order_by("-pk").values("at")[:1])


def _rows(by: Actor, now: datetime) -> QuerySet[Appointment]:
    """Visits, whatever became of them; times that are only held are none."""
    return appointments().annotate(changed_at=Coalesce(_CHANGED, "asked_at"))


def appointment_resource(visit: Appointment) -> AppointmentResource:
    """One visit. What a single injection is for stands in reasonCode: its site, its side, its targets; where there are
    several each is a contained ServiceRequest.
    """
    request = getattr(visit, "injection_request", None)
    wanted: Sequence[Wanted] = request.wanted if request else ()
    several = wanted if len(wanted) > 1 else ()
    orders: list[Resource] = [_order(one, visit, number) for number, one in enumerate(several, 1)]
    return AppointmentResource(
        id=str(visit.pk),
        contained=orders or None,
        status=visit.status,
        serviceType=[service_type(visit.kind)],
        reasonCode=reason_codes(wanted[0]) if len(wanted) == 1 else None,
        basedOn=[ReferenceElement(reference=f"#{one.id}") for one in orders] or None,
        start=visit.start_at,
        end=visit.end_at,
        minutesDuration=int((visit.end_at - visit.start_at).total_seconds() // 60),
        comment=visit.note or None,
        participant=_participants(visit),
    )


def reason_codes(wanted: Wanted) -> list[CodeableConcept]:
    """What one injection is for: where, on which side, and what exactly."""
    return [*body_sites(wanted.site, wanted.side), *(own_concept("target", code) for code in wanted.targets)]


def _order(wanted: Wanted, visit: Appointment, number: int) -> ServiceRequest:
    return ServiceRequest(
        id=f"injection-{number}",
        status="active",
        intent="order",
        code=service_type(visit.kind),
        subject=to_patient(visit.patient),
        bodySite=body_sites(wanted.site, wanted.side),
        orderDetail=[own_concept("target", code) for code in wanted.targets] or None,
    )


def _participants(visit: Appointment) -> list[AppointmentParticipant]:
    """Patient, practitioner and room; tentative while somebody has to look."""
    status = "tentative" if visit.status == Status.PENDING else "accepted"
    who = (to_patient(visit.patient), to_practitioner(visit.practitioner), to_room(visit.room))
    return [AppointmentParticipant(actor=actor, status=status) for actor in who]


def _status(value: Token) -> Q:
    if not value.may_be_of(*code_of("appointmentstatus")):
        return NOTHING
    if not value.code:
        return EVERYTHING
    return Q(status=value.code) if value.code in list(Status) else NOTHING


def _with(column: str) -> Any:
    def matches(value: Reference) -> Q:
        return Q(**{column: value.id})

    return matches


APPOINTMENT: Final = ResourceType(
    name="Appointment",
    action="read-diary",
    rows=_rows,
    resources=each(appointment_resource, updated="changed_at"),
    patients_of=lambda row: (row.patient_id,) if row.patient_id else (),
    patient_path="patient",
    updated="changed_at",
    params=(
        of_patient(),
        SearchParam(
            name="practitioner",
            kind="reference",
            matches=_with("practitioner"),
            what="Whom it is with",
            targets=("Practitioner",),
        ),
        SearchParam(
            name="location", kind="reference", matches=_with("room"), what="In which room", targets=("Location",)
        ),
        at_instant("date", "start_at", what="When it starts"),
        SearchParam(name="status", kind="token", matches=_status, what=", ".join(Status)),
        of_code("service-type", "kind", systems=(system_of("service"),), what="The kind of visit"),
    ),
    what="Sent here it is checked as every booking is: clear is booked, what needs review is pending and holds its "
    "time, blocked is refused with its findings. reasonCode says site, side and targets of an injection.",
)

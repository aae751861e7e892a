"""Booking by an Appointment: through the very gate that pages and the API go through."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import HttpResponse
from fhir.resources.R4B.extension import Extension
from fhir.resources.R4B.operationoutcome import OperationOutcome, OperationOutcomeIssue
from fhir.resources.R4B.reference import Reference
from fhir.resources.R4B.resource import Resource
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from injections.booking.api import asked, whose
from injections.booking.book import BookingOutcome, book
from injections.doors.coded.own import ADDRESS
from injections.doors.fhir import outcome
from injections.doors.fhir.administrative.appointment import APPOINTMENT
from injections.doors.fhir.administrative.sent import Sent
from injections.doors.fhir.administrative.sent_appointment import parse_appointment, read_appointment
from injections.doors.fhir.bundle import etag_of, with_version
from injections.doors.fhir.clinical.detected_issues import issues_of
from injections.doors.fhir.schema import resource_schema
from injections.doors.fhir.values import NotUnderstood
from injections.doors.fhir.views import SearchType
from injections.models import Assessment
from injections.safety.findings import Severity
from injections.visit.diary_api import AppointmentBody
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.api.idempotency import idempotent
from pht_clinic.web.problem import field_errors
from scheduling.models import Appointment
from scheduling.states import Status

FINDING: Final = f"{ADDRESS}/StructureDefinition/finding"
"""Extension of an issue: the DetectedIssue that is contained beside it."""
_BLOCKED: Final = (
    "The safety check does not allow this. A radiologist may: send the extension override-reason, which says why."
)
_PENDING: Final = "It is pending and holds its time: a radiologist has to look at it."
_STANDS: Final = "It is booked."
_SEVERITIES: Final = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "information"}
_body: Final = AppointmentBody()


class BookAppointment(SearchType):
    """The diary, and booking. clear is booked; review is pending and holds its time; blocked is a 422 whose
    OperationOutcome contains the findings. Sent again with its Idempotency-Key it gets its first answer;
    If-None-Exist is refused.
    """

    also: ClassVar[dict[str, str]] = {"POST": "book"}
    also_answers: ClassVar[dict[str, Any]] = {"POST": {201: resource_schema("Appointment", "OperationOutcome")}}
    also_takes: ClassVar[dict[str, Any]] = {"POST": resource_schema("Appointment")}

    @idempotent
    def post(self, request: Request) -> HttpResponse:
        if "If-None-Exist" in request.headers:
            raise NotUnderstood(sentence="If-None-Exist is not understood here. Send an Idempotency-Key.")
        sent = read_appointment(parse_appointment(request.data), base=self.address())
        values = _checked(sent)
        try:
            booked = book(asked(values), by=self.actor, now=clock.now())
        except Invalid as error:
            raise sent.placed(error.errors) if error.errors else error from None
        self.shows(whose(booked))
        if booked.appointment is None:
            return self.sent(_refused(booked), 422)
        return self._booked(booked, booked.appointment)

    def _booked(self, booked: BookingOutcome, appointment: Appointment) -> HttpResponse:
        """What `Prefer: return=…` asks for: the appointment by itself, nothing, or what is to be said of it."""
        row = APPOINTMENT.rows(self.actor, clock.now()).get(pk=appointment.pk)
        [resource] = map(with_version, APPOINTMENT.resources([row]))
        place = self.address(f"Appointment/{appointment.pk}")
        headers = {"Location": place, "ETag": etag_of(resource)}
        if "return=minimal" in self.preferences:
            return HttpResponse(status=201, headers=headers)
        if "return=operationoutcome" in self.preferences:
            return self.sent(_stands(booked, appointment), 201, headers=headers)
        return self.sent(resource, 201, headers=headers)


def _checked(sent: Sent) -> dict[str, Any]:
    """The values of a booking, checked as the API checks them. Raises: Invalid (with all that is wrong)."""
    try:
        values: dict[str, Any] = dict(_body.run_validation(sent.values))
    except ValidationError as error:
        raise sent.placed(list(field_errors(error.detail))) from None
    if sent.problems:
        raise Invalid(sent.problems)
    values.pop("entered_late")
    return values


def _refused(booked: BookingOutcome) -> OperationOutcome:
    return _with_findings(booked.assessment, [outcome.issue("business-rule", _BLOCKED)])


def _stands(booked: BookingOutcome, appointment: Appointment) -> OperationOutcome:
    words = _PENDING if appointment.status == Status.PENDING else _STANDS
    return _with_findings(booked.assessment, [outcome.issue("informational", words, severity="information")])


def _with_findings(assessment: Assessment | None, first: list[OperationOutcomeIssue]) -> OperationOutcome:
    """An issue for each finding, beside the DetectedIssue that it is."""
    if assessment is None:
        return outcome.outcome(first)
    found = issues_of(assessment)
    issues = [_issue(finding, one) for finding, one in zip(assessment.findings, found, strict=True)]
    return OperationOutcome(contained=[*found] or None, issue=[*first, *issues])


def _issue(finding: dict[str, Any], one: Resource) -> OperationOutcomeIssue:
    made = outcome.issue("business-rule", finding["message"], severity=_SEVERITIES[Severity(finding["severity"])])
    made.extension = [Extension(url=FINDING, valueReference=Reference(reference=f"#{one.id}"))]
    return made

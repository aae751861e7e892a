"""Patients: registering, finding, correcting."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.alerts import alerts_about
from injections.assessment.fact_change import FactChange
from injections.assessment.shapes import with_reassessed
from injections.facts.alerts import Alert, Alerts
from injections.patient.found import found_patients, patients_named_in
from injections.patient.identity import correct_patient
from injections.patient.identity_shapes import (
    FoundAnswer,
    NewPatientBody,
    PatientAnswer,
    PatientChangeBody,
    PatientChangedAnswer,
    PatientWithAlerts,
    SearchBody,
)
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.web.api.bodies import read_partly
from pht_clinic.web.api.endpoint import Endpoint, operation
from scheduling.diary.locks import StaleRevision
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.contact import by_column
from scheduling.patients.identity import NewPatient, register_patient
from scheduling.patients.identity_checks import whole_problems
from scheduling.patients.restricted import may_see_restricted
from scheduling.patients.search import search_patients
from scheduling.revisions.api import both_versions


class Patients(Endpoint):
    """Registers a patient. Likely duplicates are a 409 that names each and why; `confirm_new` passes it."""

    actions = {"POST": "register-patient"}

    @operation("register_patient", body=NewPatientBody, answer=PatientWithAlerts, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(NewPatientBody)
        passed = {name: values.pop(name, False) for name in ("confirm_new", "confirm_spelling")}
        try:
            patient = register_patient(NewPatient(**by_column(values)), **passed, by=self.actor, now=clock.now())
        except Conflict as refusal:
            self.shows(patients_named_in(refusal))
            raise
        self.shows([patient.pk])
        location = reverse("api-patient", args=[patient.pk])
        return Response(with_alerts(self, patient), status=201, headers={"Location": location})


class OnePatient(Endpoint):
    """Who the patient is and how to reach them. A corrected date of birth re-assesses open bookings. A stale `revision`
    is a 409 with both versions, and who changed what and when.
    """

    actions = {"GET": "read-patients", "PATCH": "correct-patient"}

    @operation("read_patient", answer=PatientWithAlerts)
    def get(self, request: Request, pk: int) -> Response:
        patient = the(Patient, pk)
        self.shows([patient.pk])
        return Response(with_alerts(self, patient))

    @operation("correct_patient", body=PatientChangeBody, answer=PatientChangedAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = _changes(request.data, pk)
        passed = {"confirm_spelling": values.pop("confirm_spelling", False), "revision": values.pop("revision", None)}
        try:
            with both_versions(PatientAnswer):
                recorded = correct_patient(pk, changes=values, **passed, by=self.actor, now=clock.now())
        except StaleRevision:
            self.shows([pk])
            raise
        except Conflict as refusal:
            self.shows(patients_named_in(refusal))
            raise
        self.shows([pk])
        return Response(changed_answer(self, recorded))


def _changes(data: Any, patient_id: int) -> dict[str, Any]:
    """The changes by column; what is wrong by itself and what does not go with the record are named together.

    Raises: Invalid, Missing.
    """
    read, problems = read_partly(PatientChangeBody, data, partial=True)
    values = by_column(read)
    if not problems:
        return values
    known = {problem.pointer for problem in problems}
    together = whole_problems(the(Patient, patient_id), values)
    raise Invalid([*problems, *(one for one in together if one.pointer not in known)])


def with_alerts(endpoint: Endpoint, patient: Any) -> dict[str, Any]:
    """The patient as a GET shows them."""
    patient.alerts = _alerts(endpoint, patient)
    return dict(PatientWithAlerts(patient).data)


def changed_answer(endpoint: Endpoint, recorded: FactChange) -> dict[str, Any]:
    """The patient after a change, with what became of their open bookings."""
    row: Any = with_reassessed(recorded)
    row.alerts = _alerts(endpoint, row)
    return dict(PatientChangedAnswer(row).data)


def _alerts(endpoint: Endpoint, patient: Patient) -> Sequence[Alert]:
    """What stands at the top of pages, but today's notes."""
    found: Alerts = alerts_about(patient.kept_id, by=endpoint.actor, now=clock.now())["alerts"]
    return found.standing


class PatientSearch(Endpoint):
    """Finds patients by names (former ones, slips, without accents), date of birth, phone, NHS number or email, in
    whatever form they are typed; a record that was merged leads to the one that stands.
    """

    actions = {"POST": "read-patients"}

    @operation("search_patients", body=SearchBody, answer=FoundAnswer)
    def post(self, request: Request) -> Response:
        now = clock.now()
        searched = search_patients(
            self.body(SearchBody)["text"], today=clock.local_date(now), restricted_too=may_see_restricted(self.actor)
        )
        found = found_patients(searched, now=now)
        self.shows(pk for one in found for pk in one.shown)
        page = {"next": None, "previous": None, "truncated": searched.is_cut, "results": found}
        return Response(FoundAnswer(page).data)

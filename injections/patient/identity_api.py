"""Patients: registering, finding, correcting, joining two records of one person."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.patient import merge
from injections.patient.identity import correct_patient
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Day, Id, Instant, OptionalText, Text, Truth
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.identity import NewPatient, register_patient
from scheduling.patients.search import SEARCH_LIMIT, search_patients


class PatientBody(Body):
    given_name = Text(max_length=100)
    family_name = Text(max_length=100)
    date_of_birth = Day()
    email = OptionalText(max_length=254)
    phone = OptionalText(max_length=30)
    nhs_number = OptionalText(max_length=20, help_text="10 digits; spaces do not matter")
    email_opt_in = Truth(required=False)


class NewPatientBody(PatientBody):
    confirm_new = Truth(required=False, default=False)


class PatientAnswer(serializers.Serializer[Any]):
    id = Id()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    email = serializers.CharField()
    phone = serializers.CharField()
    nhs_number = serializers.CharField(allow_null=True)
    email_opt_in = serializers.BooleanField()
    registered_at = Instant()
    merged_into = Id(source="merged_into_id", allow_null=True)


class PatientChangedAnswer(PatientAnswer):
    reassessed = ReassessedAnswer(many=True)


class SearchBody(Body):
    text = Text()


class FoundAnswer(serializers.Serializer[Any]):
    """`truncated`: more fit than are shown; search more closely."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    truncated = serializers.BooleanField()
    results = PatientAnswer(many=True)


class MergeBody(Body):
    into = Id()


class Patients(Endpoint):
    """Registers a patient. A likely duplicate is a 409 that names it; `confirm_new` passes it."""

    actions = {"POST": "register-patient"}

    @operation("register_patient", body=NewPatientBody, answer=PatientAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(NewPatientBody)
        confirm_new = values.pop("confirm_new", False)
        try:
            patient = register_patient(NewPatient(**values), confirm_new=confirm_new, by=self.actor, now=clock.now())
        except Conflict as refusal:
            named = refusal.extra.get("patient")
            self.shows([int(str(named))] if named else [])
            raise
        self.shows([patient.pk])
        location = reverse("api-patient", args=[patient.pk])
        return Response(PatientAnswer(patient).data, status=201, headers={"Location": location})


class OnePatient(Endpoint):
    """Who the patient is and how to reach them. A corrected date of birth re-assesses open bookings."""

    actions = {"GET": "read-patients", "PATCH": "correct-patient"}

    @operation("read_patient", answer=PatientAnswer)
    def get(self, request: Request, pk: int) -> Response:
        patient = the(Patient, pk)
        self.shows([patient.pk])
        return Response(PatientAnswer(patient).data)

    @operation("correct_patient", body=PatientBody, answer=PatientChangedAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = self.body(PatientBody, partial=True)
        recorded = correct_patient(pk, changes=values, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(PatientChangedAnswer(with_reassessed(recorded)).data)


class PatientSearch(Endpoint):
    """Finds patients by name parts, date of birth, phone or NHS number, typing slips included."""

    actions = {"POST": "read-patients"}

    @operation("search_patients", body=SearchBody, answer=FoundAnswer)
    def post(self, request: Request) -> Response:
        found = search_patients(self.body(SearchBody)["text"])
        self.shows(patient.pk for patient in found)
        is_cut = len(found) >= SEARCH_LIMIT
        page = {"next": None, "previous": None, "truncated": is_cut, "results": found}
        return Response(FoundAnswer(page).data)


class PatientMerge(Endpoint):
    """Joins this record with the one it duplicates; everything counts for `into` from now on."""

    actions = {"POST": "merge-patients"}

    @operation("merge_patient", body=MergeBody, answer=PatientChangedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        into = self.body(MergeBody)["into"]
        merged = merge.merge_patients(pk, into_id=into, by=self.actor, now=clock.now())
        self.shows([pk, into])
        return Response(PatientChangedAnswer(with_reassessed(merged)).data)

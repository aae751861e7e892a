"""Patients: registering, finding, correcting."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.alerts import alerts_about
from injections.assessment.fact_change import FactChange
from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.facts.alerts import Alert, Alerts
from injections.patient.found import FoundPatient, found_patients, patients_named_in
from injections.patient.identity import correct_patient
from injections.words import ALERTS
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Day, Id, Instant, OptionalText, PartialDate, Text, Truth
from scheduling.diary.locks import StaleRevision
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.identity import NewPatient, register_patient
from scheduling.patients.identity_checks import LONGEST_NAME, MOST_FORMER_NAMES, tidy_identity
from scheduling.patients.phones import shown_phone
from scheduling.patients.search import search_patients
from scheduling.revisions.api import Revision, both_versions


class PatientBody(Body):
    """One of the two names is enough. What a use case would refuse is said with what cannot be read."""

    given_name = OptionalText(max_length=LONGEST_NAME)
    family_name = OptionalText(max_length=LONGEST_NAME)
    former_names = serializers.ListField(
        child=Text(max_length=LONGEST_NAME), max_length=MOST_FORMER_NAMES, required=False
    )
    date_of_birth = Day()
    email = OptionalText(max_length=254)
    phone = OptionalText(max_length=60, help_text="as people write it, with its extension: 020 7946 0958 ext 12")
    nhs_number = OptionalText(max_length=20, help_text="10 digits; spaces do not matter")
    email_opt_in = Truth(required=False)
    confirm_spelling = Truth(required=False, help_text="A word that mixes letters of two alphabets is meant so.")

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        return tidy_identity(values, now=clock.now())[1]


class PatientChangeBody(PatientBody):
    revision = Revision()


class NewPatientBody(PatientBody):
    confirm_new = Truth(required=False, default=False, help_text="Whoever looks alike is somebody else.")


class Phone(serializers.CharField):
    """A phone number as people write it, not as it is kept."""

    def to_representation(self, value: str) -> str:
        return shown_phone(value)


class PatientAnswer(serializers.Serializer[Any]):
    id = Id()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    former_names = serializers.ListField(child=serializers.CharField())
    date_of_birth = serializers.DateField()
    email = serializers.CharField()
    phone = Phone(help_text="as people write it here")
    nhs_number = serializers.CharField(allow_null=True)
    email_opt_in = serializers.BooleanField()
    registered_at = Instant()
    revision = serializers.IntegerField()
    merged_into = Id(source="merged_into_id", allow_null=True)


class AlertAnswer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(list(ALERTS))
    text = serializers.CharField()


class DeathAnswer(serializers.Serializer[Any]):
    on = PartialDate()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the option
    by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)
    at = Instant(source="recorded_at")


class PatientWithAlerts(PatientAnswer):
    deceased = DeathAnswer(source="kept.death", allow_null=True, help_text="null while no death is recorded")
    alerts = AlertAnswer(many=True)


class PatientChangedAnswer(PatientWithAlerts):
    reassessed = ReassessedAnswer(many=True)


class NextVisitAnswer(serializers.Serializer[Any]):
    appointment = Id(source="pk")
    kind = serializers.CharField()
    start = Instant(source="start_at")
    status = serializers.CharField()


class LastInjectionAnswer(serializers.Serializer[Any]):
    injection = Id(source="pk")
    site = serializers.CharField()
    side = serializers.CharField()
    given = PartialDate()


class FoundPatientAnswer(PatientAnswer):
    """`merged_from`: the records, merged into this one, by which it was found; [] where it was found by itself."""

    merged_from = serializers.ListField(child=Id())
    next_visit = NextVisitAnswer(allow_null=True)
    last_injection = LastInjectionAnswer(allow_null=True)

    def to_representation(self, found: FoundPatient) -> Any:
        shown = {name: getattr(found, name) for name in ("next_visit", "last_injection")}
        merged = [one.pk for one in found.merged_from]
        return super().to_representation({**vars(found.patient), **shown, "merged_from": merged})


class SearchBody(Body):
    text = Text(is_forgiving=True)


class FoundAnswer(serializers.Serializer[Any]):
    """`truncated`: more fit than are shown; search more closely."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    truncated = serializers.BooleanField()
    results = FoundPatientAnswer(many=True)


class Patients(Endpoint):
    """Registers a patient. Likely duplicates are a 409 that names each and why; `confirm_new` passes it."""

    actions = {"POST": "register-patient"}

    @operation("register_patient", body=NewPatientBody, answer=PatientWithAlerts, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(NewPatientBody)
        passed = {name: values.pop(name, False) for name in ("confirm_new", "confirm_spelling")}
        try:
            patient = register_patient(NewPatient(**values), **passed, by=self.actor, now=clock.now())
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
        values = self.body(PatientChangeBody, partial=True)
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
        searched = search_patients(self.body(SearchBody)["text"], today=clock.local_date(now))
        found = found_patients(searched, now=now)
        self.shows(pk for one in found for pk in one.shown)
        page = {"next": None, "previous": None, "truncated": searched.is_cut, "results": found}
        return Response(FoundAnswer(page).data)

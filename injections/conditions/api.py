"""Allergies, and conditions with medicines: recorded and withdrawn, never changed."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.conditions.content import LONGEST, LONGEST_CODE, Allergy, ConditionOrMedicine, problems_of
from injections.conditions.recording import record_allergy, record_condition, withdraw_allergy, withdraw_condition
from injections.models import AllergyIntolerance, Condition
from injections.patient.injection_checks import Whose
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.web.api.bodies import Body, ListQuery, Reason, read_partly
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, OptionalText, PartialDate, Text
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.identity import find_patient


class AllergyBody(Body):
    """What is not tolerated. `since` a year, a month or a day; null or left out is not known."""

    substance = Text(max_length=LONGEST)
    reaction = OptionalText(max_length=LONGEST)
    since = PartialDate(required=False, allow_null=True, default=None)
    said_by = Text(max_length=LONGEST, help_text="who said it: the patient, a letter of the GP")


class ConditionBody(Body):
    """A condition or a medicine, in words, with the code that its source has for it."""

    kind = Choice(Condition.Kind.values)
    name = Text(max_length=LONGEST)
    code = OptionalText(max_length=LONGEST_CODE, help_text="of SNOMED CT, ICD-10 or dm+d; without spaces")
    since = PartialDate(required=False, allow_null=True, default=None)
    said_by = Text(max_length=LONGEST, help_text="who said it: the patient, a letter of the GP")


class _Recorded(serializers.Serializer[Any]):
    """A row as recorded. `stands` is false for what was withdrawn; the row that withdraws it says why."""

    id = Id()
    patient = Id(source="patient_id")
    since = PartialDate(allow_null=True)
    said_by = serializers.CharField()
    reason = serializers.CharField()
    withdrawn = serializers.BooleanField(source="is_withdrawn")
    supersedes = Id(source="supersedes_id", allow_null=True)
    superseded_by = Id(source="superseded_by.pk", allow_null=True)
    stands = serializers.BooleanField()
    recorded_at = Instant()
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True)


class AllergyAnswer(_Recorded):
    substance = serializers.CharField()
    reaction = serializers.CharField()


class ConditionAnswer(_Recorded):
    kind = serializers.ChoiceField(Condition.Kind.values)
    name = serializers.CharField()
    code = serializers.CharField()


class AllergiesOfPatient(Endpoint):
    """A patient's allergies, newest record first; those withdrawn stay among them."""

    actions = {"GET": "read-records", "POST": "record-condition"}

    @operation("list_allergies", query=ListQuery, answer=page_of(AllergyAnswer))
    def get(self, request: Request, pk: int) -> Response:
        return _listed(self, AllergyIntolerance, AllergyAnswer, pk)

    @operation("record_allergy", body=AllergyBody, answer=AllergyAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = _read(AllergyBody, request.data, pk)
        row = record_allergy(pk, Allergy(**values), by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(AllergyAnswer(row).data, status=201)


class ConditionsOfPatient(Endpoint):
    """A patient's conditions and medicines, newest record first; those withdrawn stay among them."""

    actions = {"GET": "read-records", "POST": "record-condition"}

    @operation("list_conditions", query=ListQuery, answer=page_of(ConditionAnswer))
    def get(self, request: Request, pk: int) -> Response:
        return _listed(self, Condition, ConditionAnswer, pk)

    @operation("record_condition", body=ConditionBody, answer=ConditionAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = _read(ConditionBody, request.data, pk)
        row = record_condition(pk, ConditionOrMedicine(**values), by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(ConditionAnswer(row).data, status=201)


class AllergyWithdraw(Endpoint):
    """Says that it is no allergy. The row is kept; answers with the one that withdraws it."""

    actions = {"POST": "withdraw-condition"}

    @operation("withdraw_allergy", body=Reason, answer=AllergyAnswer, is_keyed=True)
    def post(self, request: Request, patient_id: int, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        old = _of(AllergyIntolerance, patient_id, pk)
        row = withdraw_allergy(old.pk, reason=reason, by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(AllergyAnswer(row).data)


class ConditionWithdraw(Endpoint):
    """Says that the patient does not have it, or takes it no more. Kept all the same; answers with the new row."""

    actions = {"POST": "withdraw-condition"}

    @operation("withdraw_condition", body=Reason, answer=ConditionAnswer, is_keyed=True)
    def post(self, request: Request, patient_id: int, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        old = _of(Condition, patient_id, pk)
        row = withdraw_condition(old.pk, reason=reason, by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(ConditionAnswer(row).data)


def _listed(endpoint: Endpoint, model: Any, answer: type[_Recorded], patient_id: int) -> Response:
    endpoint.query(ListQuery)
    patient = find_patient(patient_id)
    rows = model.objects.of_patient(patient.pk).select_related("recorded_by", "superseded_by")
    endpoint.shows([patient.pk])
    return endpoint.listed(rows, answer, ordering=("-id",))


def _of(model: Any, patient_id: int, row_id: int) -> Any:
    """The row, of this patient. Raises: Missing."""
    return the(model.objects.of_patient(patient_id), row_id)


def _read(of: type[Body], data: Any, patient_id: int) -> dict[str, Any]:
    """The values; what cannot be read and what makes no sense are named together. Raises: Invalid, Missing."""
    values, problems = read_partly(of, data)
    if not problems:
        return values
    patient: Patient = find_patient(patient_id)
    known = {problem.pointer for problem in problems}
    senseless: list[FieldError] = problems_of(values, Whose.of(patient, clock.now()))
    raise Invalid([*problems, *(one for one in senseless if one.pointer not in known)])

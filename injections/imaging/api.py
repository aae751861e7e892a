"""Imaging reports in structured form: the batch check's report, what was written beside it, and who reported."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections import words
from injections.assessment.fact_change import FactChange
from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.imaging.content import MAY_BE_SILENT
from injections.imaging.reports import add_report, correct_report, withdraw_report
from injections.models import ImagingReport
from injections.safety import codes
from injections.safety.sites import AREAS
from pht_clinic import clock
from pht_clinic.web.api.bodies import ListQuery, Reason
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Amount, Id, Instant
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient

_YES_OR_NO = (codes.YES, codes.NO)


def _code(choices: Any) -> serializers.ChoiceField:
    """Of what a report may say nothing about, null."""
    return serializers.ChoiceField(list(choices), required=False, allow_null=True)


def _text(help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, help_text=help_text)


class ReportShape(serializers.Serializer[Any]):
    """A report as recorded. `stands` is false for what was corrected or withdrawn since.

    `tendinopathy`, `bursitis` and `tear` are required, but for the hip joint and the sacroiliac joint. What no rule
    judges: `tendon`, `tendinopathy_grade`, `effusion`, `osteoarthritis`, `labral_tear`, `sacroiliitis`, the texts.
    """

    id = Id(read_only=True)
    patient = Id(source="patient_id", read_only=True)
    modality = serializers.ChoiceField(list(codes.MODALITIES))
    area = serializers.ChoiceField(list(AREAS))
    side = serializers.ChoiceField(list(codes.REPORT_SIDES))
    performed_on = serializers.DateField()
    tendon = _text("the tendon concerned")
    tendinopathy = _code(_YES_OR_NO)
    tendinopathy_grade = _code(words.TENDINOPATHY_GRADES)
    bursitis = _code(_YES_OR_NO)
    tear = _code(codes.TEARS)
    tear_grade = serializers.CharField(required=False, allow_null=True)
    tear_size_mm = Amount(required=False, allow_null=True, decimal_places=1)
    effusion = _code(words.YES_NO)
    osteoarthritis = _code(words.OSTEOARTHRITIS)
    labral_tear = _code(words.YES_NO)
    sacroiliitis = _code(words.YES_NO)
    other_diagnosis = serializers.ChoiceField(list(codes.OTHER_DIAGNOSES))
    other_diagnosis_text = _text("required with other: what else was found")
    findings = _text()
    conclusion = _text()
    reported_by = _text("left out, it is whoever enters it")
    reason = serializers.CharField(read_only=True)
    withdrawn = serializers.BooleanField(source="is_withdrawn", read_only=True)
    supersedes = Id(source="supersedes_id", allow_null=True, read_only=True)
    superseded_by = Id(source="superseded_by.pk", allow_null=True, read_only=True)
    stands = serializers.BooleanField(read_only=True)
    recorded_at = Instant(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True, read_only=True)

    def to_representation(self, row: ImagingReport) -> dict[str, object]:
        answer: dict[str, object] = super().to_representation(row)
        for name in (*MAY_BE_SILENT, "tear_grade"):
            answer[name] = getattr(row, name) or None
        return answer


class ReportStored(ReportShape):
    """A report once it is stored, what became of the patient's open bookings, and which calls closed with it."""

    reassessed = ReassessedAnswer(many=True)
    closed_calls = serializers.ListField(child=Id())


class ReportCorrection(ReportShape):
    """The reason, and whatever was wrong; null empties a field that may be empty."""

    reason = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, one in fields.items():
            one.required = name == "reason"
        return fields


class ReportsOfPatient(Endpoint):
    """A patient's reports, newest record first; those corrected or withdrawn stay among them."""

    actions = {"GET": "read-records", "POST": "record-report"}

    @operation("list_reports", query=ListQuery, answer=page_of(ReportShape))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        rows = ImagingReport.objects.of_patient(patient.pk)
        self.shows([patient.pk])
        return self.listed(rows.select_related("recorded_by", "superseded_by"), ReportShape, ordering=("-id",))

    @operation("add_report", body=ReportShape, answer=ReportStored, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        recorded = add_report(pk, report=dict(request.data), by=self.actor, now=clock.now())
        self.shows([pk])
        location = reverse("api-report", args=[recorded.row.pk])
        return Response(_shown(recorded), status=201, headers={"Location": location})


class OneReport(Endpoint):
    actions = {"GET": "read-records"}

    @operation("read_report", answer=ReportShape)
    def get(self, request: Request, pk: int) -> Response:
        row = the(ImagingReport, pk)
        self.shows([row.patient_id])
        return Response(ReportShape(row).data)


class ReportCorrect(Endpoint):
    """A new row takes the place of this one, which is kept. Answers with the new one."""

    actions = {"POST": "correct-report"}

    @operation("correct_report", body=ReportCorrection, answer=ReportStored, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        changes = dict(request.data)
        reason = changes.pop("reason", None)
        why = reason if isinstance(reason, str) else ""
        return _answered(self, correct_report(pk, reason=why, changes=changes, by=self.actor, now=clock.now()))


class ReportWithdraw(Endpoint):
    """Says that this report never was. The row is kept and counts no more; a call it alone asked for closes."""

    actions = {"POST": "withdraw-report"}

    @operation("withdraw_report", body=Reason, answer=ReportStored, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        reason = self.body(Reason)["reason"]
        return _answered(self, withdraw_report(pk, reason=reason, by=self.actor, now=clock.now()))


def _answered(endpoint: Endpoint, recorded: FactChange) -> Response:
    endpoint.shows([recorded.row.patient_id])  # type: ignore[attr-defined]  # a report
    return Response(_shown(recorded))


def _shown(recorded: FactChange) -> Mapping[str, Any]:
    row = with_reassessed(recorded)
    row.closed_calls = [call.pk for call in recorded.closed_calls]
    return ReportStored(row).data

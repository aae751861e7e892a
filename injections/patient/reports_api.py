"""Imaging reports in structured form: the batch check's report, and who reported."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.facts import sections
from injections.models import ImagingReport
from injections.patient.answers_api import read_section
from injections.patient.reports import add_report
from injections.safety import codes
from injections.safety.sites import AREAS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Amount, Id, Instant, OptionalText
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient

_YES_OR_NO = (codes.YES, codes.NO)


class Reporter(Body):
    """Who reported; left out it is whoever enters it."""

    reported_by = OptionalText()


class ReportShape(serializers.Serializer[Any]):
    id = Id(read_only=True)
    patient = Id(source="patient_id", read_only=True)
    modality = serializers.ChoiceField(list(codes.MODALITIES))
    area = serializers.ChoiceField(list(AREAS))
    side = serializers.ChoiceField(list(codes.REPORT_SIDES))
    performed_on = serializers.DateField()
    tendinopathy = serializers.ChoiceField(list(_YES_OR_NO))
    bursitis = serializers.ChoiceField(list(_YES_OR_NO))
    tear = serializers.ChoiceField(list(codes.TEARS))
    tear_grade = serializers.CharField(required=False, allow_null=True)
    tear_size_mm = Amount(required=False, allow_null=True, decimal_places=1)
    other_diagnosis = serializers.ChoiceField(list(codes.OTHER_DIAGNOSES))
    reported_by = serializers.CharField(required=False)
    recorded_at = Instant(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.get_full_name", allow_null=True, read_only=True)
    reassessed = ReassessedAnswer(many=True, read_only=True)

    def to_representation(self, row: ImagingReport) -> dict[str, object]:
        answer: dict[str, object] = super().to_representation(row)
        answer["tear_grade"] = row.tear_grade or None
        return answer


class ReportsOfPatient(Endpoint):
    """A patient's reports, newest record first."""

    actions = {"GET": "read-records", "POST": "record-report"}

    @operation("list_reports", query=ListQuery, answer=page_of(ReportShape))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        rows = ImagingReport.objects.of_patient(patient.pk)
        self.shows([patient.pk])
        return self.listed(rows.select_related("recorded_by"), ReportShape, ordering=("-id",))

    @operation("add_report", body=ReportShape, answer=ReportShape, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        report, beside = read_section(request.data, Reporter, sections.report)
        recorded = add_report(pk, report=report, **beside, by=self.actor, now=clock.now())
        self.shows([pk])
        location = reverse("api-report", args=[recorded.row.pk])
        answer = ReportShape(with_reassessed(recorded)).data
        return Response(answer, status=201, headers={"Location": location})


class OneReport(Endpoint):
    actions = {"GET": "read-records"}

    @operation("read_report", answer=ReportShape)
    def get(self, request: Request, pk: int) -> Response:
        row = the(ImagingReport, pk)
        self.shows([row.patient_id])
        return Response(ReportShape(row).data)

"""What the patient plans that loads the tendon, and the timeline that shows it beside the injections."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import ReassessedAnswer, with_reassessed
from injections.models import PlannedActivity
from injections.patient.activities import plan_activity, withdraw_activity
from injections.safety.codes import ACTIVITY_KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Truth
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient


class ActivityBody(Body):
    kind = Choice(ACTIVITY_KINDS)
    start = Instant()
    agreed_to_move = Truth(required=False, default=False)


class ActivityAnswer(serializers.Serializer[Any]):
    id = Id()
    patient = Id(source="patient_id")
    kind = serializers.ChoiceField(list(ACTIVITY_KINDS))
    start = Instant(source="start_at")
    agreed_to_move = serializers.BooleanField()
    recorded_at = Instant()
    withdrawn_at = Instant(allow_null=True)
    reassessed = ReassessedAnswer(many=True, required=False)


class ActivitiesOfPatient(Endpoint):
    """A patient's plans that stand, soonest first."""

    actions = {"GET": "read-records", "POST": "plan-activity"}

    @operation("list_activities", query=ListQuery, answer=page_of(ActivityAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        rows = PlannedActivity.objects.of_patient(patient.pk).filter(withdrawn_at__isnull=True)
        self.shows([patient.pk])
        return self.listed(rows, ActivityAnswer, ordering=("start_at", "id"))

    @operation("plan_activity", body=ActivityBody, answer=ActivityAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(ActivityBody)
        recorded = plan_activity(pk, **values, by=self.actor, now=clock.now())
        self.shows([pk])
        location = reverse("api-activity", args=[recorded.row.pk])
        answer = ActivityAnswer(with_reassessed(recorded)).data
        return Response(answer, status=201, headers={"Location": location})


class OneActivity(Endpoint):
    """A plan; DELETE says that it is off. The row is kept."""

    actions = {"GET": "read-records", "DELETE": "withdraw-activity"}

    @operation("read_activity", answer=ActivityAnswer)
    def get(self, request: Request, pk: int) -> Response:
        row = the(PlannedActivity, pk)
        self.shows([row.patient_id])
        return Response(ActivityAnswer(row).data)

    @operation("withdraw_activity", answer=ActivityAnswer)
    def delete(self, request: Request, pk: int) -> Response:
        row = with_reassessed(withdraw_activity(pk, by=self.actor, now=clock.now()))
        self.shows([row.patient_id])
        return Response(ActivityAnswer(row).data)

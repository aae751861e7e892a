"""How it is before and after an injection, and VISA-H totals, over the API: added to and read, never changed."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.measures import LONGEST_GOAL, LONGEST_NAME, Measure, VisaTotal, record_baseline, record_visa
from injections.models import OutcomeMeasure, VisaScore
from injections.models.outcome import BEST_VISA, WORST_PAIN
from injections.safety import codes
from injections.safety.sites import AREAS
from injections.words import GIVERS, LOADING_STAGES
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, OptionalChoice, OptionalText, Whole
from scheduling.patients.identity import find_patient


def _whole(highest: int) -> Any:
    return Whole(min_value=0, max_value=highest, required=False, allow_null=True, default=None)


class MeasureBody(Body):
    """How it is before an injection; everything may be left out, but not all of it. Pain from 0 to 10."""

    area = Choice(AREAS, required=False, allow_null=True, default=None)
    side = Choice(codes.REQUEST_SIDES, required=False, allow_null=True, default=None)
    answered_by = Choice(tuple(GIVERS), required=False, default="patient")
    pain_sitting = _whole(WORST_PAIN)
    pain_walking = _whole(WORST_PAIN)
    pain_running = _whole(WORST_PAIN)
    strength = OptionalChoice(OutcomeMeasure.Strength.values)
    goal = OptionalText(max_length=LONGEST_GOAL)
    stage = _whole(max(LOADING_STAGES))
    stage_pain = _whole(WORST_PAIN)


class MeasureAnswer(serializers.Serializer[Any]):
    """A row as it was said; `occasion` is before, or the question after an injection that it answers."""

    id = Id()
    occasion = serializers.ChoiceField(OutcomeMeasure.Occasion.values)
    appointment = Id(source="appointment_id", allow_null=True)
    area = serializers.CharField()
    side = serializers.CharField()
    pain_sitting = serializers.IntegerField(allow_null=True)
    pain_walking = serializers.IntegerField(allow_null=True)
    pain_running = serializers.IntegerField(allow_null=True)
    strength = serializers.CharField()
    goal = serializers.CharField()
    goal_reached = serializers.CharField()
    stage = serializers.IntegerField(allow_null=True)
    stage_pain = serializers.IntegerField(allow_null=True)
    answered_at = Instant()
    answered_by = serializers.CharField()


class VisaBody(Body):
    """A VISA-H total that was scored elsewhere."""

    total = Whole(min_value=0, max_value=BEST_VISA)
    scored_on = Day()
    side = Choice(codes.REQUEST_SIDES, required=False, allow_null=True, default=None)
    scored_by = OptionalText(max_length=LONGEST_NAME)


class VisaAnswer(serializers.Serializer[Any]):
    id = Id()
    total = serializers.IntegerField()
    scored_on = serializers.DateField()
    side = serializers.CharField()
    scored_by = serializers.CharField()
    recorded_at = Instant()


class MeasuresOfPatient(Endpoint):
    """How a patient said it is, before and after injections, newest row first."""

    actions = {"GET": "read-records", "POST": "answer-screening"}

    @operation("list_outcome_measures", query=ListQuery, answer=page_of(MeasureAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        self.shows([patient.pk])
        return self.listed(OutcomeMeasure.objects.of_patient(patient.pk), MeasureAnswer, ordering=("-id",))

    @operation("record_outcome_measure", body=MeasureBody, answer=MeasureAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(MeasureBody)
        place = {name: values.pop(name) for name in ("area", "side", "answered_by")}
        row = record_baseline(pk, Measure(**values), **place, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(MeasureAnswer(row).data, status=201)


class VisaScoresOfPatient(Endpoint):
    """A patient's VISA-H totals, newest record first; of one day and leg the one recorded last counts."""

    actions = {"GET": "read-records", "POST": "record-outcome"}

    @operation("list_visa_scores", query=ListQuery, answer=page_of(VisaAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        self.shows([patient.pk])
        return self.listed(VisaScore.objects.of_patient(patient.pk), VisaAnswer, ordering=("-id",))

    @operation("record_visa_score", body=VisaBody, answer=VisaAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(VisaBody)
        score = VisaTotal(**values | {"side": values["side"] or ""})
        row = record_visa(pk, score, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(VisaAnswer(row).data, status=201)

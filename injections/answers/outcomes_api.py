"""Outcomes over the API: how it is before and after an injection, and VISA-H totals; added to, never changed."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.measures import LONGEST_GOAL, LONGEST_NAME, Measure
from injections.answers.outcomes import SaidOutcome, outcomes_of, record_outcome
from injections.models import OutcomeMeasure, RecoveryAnswer
from injections.models.outcome import BEST_VISA, WORST_PAIN
from injections.safety import codes
from injections.safety.sites import AREAS
from injections.words import GIVERS, LOADING_STAGES
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Day, Id, Instant, OptionalChoice, OptionalText, Whole
from scheduling.patients.identity import find_patient

SAID = (
    *("pain_sitting", "pain_walking", "pain_running", "strength", "change"),
    *("goal", "goal_reached", "stage", "stage_pain"),
)


def _whole(highest: int) -> Any:
    return Whole(min_value=0, max_value=highest, required=False, allow_null=True, default=None)


class OutcomeBody(Body):
    """How it is; everything may be left out, but not all of it. Pain from 0 to 10, the VISA-H total from 0 to 100.

    `occasion` is before an injection, or a question after it, which names the `appointment`. `on` is the clinic-local
    day of it all, today where it is left out.
    """

    occasion = Choice(OutcomeMeasure.Occasion.values, required=False, default=OutcomeMeasure.Occasion.BEFORE)
    appointment = Id(required=False, allow_null=True, default=None)
    on = Day(required=False, allow_null=True, default=None)
    area = OptionalChoice(AREAS)
    side = OptionalChoice(codes.REQUEST_SIDES)
    answered_by = Choice(tuple(GIVERS), required=False, default="patient")
    pain_sitting = _whole(WORST_PAIN)
    pain_walking = _whole(WORST_PAIN)
    pain_running = _whole(WORST_PAIN)
    strength = OptionalChoice(OutcomeMeasure.Strength.values)
    change = OptionalChoice(RecoveryAnswer.Change.values)
    visa_h = _whole(BEST_VISA)
    scored_by = OptionalText(max_length=LONGEST_NAME, help_text="who counted the VISA-H total")
    goal = OptionalText(max_length=LONGEST_GOAL)
    goal_reached = OptionalChoice(OutcomeMeasure.GoalReached.values)
    stage = _whole(max(LOADING_STAGES))
    stage_pain = _whole(WORST_PAIN)


class OutcomeAnswer(serializers.Serializer[Any]):
    """What was recorded at once, or what a patient said behind their link; `visa_h` alone where a total was recorded by
    itself. Null is what was not said.
    """

    id = serializers.CharField(source="key")
    on = serializers.DateField()
    occasion = serializers.ChoiceField(OutcomeMeasure.Occasion.values, source="measure.occasion", allow_null=True)
    appointment = Id(source="measure.appointment_id", allow_null=True)
    area = serializers.CharField(source="measure.area", allow_null=True)
    side = serializers.CharField(source="row.side")
    pain_sitting = serializers.IntegerField(source="measure.pain_sitting", allow_null=True)
    pain_walking = serializers.IntegerField(source="measure.pain_walking", allow_null=True)
    pain_running = serializers.IntegerField(source="measure.pain_running", allow_null=True)
    strength = serializers.CharField(source="measure.strength", allow_null=True)
    change = serializers.CharField(source="measure.change", allow_null=True)
    visa_h = serializers.IntegerField(source="visa.total", allow_null=True)
    scored_by = serializers.CharField(source="visa.scored_by", allow_null=True)
    goal = serializers.CharField(source="measure.goal", allow_null=True)
    goal_reached = serializers.CharField(source="measure.goal_reached", allow_null=True)
    stage = serializers.IntegerField(source="measure.stage", allow_null=True)
    stage_pain = serializers.IntegerField(source="measure.stage_pain", allow_null=True)
    answered_by = serializers.CharField(source="measure.answered_by", allow_null=True)
    recorded_at = Instant(source="row.recorded_at")


class OutcomesOfPatient(Endpoint):
    """How a patient said it is before and after injections, and their VISA-H totals; the newest day first."""

    actions = {"GET": "read-records", "POST": "record-outcome"}

    @operation("list_outcomes", query=ListQuery, answer=page_of(OutcomeAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        patient = find_patient(pk)
        self.shows([patient.pk])
        return self.paged(outcomes_of(patient), OutcomeAnswer, whose=lambda _: patient.pk)

    @operation("record_outcome", body=OutcomeBody, answer=OutcomeAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        said = said_outcome(self.body(OutcomeBody))
        kept = record_outcome(pk, said, by=self.actor, now=clock.now())
        self.shows([pk])
        return Response(OutcomeAnswer(kept).data, status=201)


def said_outcome(values: Mapping[str, Any]) -> SaidOutcome:
    """What a body says, as the use case takes it."""
    beside = {name: value for name, value in values.items() if name not in SAID}
    return SaidOutcome(measure=Measure(**{name: values[name] for name in SAID}), **beside)

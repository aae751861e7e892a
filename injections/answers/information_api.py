"""The answer to a radiologist's question over the API."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.answers.information import LONGEST_ANSWER, answer_information
from injections.words import GIVERS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, Id, Instant, Text


class InformationBody(Body):
    text = Text(lines=True, max_length=LONGEST_ANSWER)
    answered_by = Choice(GIVERS, required=False, default="patient")


class InformationShape(serializers.Serializer[object]):
    id = Id()
    appointment = Id(source="appointment_id")
    decision = Id(source="decision_id")
    text = serializers.CharField()
    answered_by = serializers.ChoiceField(list(GIVERS))
    recorded_at = Instant()


class AnswerInformation(Endpoint):
    """What the patient answered to the question that a radiologist asked last."""

    actions = {"POST": "answer-screening"}

    @operation("answer_information", body=InformationBody, answer=InformationShape, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        row = answer_information(pk, **self.body(InformationBody), by=self.actor, now=clock.now())
        self.shows([row.patient_id])
        return Response(InformationShape(row).data)

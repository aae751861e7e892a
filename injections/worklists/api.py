"""The call list: who must be phoned and why, how urgent it is, which attempts reached nobody, and what came of it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.open_calls import open_calls
from injections.models import Call, CallAttempt
from injections.worklists.close_call import close_call, record_attempt
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Text


class CallQuery(ListQuery):
    status = Choice(["open", "closed", "all"], required=False, default="open")


class CallBody(Body):
    """`reached` may be left out where the call is neither about a red flag nor about what came after an injection."""

    reached = Choice(Call.Reached.values, required=False)
    spoke_to = Text()
    said = Text(lines=True)


class AttemptBody(Body):
    how = Choice(CallAttempt.How.values)
    note = Text(lines=True, required=False)


class AttemptAnswer(serializers.Serializer[Any]):
    id = Id()
    at = Instant()
    by = serializers.CharField(source="by.get_full_name", allow_null=True)
    how = serializers.ChoiceField(CallAttempt.How.values)
    note = serializers.CharField()


class CallAnswer(serializers.Serializer[Any]):
    id = Id()
    patient = Id(source="patient_id")
    appointment = Id(source="appointment_id", allow_null=True)
    why = serializers.ChoiceField(Call.Why.values)
    rule = serializers.CharField()
    say = serializers.CharField()
    urgency = serializers.ChoiceField(Call.Urgency.choices)
    opened_at = Instant()
    closed_at = Instant(allow_null=True)
    closed_by = serializers.CharField(source="closed_by.get_full_name", allow_null=True)
    reached = serializers.CharField()
    spoke_to = serializers.CharField()
    said = serializers.CharField()
    attempts = AttemptAnswer(many=True)


class Calls(Endpoint):
    """Open ones the most urgent first (`urgency` 1 is an emergency), then the longest waiting; with others, the oldest
    first.
    """

    actions = {"GET": "read-calls"}

    @operation("list_calls", query=CallQuery, answer=page_of(CallAnswer))
    def get(self, request: Request) -> Response:
        status = self.query(CallQuery)["status"]
        if status == "open":
            return self.paged(list(_with_all(open_calls())), CallAnswer, whose=lambda call: call.patient_id)
        rows = _with_all(Call.objects.all() if status == "all" else Call.objects.filter(closed_at__isnull=False))
        return self.listed(rows, CallAnswer, ordering=("opened_at", "id"), whose="patient_id")


class CloseCall(Endpoint):
    """A call about a red flag, a warning sign or a complication is closed by a radiologist who reached the patient or a
    carer.
    """

    actions = {"POST": "close-call"}

    @operation("close_call", body=CallBody, answer=CallAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        call = close_call(pk, **self.body(CallBody), by=self.actor, now=clock.now())
        self.shows([call.patient_id])
        return Response(CallAnswer(call).data)


class CallAttempts(Endpoint):
    """Somebody phoned and did not reach whom the call is for: it stays open."""

    actions = {"POST": "close-call"}

    @operation("record_call_attempt", body=AttemptBody, answer=CallAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        attempt = record_attempt(pk, **self.body(AttemptBody), by=self.actor, now=clock.now())
        self.shows([attempt.call.patient_id])
        return Response(CallAnswer(attempt.call).data, status=201)


def _with_all(rows: QuerySet[Call]) -> QuerySet[Call]:
    return rows.select_related("patient", "appointment", "closed_by").prefetch_related("attempts__by")

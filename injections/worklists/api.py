"""The call list: who must be phoned and why, how urgent it is, which attempts reached nobody, and what came of it."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.open_calls import open_calls
from injections.models import Call, CallAttempt
from injections.worklists.close_call import check_may_close, close_call, record_attempt
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Text


class CallQuery(ListQuery):
    status = Choice(["open", "closed", "all"], required=False, default="open")


class CallBody(Body):
    """That somebody was spoken to: the patient, unless `reached` says who. What reached nobody is an attempt."""

    reached = Choice(Call.Reached.values, required=False, default=Call.Reached.PATIENT)
    spoke_to = Text()
    said = Text(lines=True)


class AttemptBody(Body):
    result = Choice(CallAttempt.Result.values)
    note = Text(lines=True, required=False)


class AttemptAnswer(serializers.Serializer[Any]):
    id = Id()
    at = Instant()
    by = serializers.CharField(source="by.get_full_name", allow_null=True)
    result = serializers.ChoiceField(CallAttempt.Result.values)
    note = serializers.CharField()


class ReasonAnswer(serializers.Serializer[Any]):
    at = Instant()
    text = serializers.CharField()


class CallAnswer(serializers.Serializer[Any]):
    """`reasons` are in the order of their times, `say` all of them in one text; `may_close`: whether who asks may."""

    id = Id()
    patient = Id(source="patient_id")
    appointment = Id(source="appointment_id", allow_null=True)
    why = serializers.ChoiceField(Call.Why.values)
    rule = serializers.CharField()
    say = serializers.CharField(source="in_full")
    reasons = ReasonAnswer(many=True)
    urgency = serializers.ChoiceField(Call.Urgency.choices)
    opened_at = Instant()
    closed_at = Instant(allow_null=True)
    closed_by = serializers.CharField(source="closed_by.get_full_name", allow_null=True)
    reached = serializers.CharField()
    spoke_to = serializers.CharField()
    said = serializers.CharField()
    attempts = AttemptAnswer(many=True)
    may_close = serializers.BooleanField()


class Calls(Endpoint):
    """Open ones the most urgent first (`urgency` 1 is an emergency), then the longest waiting; with others, the oldest
    first.
    """

    actions = {"GET": "read-calls"}

    @operation("list_calls", query=CallQuery, answer=page_of(CallAnswer))
    def get(self, request: Request) -> Response:
        status = self.query(CallQuery)["status"]
        if status == "open":
            shown = _as_seen(_with_all(open_calls()), by=self.actor)
            return self.paged(shown, CallAnswer, whose=lambda call: call.patient_id)
        rows = _with_all(Call.objects.all() if status == "all" else Call.objects.filter(closed_at__isnull=False))
        seen = partial(_as_seen, by=self.actor)
        return self.listed(rows, CallAnswer, ordering=("opened_at", "id"), whose="patient_id", shown_as=seen)


class CloseCall(Endpoint):
    """A call about a red flag, a warning sign or a complication is closed by a radiologist who reached the patient or a
    carer.
    """

    actions = {"POST": "close-call"}

    @operation("close_call", body=CallBody, answer=CallAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        call = close_call(pk, **self.body(CallBody), by=self.actor, now=clock.now())
        self.shows([call.patient_id])
        [shown] = _as_seen([call], by=self.actor)
        return Response(CallAnswer(shown).data)


class AttemptCall(Endpoint):
    """Somebody phoned and did not reach whom the call is for: it stays open."""

    actions = {"POST": "close-call"}

    @operation("record_call_attempt", body=AttemptBody, answer=CallAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        attempt = record_attempt(pk, **self.body(AttemptBody), by=self.actor, now=clock.now())
        self.shows([attempt.call.patient_id])
        [shown] = _as_seen([attempt.call], by=self.actor)
        return Response(CallAnswer(shown).data, status=201)


def _with_all(rows: QuerySet[Call]) -> QuerySet[Call]:
    return rows.select_related("patient", "appointment", "closed_by").prefetch_related("attempts__by")


def _as_seen(calls: Iterable[Call], *, by: Actor) -> list[Any]:
    """These calls, each with whether this person may close it."""
    found: list[Any] = list(calls)
    for call in found:
        call.may_close = not why_not(check_may_close, call, by=by)
    return found

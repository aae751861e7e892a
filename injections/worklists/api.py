"""The call list: who must be phoned and why, and what came of it."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.models import Call
from injections.worklists.close_call import close_call
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Text


class CallQuery(ListQuery):
    status = Choice(["open", "closed", "all"], required=False, default="open")


class CallBody(Body):
    spoke_to = Text()
    said = Text(lines=True)


class CallAnswer(serializers.Serializer[Any]):
    id = Id()
    patient = Id(source="patient_id")
    appointment = Id(source="appointment_id", allow_null=True)
    why = serializers.ChoiceField(Call.Why.values)
    rule = serializers.CharField()
    say = serializers.CharField()
    opened_at = Instant()
    closed_at = Instant(allow_null=True)
    closed_by = serializers.CharField(source="closed_by.get_full_name", allow_null=True)
    spoke_to = serializers.CharField()
    said = serializers.CharField()


class Calls(Endpoint):
    """The longest waiting first."""

    actions = {"GET": "read-calls"}

    @operation("list_calls", query=CallQuery, answer=page_of(CallAnswer))
    def get(self, request: Request) -> Response:
        status = self.query(CallQuery)["status"]
        rows = Call.objects.select_related("closed_by")
        if status != "all":
            rows = rows.filter(closed_at__isnull=status == "open")
        return self.listed(rows, CallAnswer, ordering=("opened_at", "id"), whose="patient_id")


class CloseCall(Endpoint):
    """A call about a red flag is closed by a radiologist."""

    actions = {"POST": "close-call"}

    @operation("close_call", body=CallBody, answer=CallAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        call = close_call(pk, **self.body(CallBody), by=self.actor, now=clock.now())
        self.shows([call.patient_id])
        return Response(CallAnswer(call).data)

"""Patients to call back: whose visit was delayed until a day that has come, or nearly."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.worklists.recall import tick_off, to_call_back
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Id, Instant, Text


class RecallBody(Body):
    note = Text(lines=True)


class ToCallBackAnswer(serializers.Serializer[Any]):
    appointment = Id(source="appointment_id")
    patient = Id(source="appointment.patient_id")
    delay_until = serializers.DateField()
    reason = serializers.CharField()
    decided_at = Instant(source="at")


class RecallAnswer(serializers.Serializer[Any]):
    appointment = Id(source="decision.appointment_id")
    at = Instant()
    note = serializers.CharField()


class Recalls(Endpoint):
    """The earliest day first."""

    actions = {"GET": "call-back"}

    @operation("list_recalls", query=ListQuery, answer=page_of(ToCallBackAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        rows = list(to_call_back(now=clock.now()))
        return self.paged(rows, ToCallBackAnswer, whose=lambda row: row.appointment.patient_id)


class AppointmentRecalled(Endpoint):
    """The patient of a delayed visit was called back, or needs it no more."""

    actions = {"POST": "call-back"}

    @operation("record_recall", body=RecallBody, answer=RecallAnswer, status=201, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        row = tick_off(pk, **self.body(RecallBody), by=self.actor, now=clock.now())
        self.shows([row.decision.appointment.patient_id])
        return Response(RecallAnswer(row).data, status=201)

"""Holding a time by the API before anybody says for whom, and giving it back."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.booking.holds.hold import HoldRequest, end_hold, hold_time
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, changes, operation
from pht_clinic.web.api.fields import Choice, Id, Instant


class HoldBody(Body):
    kind = Choice(KINDS)
    start = Instant()
    practitioner = Id()
    room = Id(required=False, allow_null=True, help_text="default: the room of the practitioner's session")


class HoldAnswer(serializers.Serializer[Any]):
    """A time that nobody else can have before `held_until`. A booking or a move that names its `id` takes its place."""

    id = Id(source="pk")
    held_until = Instant()
    kind = serializers.ChoiceField(list(KINDS))
    start = Instant(source="start_at")
    end = Instant(source="end_at")
    practitioner = Id(source="practitioner_id")
    room = Id(source="room_id")


class Holds(Endpoint):
    """Holds a time for 5 minutes, for nobody yet; nobody is told. One for each user: a new one ends the last. What
    somebody holds never refuses them.
    """

    actions = {"POST": "book"}

    @operation("hold_time", body=HoldBody, answer=HoldAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = changes(self.body(HoldBody), practitioner="practitioner_id", room="room_id")
        return Response(HoldAnswer(hold_time(HoldRequest(**values), by=self.actor, now=clock.now())).data, status=201)


class OneHold(Endpoint):
    """Gives the time back: whoever holds it, or a manager."""

    actions = {"DELETE": "end-hold"}

    @operation("end_hold", status=204)
    def delete(self, request: Request, pk: int) -> Response:
        end_hold(pk, by=self.actor, now=clock.now())
        return Response(status=204)

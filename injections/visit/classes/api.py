"""A class by the API: who takes part, and moving, cancelling or resizing it as a whole."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.assessment.shapes import AppointmentAnswer, PlacesAnswer
from injections.assessment.visits import note_places
from injections.booking.cancel import Why
from injections.booking.move import MoveRequest
from injections.visit.classes.cancel_class import cancel_class
from injections.visit.classes.move_class import move_class
from injections.visit.classes.participants import find_class, show_class
from injections.visit.classes.places import set_places
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body
from pht_clinic.web.api.endpoint import Endpoint, changes, operation
from pht_clinic.web.api.fields import LARGEST_REVISION, Choice, Id, Instant, OptionalText, Text, Truth, Whole
from scheduling.diary.why_cancelled import CLINIC, OF_EVERYBODY

_LONGEST_VERSION = 64


class ClassAnswer(serializers.Serializer[Any]):
    """A class with those who take part, or took. `version` differs as soon as somebody joined, left or was changed."""

    id = Id(source="group.pk")
    kind = serializers.ChoiceField(list(KINDS), source="group.kind")
    start = Instant(source="group.start_at")
    end = Instant(source="group.end_at")
    practitioner = Id(source="group.practitioner_id")
    room = Id(source="group.room_id")
    places = PlacesAnswer()
    revision = serializers.IntegerField(source="group.revision")
    version = serializers.CharField()
    participants = AppointmentAnswer(many=True, source="present")


class MoveClassBody(Body):
    start = Instant()
    practitioner = Id(required=False, allow_null=True)
    room = Id(required=False, allow_null=True)
    version = Text(required=False, allow_null=True, max_length=_LONGEST_VERSION)
    tell_patients = Truth(required=False, default=True)


class CancelClassBody(Body):
    reason = OptionalText(lines=True)
    reason_code = Choice([said.code for said in OF_EVERYBODY], required=False, allow_null=True)
    version = Text(required=False, allow_null=True, max_length=_LONGEST_VERSION)
    tell_patients = Truth(required=False, default=True)


class PlacesBody(Body):
    seats = Whole(min_value=1, max_value=99)
    revision = Whole(required=False, allow_null=True, min_value=1, max_value=LARGEST_REVISION)


class OneClass(Endpoint):
    actions = {"GET": "read-diary"}

    @operation("read_class", answer=ClassAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return _answered(self, pk)


class MoveClass(Endpoint):
    """Everybody who takes part, each assessed afresh, or nobody."""

    actions = {"POST": "change-class"}

    @operation("move_class", body=MoveClassBody, answer=ClassAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = changes(
            self.body(MoveClassBody), practitioner="practitioner_id", room="room_id", tell_patients="tell_patient"
        )
        version = values.pop("version", None)
        move_class(pk, MoveRequest(**values), version=version, by=self.actor, now=clock.now())
        return _answered(self, pk)


class CancelClass(Endpoint):
    """Every visit of it that is pending or booked."""

    actions = {"POST": "change-class"}

    @operation("cancel_class", body=CancelClassBody, answer=ClassAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        values = self.body(CancelClassBody)
        values["reason"] = Why(values.get("reason", ""), CLINIC, values.pop("reason_code", None) or "")
        cancel_class(pk, **values, by=self.actor, now=clock.now())
        return _answered(self, pk)


class ClassPlaces(Endpoint):
    """How many may take part: as many as the kind allows, or fewer."""

    actions = {"POST": "change-class"}

    @operation("set_places_of_class", body=PlacesBody, answer=ClassAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        set_places(pk, **self.body(PlacesBody), by=self.actor, now=clock.now())
        return _answered(self, pk)


def _answered(endpoint: Endpoint, pk: int) -> Response:
    """A class as it stands now."""
    shown = show_class(find_class(pk), now=clock.now())
    note_places(shown.present)
    endpoint.shows({one.appointment.patient_id for one in shown.present})
    return Response(ClassAnswer(shown).data)

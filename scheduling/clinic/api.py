"""Practitioners, rooms, weekly sessions, closures: everybody reads them, managers change them."""

from typing import Any

from django.db.models import Model
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Answer, Endpoint, changes, operation, page_of
from pht_clinic.web.api.fields import Codes, Day, Id, Instant, OptionalText, Text, Truth, WallTime, Whole
from scheduling.clinic.closures import save_closure
from scheduling.clinic.consequences import Changed
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.diary.read import the
from scheduling.kinds import KINDS
from scheduling.models import Closure, Practitioner, Room, Schedule
from scheduling.revisions.api import Revision, both_versions

_COLUMNS = {"practitioner": "practitioner_id", "room": "room_id"}


class PractitionerBody(Body):
    name = Text()
    kinds = Codes(KINDS)
    active = Truth(required=False)


class PractitionerChangeBody(PractitionerBody):
    revision = Revision()


class PractitionerAnswer(serializers.Serializer[Any]):
    id = Id()
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    revision = serializers.IntegerField()


class RoomBody(Body):
    name = Text(max_length=100)
    has_ultrasound = Truth(required=False)
    active = Truth(required=False)


class RoomChangeBody(RoomBody):
    revision = Revision()


class RoomAnswer(serializers.Serializer[Any]):
    id = Id()
    name = serializers.CharField()
    has_ultrasound = serializers.BooleanField()
    active = serializers.BooleanField()
    revision = serializers.IntegerField()


class ScheduleBody(Body):
    practitioner = Id()
    room = Id()
    weekday = Whole(min_value=0, max_value=6, help_text="0 = Monday")
    opens = WallTime()
    closes = WallTime()
    valid_from = Day()
    valid_to = Day(required=False, allow_null=True)
    every_weeks = Whole(required=False, min_value=1, max_value=52)
    confirm = Truth(required=False, default=False)


class ScheduleChangeBody(ScheduleBody):
    revision = Revision()


class ScheduleAnswer(serializers.Serializer[Any]):
    id = Id()
    practitioner = Id(source="practitioner_id")
    room = Id(source="room_id")
    weekday = serializers.IntegerField()
    opens = WallTime()
    closes = WallTime()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    every_weeks = serializers.IntegerField()
    revision = serializers.IntegerField()
    to_be_moved = serializers.ListField(child=Id(), default=list)


class ClosureBody(Body):
    starts_at = Instant()
    ends_at = Instant()
    practitioner = Id(required=False, allow_null=True)
    room = Id(required=False, allow_null=True)
    reason = OptionalText()
    confirm = Truth(required=False, default=False)


class ClosureChangeBody(ClosureBody):
    revision = Revision()


class ClosureAnswer(serializers.Serializer[Any]):
    id = Id()
    starts_at = Instant()
    ends_at = Instant()
    practitioner = Id(source="practitioner_id", allow_null=True)
    room = Id(source="room_id", allow_null=True)
    reason = serializers.CharField()
    revision = serializers.IntegerField()
    to_be_moved = serializers.ListField(child=Id(), default=list)


class Rows(Endpoint):
    """A list of one of these things, and adding to it."""

    actions = {"GET": "read-clinic", "POST": "manage-clinic"}
    model: type[Model]
    answer: Answer
    address: str

    def answered(self) -> Response:
        self.query(ListQuery)
        return self.listed(self.model._default_manager.all(), self.answer, ordering=("id",))

    def created(self, row: Model) -> Response:
        location = reverse(self.address, args=[row.pk])
        return Response(self.answer(row).data, status=201, headers={"Location": location})


class OneRow(Endpoint):
    """One of these things, and changing it."""

    actions = {"GET": "read-clinic", "PATCH": "manage-clinic"}
    model: type[Model]
    answer: Answer

    def answered(self, pk: int) -> Response:
        return Response(self.answer(the(self.model, pk)).data)


class Practitioners(Rows):
    model, answer, address = Practitioner, PractitionerAnswer, "api-practitioner"

    @operation("list_practitioners", query=ListQuery, answer=page_of(PractitionerAnswer))
    def get(self, request: Request) -> Response:
        return self.answered()

    @operation("add_practitioner", body=PractitionerBody, answer=PractitionerAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(PractitionerBody)
        return self.created(save_practitioner(None, values, by=self.actor, now=clock.now()))


class OnePractitioner(OneRow):
    model, answer = Practitioner, PractitionerAnswer

    @operation("read_practitioner", answer=PractitionerAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answered(pk)

    @operation("change_practitioner", body=PractitionerChangeBody, answer=PractitionerAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = self.body(PractitionerChangeBody, partial=True)
        with both_versions(PractitionerAnswer):
            row = save_practitioner(pk, confirm=True, **_read(values), by=self.actor, now=clock.now())
        return Response(PractitionerAnswer(row).data)


class Rooms(Rows):
    model, answer, address = Room, RoomAnswer, "api-room"

    @operation("list_rooms", query=ListQuery, answer=page_of(RoomAnswer))
    def get(self, request: Request) -> Response:
        return self.answered()

    @operation("add_room", body=RoomBody, answer=RoomAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = self.body(RoomBody)
        return self.created(save_room(None, values, by=self.actor, now=clock.now()))


class OneRoom(OneRow):
    model, answer = Room, RoomAnswer

    @operation("read_room", answer=RoomAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answered(pk)

    @operation("change_room", body=RoomChangeBody, answer=RoomAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = self.body(RoomChangeBody, partial=True)
        with both_versions(RoomAnswer):
            row = save_room(pk, confirm=True, **_read(values), by=self.actor, now=clock.now())
        return Response(RoomAnswer(row).data)


class Schedules(Rows):
    model, answer, address = Schedule, ScheduleAnswer, "api-schedule"

    @operation("list_schedules", query=ListQuery, answer=page_of(ScheduleAnswer))
    def get(self, request: Request) -> Response:
        return self.answered()

    @operation("add_schedule", body=ScheduleBody, answer=ScheduleAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = changes(self.body(ScheduleBody), **_COLUMNS)
        confirm = values.pop("confirm")
        changed = save_schedule(None, values, confirm=confirm, by=self.actor, now=clock.now())
        return self.created(_with_consequences(changed))


class OneSchedule(OneRow):
    model, answer = Schedule, ScheduleAnswer

    @operation("read_schedule", answer=ScheduleAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answered(pk)

    @operation("change_schedule", body=ScheduleChangeBody, answer=ScheduleAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = changes(self.body(ScheduleChangeBody, partial=True), **_COLUMNS)
        confirm = values.pop("confirm", False)
        with both_versions(ScheduleAnswer):
            changed = save_schedule(pk, confirm=confirm, **_read(values), by=self.actor, now=clock.now())
        return Response(ScheduleAnswer(_with_consequences(changed)).data)


class Closures(Rows):
    model, answer, address = Closure, ClosureAnswer, "api-closure"

    @operation("list_closures", query=ListQuery, answer=page_of(ClosureAnswer))
    def get(self, request: Request) -> Response:
        return self.answered()

    @operation("add_closure", body=ClosureBody, answer=ClosureAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        values = changes(self.body(ClosureBody), **_COLUMNS)
        confirm = values.pop("confirm")
        changed = save_closure(None, values, confirm=confirm, by=self.actor, now=clock.now())
        return self.created(_with_consequences(changed))


class OneClosure(OneRow):
    model, answer = Closure, ClosureAnswer

    @operation("read_closure", answer=ClosureAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answered(pk)

    @operation("change_closure", body=ClosureChangeBody, answer=ClosureAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = changes(self.body(ClosureChangeBody, partial=True), **_COLUMNS)
        confirm = values.pop("confirm", False)
        with both_versions(ClosureAnswer):
            changed = save_closure(pk, confirm=confirm, **_read(values), by=self.actor, now=clock.now())
        return Response(ClosureAnswer(_with_consequences(changed)).data)


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """A body as a use case takes it: which revision the caller read, and what changes."""
    return {"revision": values.pop("revision", None), "values": values}


def _with_consequences(changed: Changed) -> Any:
    """The row as it stands, with the ids of the appointments that have to be moved because of it."""
    row: Any = changed.row
    row.to_be_moved = [appointment.pk for appointment in changed.to_be_moved]
    return row

"""What leaves the building: messages by appointment or by state, what one says, and a hand on those that wait."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic import clock
from pht_clinic.web.api.bodies import ListQuery, Nothing
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant
from scheduling.diary.read import messages_of, the
from scheduling.messages import desk, outbox
from scheduling.models import Message, Patient


class MessageAnswer(serializers.Serializer[Any]):
    id = Id()
    appointment = Id(source="appointment_id", allow_null=True)
    patient = Id(source="patient_id", allow_null=True)
    kind = serializers.CharField()
    due_at = Instant()
    expires_at = Instant()
    status = serializers.SerializerMethodField()
    channel = serializers.ChoiceField(Patient.Contact.values)
    attempts = serializers.IntegerField()
    sent_at = Instant(allow_null=True)
    reason = serializers.CharField()
    revision = serializers.IntegerField(allow_null=True)
    phone_task = serializers.BooleanField()
    closed_at = Instant(allow_null=True)
    retry_of = Id(source="retry_of_id", allow_null=True)

    @extend_schema_field({"type": "string", "enum": list(outbox.STATES)})
    def get_status(self, message: Message) -> str:
        return outbox.state_of(message)


class LetterAnswer(serializers.Serializer[Any]):
    recipient = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()
    calendar = serializers.SerializerMethodField()

    def get_calendar(self, letter: object) -> str | None:
        """The content of the calendar part, if there is one."""
        part = getattr(letter, "calendar", None)
        return part[0] if part else None


class MessageQuery(ListQuery):
    status = Choice(outbox.STATES, required=False)


class Messages(Endpoint):
    """The outbox, newest first."""

    actions = {"GET": "read-messages"}

    @operation("list_messages", query=MessageQuery, answer=page_of(MessageAnswer))
    def get(self, request: Request) -> Response:
        status = self.query(MessageQuery).get("status")
        rows = Message.objects.filter(outbox.in_state(status)) if status else Message.objects.all()
        return self.listed(rows, MessageAnswer, ordering=("-id",), whose="patient_id")


class MessagesOfAppointment(Endpoint):
    """Everything that was or will be sent because of one appointment, in the order it is due."""

    actions = {"GET": "read-messages"}

    @operation("list_messages_of_appointment", query=ListQuery, answer=page_of(MessageAnswer))
    def get(self, request: Request, pk: int) -> Response:
        self.query(ListQuery)
        rows = messages_of(pk)
        return self.listed(rows, MessageAnswer, ordering=("due_at", "id"), whose="patient_id")


class MessagePreview(Endpoint):
    """A message as it would go out, or went."""

    actions = {"GET": "read-messages"}

    @operation("preview_message", answer=LetterAnswer)
    def get(self, request: Request, pk: int) -> Response:
        message = the(Message, pk)
        self.shows([message.patient_id])
        return Response(LetterAnswer(desk.preview(message)).data)


class MessageAction(Endpoint):
    """Something done to one message; answers with the message as it stands then."""

    actions = {"POST": "send-messages"}

    def answered(self, message: Message) -> Response:
        self.shows([message.patient_id])
        return Response(MessageAnswer(message).data)


class SendNow(MessageAction):
    @operation("send_message_now", body=Nothing, answer=MessageAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return self.answered(desk.send_now(pk, by=self.actor, now=clock.now()))


class Withhold(MessageAction):
    @operation("withhold_message", body=Nothing, answer=MessageAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return self.answered(desk.withhold(pk, by=self.actor, now=clock.now()))


class Retry(MessageAction):
    """Tries again as a message of its own, which is the answer."""

    @operation("retry_message", body=Nothing, answer=MessageAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return self.answered(desk.retry(pk, by=self.actor, now=clock.now()))

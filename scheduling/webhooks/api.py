"""Webhooks in the API, for managers: what is told where, what became of it, and sending it again."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.web.api.bodies import Body, ListQuery, Nothing
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Text
from scheduling.models import WebhookDelivery
from scheduling.revisions.api import Revision, both_versions
from scheduling.webhooks import endpoints, replaying
from scheduling.webhooks.endpoints import LONGEST_ADDRESS, LONGEST_USE, Made, Subscription
from scheduling.webhooks.events import event_types, name_of, subject_of, wanted_names

_MOST_NAMED = 200
"""Events in one request."""


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class EventNames(serializers.Field[Any, Any, Any, Any]):
    """The verbs of a webhook by what receivers call them."""

    def to_representation(self, value: list[str]) -> list[str]:
        return wanted_names(value)


class WebhookBody(Body):
    url = Text(max_length=LONGEST_ADDRESS, help_text="begins with https:// and leads to a public address")
    used_for = Text(max_length=LONGEST_USE, help_text="the name of the system")
    events = serializers.ListField(child=Text(), max_length=_MOST_NAMED, help_text="as list_webhook_events names them")

    def senses(self, values: Mapping[str, Any]) -> Iterable[FieldError]:
        return endpoints.problems_of(values)


class WebhookChangeBody(WebhookBody):
    revision = Revision()


class WebhookAnswer(serializers.Serializer[Any]):
    """`why` is what paused it, "" for a manager's own wish."""

    id = Id()
    url = serializers.CharField()
    used_for = serializers.CharField()
    events = EventNames(source="verbs")
    made_at = Instant()
    paused_at = Instant(allow_null=True)
    why = serializers.CharField()
    failing_since = Instant(allow_null=True)
    old_secret_until = Instant(allow_null=True)
    revision = serializers.IntegerField()


class WebhookReadAnswer(WebhookAnswer):
    """How many deliveries are on their way, and how many were given up."""

    queued = serializers.IntegerField()
    failed = serializers.IntegerField()


class WebhookMadeAnswer(WebhookAnswer):
    """The secret stands here and in no other answer."""

    secret = serializers.CharField()


class EventTypeAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    words = serializers.CharField()


class SubjectAnswer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = Id()


class DeliveryQuery(ListQuery):
    status = Choice(WebhookDelivery.State.values, required=False)


class DeliveryAnswer(serializers.Serializer[Any]):
    """`event_id` is what the receiver gets as `webhook-id`; `subject` is null where the event is about several."""

    id = Id()
    webhook = Id(source="endpoint_id")
    event = serializers.SerializerMethodField()
    event_id = serializers.CharField(source="event.public_id")
    occurred_at = Instant(source="event.occurred_at")
    subject = serializers.SerializerMethodField()
    status = serializers.ChoiceField(WebhookDelivery.State.values)
    attempts = serializers.IntegerField()
    answered = serializers.IntegerField(allow_null=True, help_text="the status of the last answer")
    reason = serializers.CharField()
    due_at = Instant()
    expires_at = Instant()
    sent_at = Instant(allow_null=True)

    def get_event(self, row: WebhookDelivery) -> str:
        return name_of(row.event)

    @extend_schema_field(SubjectAnswer(allow_null=True))
    def get_subject(self, row: WebhookDelivery) -> dict[str, str] | None:
        return subject_of(row.event)


class SinceBody(Body):
    since = Instant()


class ReplayedAnswer(serializers.Serializer[Any]):
    deliveries = serializers.IntegerField()


class WebhookEvents(Endpoint):
    """What a webhook may be told."""

    actions = {"GET": "manage-webhooks"}

    @operation("list_webhook_events", query=ListQuery, answer=page_of(EventTypeAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.paged(event_types(), EventTypeAnswer, whose=lambda _: None)


class Webhooks(Endpoint):
    """All that are not removed; adding one is answered with its secret, once."""

    actions = {"GET": "manage-webhooks", "POST": "manage-webhooks"}
    answers_secrets = True

    @operation("list_webhooks", query=ListQuery, answer=page_of(WebhookReadAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.listed(endpoints.webhooks(by=self.actor), WebhookReadAnswer, ordering=("id",))

    @operation("add_webhook", body=WebhookBody, answer=WebhookMadeAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        wanted = Subscription(**self.body(WebhookBody))
        made = endpoints.add(wanted, by=self.actor, now=clock.now())
        location = reverse("api-webhook", args=[made.endpoint.pk])
        return Response(_with_secret(made), status=201, headers={"Location": location})


class OneWebhook(Endpoint):
    actions = {"GET": "manage-webhooks", "PATCH": "manage-webhooks", "DELETE": "manage-webhooks"}

    @operation("read_webhook", answer=WebhookReadAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WebhookReadAnswer(endpoints.webhook(pk, by=self.actor)).data)

    @operation("change_webhook", body=WebhookChangeBody, answer=WebhookAnswer)
    def patch(self, request: Request, pk: int) -> Response:
        values = self.body(WebhookChangeBody, partial=True)
        revision = values.pop("revision", None)
        with both_versions(WebhookAnswer, verbs="events"):
            row = endpoints.change(pk, values, revision=revision, by=self.actor, now=clock.now())
        return Response(WebhookAnswer(row).data)

    @operation("remove_webhook", status=204)
    def delete(self, request: Request, pk: int) -> Response:
        endpoints.remove(pk, by=self.actor, now=clock.now())
        return Response(status=204)


class WebhookAction(Endpoint):
    """Something done to one webhook."""

    actions = {"POST": "manage-webhooks"}


class WebhookSecret(WebhookAction):
    """A new secret, answered once; the one before it signs as well for 24 hours."""

    answers_secrets = True

    @operation("renew_webhook_secret", body=Nothing, answer=WebhookMadeAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return Response(_with_secret(endpoints.rotate(pk, by=self.actor, now=clock.now())))


class PauseWebhook(WebhookAction):
    @operation("pause_webhook", body=Nothing, answer=WebhookAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return Response(WebhookAnswer(endpoints.pause(pk, by=self.actor, now=clock.now())).data)


class ResumeWebhook(WebhookAction):
    @operation("resume_webhook", body=Nothing, answer=WebhookAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return Response(WebhookAnswer(endpoints.resume(pk, by=self.actor, now=clock.now())).data)


class WebhookDeliveries(Endpoint):
    """What one webhook was told, the newest event first."""

    actions = {"GET": "manage-webhooks"}

    @operation("list_webhook_deliveries", query=DeliveryQuery, answer=page_of(DeliveryAnswer))
    def get(self, request: Request, pk: int) -> Response:
        status = self.query(DeliveryQuery).get("status", "")
        rows = replaying.deliveries(pk, state=status, by=self.actor)
        return self.listed(rows, DeliveryAnswer, ordering=("-event_id",))


class ReplaySince(WebhookAction):
    """Everything that happened since then is sent once more."""

    @operation("replay_webhook", body=SinceBody, answer=ReplayedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        since = self.body(SinceBody)["since"]
        count = replaying.replay_since(pk, since, by=self.actor, now=clock.now())
        return Response(ReplayedAnswer({"deliveries": count}).data)


class ReplayDelivery(WebhookAction):
    """One delivery once more, with the same id."""

    @operation("replay_webhook_delivery", body=Nothing, answer=DeliveryAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        self.body(Nothing)
        return Response(DeliveryAnswer(replaying.replay(pk, by=self.actor, now=clock.now())).data)


def _with_secret(made: Made) -> dict[str, Any]:
    return {**WebhookAnswer(made.endpoint).data, "secret": made.secret}

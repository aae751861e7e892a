"""The endpoints of this half, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from scheduling.audit.api import Audit
from scheduling.clinic.api import (
    Closures,
    OneClosure,
    OnePractitioner,
    OneRoom,
    OneSchedule,
    Practitioners,
    Rooms,
    Schedules,
)
from scheduling.clinic.feed_api import calendar_feed
from scheduling.messages.api import MessagePreview, Messages, MessagesOfAppointment, Retry, SendNow, Withhold
from scheduling.webhooks.api import (
    OneWebhook,
    PauseWebhook,
    ReplayDelivery,
    ReplaySince,
    ResumeWebhook,
    WebhookDeliveries,
    WebhookEvents,
    Webhooks,
    WebhookSecret,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("practitioners/", Practitioners.as_view(), name="api-practitioners"),
    path("practitioners/<row_id:pk>/", OnePractitioner.as_view(), name="api-practitioner"),
    path("rooms/", Rooms.as_view(), name="api-rooms"),
    path("rooms/<row_id:pk>/", OneRoom.as_view(), name="api-room"),
    path("schedules/", Schedules.as_view(), name="api-schedules"),
    path("schedules/<row_id:pk>/", OneSchedule.as_view(), name="api-schedule"),
    path("closures/", Closures.as_view(), name="api-closures"),
    path("closures/<row_id:pk>/", OneClosure.as_view(), name="api-closure"),
    path("audit/", Audit.as_view(), name="api-audit"),
    path("calendar/<uuid:token>.ics", calendar_feed, name="api-calendar-feed"),
    path("messages/", Messages.as_view(), name="api-messages"),
    path("messages/<row_id:pk>/preview/", MessagePreview.as_view(), name="api-message-preview"),
    path("messages/<row_id:pk>/send-now/", SendNow.as_view(), name="api-message-send-now"),
    path("messages/<row_id:pk>/withhold/", Withhold.as_view(), name="api-message-withhold"),
    path("messages/<row_id:pk>/retry/", Retry.as_view(), name="api-message-retry"),
    path("appointments/<row_id:pk>/messages/", MessagesOfAppointment.as_view(), name="api-appointment-messages"),
    path("webhooks/", Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/events/", WebhookEvents.as_view(), name="api-webhook-events"),
    path("webhooks/<row_id:pk>/", OneWebhook.as_view(), name="api-webhook"),
    path("webhooks/<row_id:pk>/secret/", WebhookSecret.as_view(), name="api-webhook-secret"),
    path("webhooks/<row_id:pk>/pause/", PauseWebhook.as_view(), name="api-webhook-pause"),
    path("webhooks/<row_id:pk>/resume/", ResumeWebhook.as_view(), name="api-webhook-resume"),
    path("webhooks/<row_id:pk>/deliveries/", WebhookDeliveries.as_view(), name="api-webhook-deliveries"),
    path("webhooks/<row_id:pk>/replay/", ReplaySince.as_view(), name="api-webhook-replay"),
    path("webhooks/deliveries/<row_id:pk>/replay/", ReplayDelivery.as_view(), name="api-webhook-delivery-replay"),
]

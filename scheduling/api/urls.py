"""The endpoints of this half, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from scheduling.api import (
    addresses,  # noqa: F401 - makes the converter row_id known
    audit,
    clinic,
    messages,
)
from scheduling.api.calendar_feed import calendar_feed

urlpatterns: list[URLPattern | URLResolver] = [
    path("practitioners/", clinic.Practitioners.as_view(), name="api-practitioners"),
    path("practitioners/<row_id:pk>/", clinic.OnePractitioner.as_view(), name="api-practitioner"),
    path("rooms/", clinic.Rooms.as_view(), name="api-rooms"),
    path("rooms/<row_id:pk>/", clinic.OneRoom.as_view(), name="api-room"),
    path("schedules/", clinic.Schedules.as_view(), name="api-schedules"),
    path("schedules/<row_id:pk>/", clinic.OneSchedule.as_view(), name="api-schedule"),
    path("closures/", clinic.Closures.as_view(), name="api-closures"),
    path("closures/<row_id:pk>/", clinic.OneClosure.as_view(), name="api-closure"),
    path("audit/", audit.Audit.as_view(), name="api-audit"),
    path("calendar/<uuid:token>.ics", calendar_feed, name="api-calendar-feed"),
    path("messages/", messages.Messages.as_view(), name="api-messages"),
    path("messages/<row_id:pk>/preview/", messages.MessagePreview.as_view(), name="api-message-preview"),
    path("messages/<row_id:pk>/send-now/", messages.SendNow.as_view(), name="api-message-send-now"),
    path("messages/<row_id:pk>/withhold/", messages.Withhold.as_view(), name="api-message-withhold"),
    path("messages/<row_id:pk>/retry/", messages.Retry.as_view(), name="api-message-retry"),
    path(
        "appointments/<row_id:pk>/messages/",
        messages.MessagesOfAppointment.as_view(),
        name="api-appointment-messages",
    ),
]

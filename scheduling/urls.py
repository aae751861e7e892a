"""The pages of this half."""

from django.urls import URLPattern, URLResolver, path

from scheduling.views import messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", messages.message_list, name="message-list"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("messages/<int:message_id>/send-now/", messages.send_now, name="message-send-now"),
    path("messages/<int:message_id>/withhold/", messages.withhold, name="message-withhold"),
    path("messages/<int:message_id>/retry/", messages.retry, name="message-retry"),
    path("messages/<int:message_id>/close/", messages.close_task, name="message-close"),
]

"""The pages of this half."""

from django.urls import URLPattern, URLResolver, path

from scheduling.views import audit, audit_export, clinic, feed, messages, moving, staff, wordings

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", messages.message_list, name="message-list"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("messages/<int:message_id>/send-now/", messages.send_now, name="message-send-now"),
    path("messages/<int:message_id>/withhold/", messages.withhold, name="message-withhold"),
    path("messages/<int:message_id>/retry/", messages.retry, name="message-retry"),
    path("messages/<int:message_id>/close/", messages.close_task, name="message-close"),
    path("audit/", audit.audit, name="audit-list"),
    path("audit/export/", audit_export.export, name="audit-export"),
    path("audit/export/file/", audit_export.file, name="audit-export-file"),
    path("to-be-moved/", moving.to_be_moved, name="moving-list"),
    path("clinic/staff/", staff.staff, name="staff-list"),
    path("clinic/staff/new/", staff.invite, name="staff-invite"),
    path("clinic/staff/<int:user_id>/", staff.member, name="staff-member"),
    path("clinic/staff/<int:user_id>/password/", staff.password, name="staff-password"),
    path("clinic/messages/", wordings.wording_list, name="wording-list"),
    path("clinic/messages/<slug:code>/", wordings.wording, name="wording"),
    path("clinic/practitioners/", clinic.practitioners, name="practitioner-list"),
    path("clinic/practitioners/new/", clinic.practitioner, name="practitioner-add"),
    path("clinic/practitioners/<int:practitioner_id>/", clinic.practitioner, name="practitioner"),
    path(
        "clinic/practitioners/<int:practitioner_id>/calendar-address/",
        feed.calendar_address,
        name="calendar-address",
    ),
    path("clinic/rooms/", clinic.rooms, name="room-list"),
    path("clinic/rooms/new/", clinic.room, name="room-add"),
    path("clinic/rooms/<int:room_id>/", clinic.room, name="room"),
    path("clinic/schedules/", clinic.schedules, name="schedule-list"),
    path("clinic/schedules/new/", clinic.schedule, name="schedule-add"),
    path("clinic/schedules/extra/", clinic.extra_session, name="schedule-extra"),
    path("clinic/schedules/<int:schedule_id>/", clinic.schedule, name="schedule"),
    path("clinic/closures/", clinic.closures, name="closure-list"),
    path("clinic/closures/new/", clinic.closure, name="closure-add"),
    path("clinic/closures/<int:closure_id>/", clinic.closure, name="closure"),
]

"""The pages of this half."""

from django.urls import URLPattern, URLResolver, path

from scheduling.audit.copy_pages import audit_copy
from scheduling.audit.export_pages import export, file
from scheduling.audit.pages import audit, audit_patients
from scheduling.audit.unusual_pages import unusual_close, unusual_list
from scheduling.availability.pages import to_be_moved
from scheduling.clinic.details.pages import details
from scheduling.clinic.details.settings_pages import settings_page
from scheduling.clinic.feed_pages import calendar_address
from scheduling.clinic.pages import (
    closure,
    closures,
    extra_session,
    practitioner,
    practitioners,
    room,
    rooms,
    schedule,
    schedules,
)
from scheduling.clinic.second_factor_pages import factor_require, factor_reset
from scheduling.clinic.staff_pages import invite_page, member, password, sign_out, staff_page, unlock
from scheduling.messages.bounces.desk_pages import address_works, mails_again
from scheduling.messages.bounces.news_pages import mail_news
from scheduling.messages.bounces.opt_out_pages import mails_off
from scheduling.messages.pages import attempt, close_task, message, message_list, retry, send_now, withhold
from scheduling.messages.undelivered.paper_pages import by_letter, letter, letters, letters_file, posted
from scheduling.messages.wording.pages import wording, wording_list
from scheduling.webhooks.pages import (
    webhook,
    webhook_add,
    webhook_change,
    webhook_list,
    webhook_pause,
    webhook_remove,
    webhook_replay,
    webhook_replay_since,
    webhook_resume,
    webhook_secret,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/", message_list, name="message-list"),
    path("messages/letters/", letters, name="message-letters"),
    path("messages/letters/file/", letters_file, name="message-letters-file"),
    path("messages/<int:message_id>/", message, name="message"),
    path("messages/<int:message_id>/send-now/", send_now, name="message-send-now"),
    path("messages/<int:message_id>/withhold/", withhold, name="message-withhold"),
    path("messages/<int:message_id>/retry/", retry, name="message-retry"),
    path("messages/<int:message_id>/close/", close_task, name="message-close"),
    path("messages/<int:message_id>/letter/", letter, name="message-letter"),
    path("messages/<int:message_id>/posted/", posted, name="message-posted"),
    path("patients/<int:patient_id>/email-works/", address_works, name="patient-email-works"),
    path("patients/<int:patient_id>/mails-again/", mails_again, name="patient-mails-again"),
    path("mails-off/<str:token>/", mails_off, name="mails-off"),
    path("mail-news/", mail_news, name="mail-news"),
    path("messages/<int:message_id>/by-letter/", by_letter, name="message-by-letter"),
    path("messages/<int:message_id>/attempt/", attempt, name="message-attempt"),
    path("audit/", audit, name="audit-list"),
    path("audit/patients/", audit_patients, name="audit-patients"),
    path("audit/patients/<int:patient_id>/copy/", audit_copy, name="audit-copy"),
    path("audit/unusual/", unusual_list, name="audit-unusual"),
    path("audit/unusual/<int:use_id>/close/", unusual_close, name="audit-unusual-close"),
    path("audit/export/", export, name="audit-export"),
    path("audit/export/file/", file, name="audit-export-file"),
    path("to-be-moved/", to_be_moved, name="moving-list"),
    path("clinic/staff/", staff_page, name="staff-list"),
    path("clinic/staff/new/", invite_page, name="staff-invite"),
    path("clinic/staff/<int:user_id>/", member, name="staff-member"),
    path("clinic/staff/<int:user_id>/password/", password, name="staff-password"),
    path("clinic/staff/<int:user_id>/unlock/", unlock, name="staff-unlock"),
    path("clinic/staff/<int:user_id>/sign-out/", sign_out, name="staff-sign-out"),
    path("clinic/staff/<int:user_id>/second-factor/", factor_require, name="staff-factor-require"),
    path("clinic/staff/<int:user_id>/second-factor/reset/", factor_reset, name="staff-factor-reset"),
    path("clinic/details/", details, name="clinic-details"),
    path("clinic/settings/", settings_page, name="clinic-settings"),
    path("clinic/messages/", wording_list, name="wording-list"),
    path("clinic/messages/<slug:code>/", wording, name="wording"),
    path("clinic/practitioners/", practitioners, name="practitioner-list"),
    path("clinic/practitioners/new/", practitioner, name="practitioner-add"),
    path("clinic/practitioners/<int:practitioner_id>/", practitioner, name="practitioner"),
    path("clinic/practitioners/<int:practitioner_id>/calendar-address/", calendar_address, name="calendar-address"),
    path("clinic/rooms/", rooms, name="room-list"),
    path("clinic/rooms/new/", room, name="room-add"),
    path("clinic/rooms/<int:room_id>/", room, name="room"),
    path("clinic/schedules/", schedules, name="schedule-list"),
    path("clinic/schedules/new/", schedule, name="schedule-add"),
    path("clinic/schedules/extra/", extra_session, name="schedule-extra"),
    path("clinic/schedules/<int:schedule_id>/", schedule, name="schedule"),
    path("clinic/closures/", closures, name="closure-list"),
    path("clinic/closures/new/", closure, name="closure-add"),
    path("clinic/closures/<int:closure_id>/", closure, name="closure"),
    path("clinic/webhooks/", webhook_list, name="webhook-list"),
    path("clinic/webhooks/new/", webhook_add, name="webhook-add"),
    path("clinic/webhooks/<int:webhook_id>/", webhook, name="webhook"),
    path("clinic/webhooks/<int:webhook_id>/change/", webhook_change, name="webhook-change"),
    path("clinic/webhooks/<int:webhook_id>/secret/", webhook_secret, name="webhook-secret"),
    path("clinic/webhooks/<int:webhook_id>/pause/", webhook_pause, name="webhook-pause"),
    path("clinic/webhooks/<int:webhook_id>/resume/", webhook_resume, name="webhook-resume"),
    path("clinic/webhooks/<int:webhook_id>/remove/", webhook_remove, name="webhook-remove"),
    path("clinic/webhooks/<int:webhook_id>/again/", webhook_replay_since, name="webhook-replay-since"),
    path("clinic/webhooks/deliveries/<int:delivery_id>/again/", webhook_replay, name="webhook-replay"),
]

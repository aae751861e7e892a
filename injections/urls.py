"""The pages of this half."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from injections.answers.information_pages import information_page
from injections.answers.measure_pages import visa_page
from injections.answers.pages import pathway_page, screening_page
from injections.assessment.pages import rules, try_page
from injections.booking.change_pages import cancel_page, undo_page
from injections.booking.check_pages import check_page
from injections.booking.move_pages import move_page
from injections.booking.pages import what_page, when_page
from injections.booking.series.change_pages import cancel_page as cancel_series_page
from injections.booking.series.change_pages import move_page as move_series_page
from injections.booking.series.pages import booking_page
from injections.booking.series.series_pages import series_page
from injections.booking.waiting_list.pages import add_page as waiting_add_page
from injections.booking.waiting_list.pages import (
    book_page,
    change_page,
    free_page,
    off_page,
    offer_answer_page,
    offer_page,
    waiting_list,
)
from injections.calendar.column_pages import day, week
from injections.calendar.pages import calendar, without_outcome_page
from injections.conditions.pages import (
    add_allergy_page,
    add_condition_page,
    withdraw_allergy_page,
    withdraw_condition_page,
)
from injections.doors.cds_hooks.api import discover, serve, take_feedback
from injections.doors.records.coming.pages import (
    import_columns,
    import_file,
    import_list,
    import_report,
    import_start,
    import_try,
    import_withdraw,
)
from injections.doors.records.leaving.pages import clinic_file, clinic_page, patient_page
from injections.imaging.pages import add_report_page, correct_report_page, withdraw_report_page
from injections.letters.address_pages import add_address_page, addresses, withdraw_address_page
from injections.letters.pages import letter, letter_file, letter_list, send, send_on, write
from injections.merging.duplicate_pages import duplicates, registered_twice, report, report_other, two_people
from injections.merging.pages import merge
from injections.merging.unmerge_pages import unmerge
from injections.patient.death_pages import record_page, take_back_page
from injections.patient.injection_pages import add_injection_page, correct_injection_page, withdraw_injection_page
from injections.patient.keeping.pages import copy_page, erase_page, retention_page
from injections.patient.pages import activity, booking_start, correct, patient, register_page, search_page
from injections.patient.record_pages import add_activity_page, notes_page, withdraw_activity_page
from injections.patient_link.code_pages import by_code
from injections.procedure.batch_pages import batch
from injections.procedure.drugs.pages import box, drug, drugs
from injections.procedure.incident_pages import incident_list
from injections.procedure.outcome_pages import cannot, done
from injections.procedure.report.pages import complication
from injections.procedure.report.pages import report as procedure_report
from injections.procedure.sheet_pages import consent_sheet, sheet
from injections.procedure.steps.pages import go_on, start, step
from injections.procedure.steps.scan_pages import scan
from injections.review.milder_pages import seen
from injections.review.pages import decision, open_case, queue
from injections.statistics.pages import statistic, statistic_file, statistics
from injections.visit.classes.move_pages import move_class_page
from injections.visit.classes.pages import cancel_class_page, class_page, places_page
from injections.visit.consent.pages import agree_again_page, withdraw_consent_page
from injections.visit.link_pages import closed_link_list, open_again, replace
from injections.visit.pages import appointment_page, arrive_page, enter_in_error_page, fulfil_page, no_show_page
from injections.visit.targets_pages import targets_page
from injections.visit.walk_in_pages import here_now, late_entry
from injections.worklists.call_news import call_news
from injections.worklists.moving.pages import lift, moving, outage
from injections.worklists.my_list import my_list
from injections.worklists.own_mails_pages import own_mails
from injections.worklists.pages import call, call_list, waiting
from injections.worklists.physiotherapy_pages import arrange, physiotherapy_list
from injections.worklists.recall_pages import recall, recall_list
from injections.worklists.waits.pages import waiting_times

urlpatterns: list[URLPattern | URLResolver] = [
    path("cds-services", discover, name="cds-discovery"),
    path("cds-services/<str:service_id>", serve, name="cds-service"),
    path("cds-services/<str:service_id>/feedback", take_feedback, name="cds-feedback"),
    re_path(r"^[kK]/(?P<token>[^/]+)/$", by_code, name="patient-code"),
    path("p/o/<str:token>/", include("injections.patient_link.offer_urls")),
    path("p/<str:token>/", include("injections.patient_link.urls")),
    path("patients/", search_page, name="patient-search"),
    path("patients/new/", register_page, name="patient-register"),
    path("patients/<int:patient_id>/", patient, name="patient"),
    path("patients/<int:patient_id>/details/", correct, name="patient-correct"),
    path("patients/<int:patient_id>/deceased/", record_page, name="patient-deceased"),
    path("patients/<int:patient_id>/deceased/undo/", take_back_page, name="patient-deceased-undo"),
    path("patients/<int:patient_id>/copy/", copy_page, name="patient-copy"),
    path("patients/<int:patient_id>/erase/", erase_page, name="patient-erase"),
    path("clinic/retention/", retention_page, name="retention"),
    path("patients/<int:patient_id>/export/", patient_page, name="patient-export"),
    path("clinic/export/", clinic_page, name="clinic-export"),
    path("clinic/export/file/", clinic_file, name="clinic-export-file"),
    path("clinic/import/", import_list, name="import-list"),
    path("clinic/import/<int:import_id>/", import_file, name="import-file"),
    path("clinic/import/<int:import_id>/columns/", import_columns, name="import-columns"),
    path("clinic/import/<int:import_id>/try/", import_try, name="import-try"),
    path("clinic/import/<int:import_id>/start/", import_start, name="import-start"),
    path("clinic/import/<int:import_id>/withdraw/", import_withdraw, name="import-withdraw"),
    path("clinic/import/<int:import_id>/report/", import_report, name="import-report"),
    path("patients/<int:patient_id>/merge/", merge, name="patient-merge"),
    path("patients/<int:merged_id>/unmerge/", unmerge, name="patient-unmerge"),
    path("patients/<int:patient_id>/duplicate/", report, name="duplicate-report"),
    path("patients/<int:patient_id>/registered-twice/", registered_twice, name="duplicate-registered-twice"),
    path("patients/<int:patient_id>/duplicate/<int:other_id>/", report_other, name="duplicate-report-other"),
    path("duplicates/", duplicates, name="duplicate-list"),
    path("duplicates/<int:duplicate_id>/", two_people, name="duplicate-dismiss"),
    path("patients/<int:patient_id>/injections/new/", add_injection_page, name="injection-add"),
    path("injections/<int:injection_id>/correct/", correct_injection_page, name="injection-correct"),
    path("injections/<int:injection_id>/withdraw/", withdraw_injection_page, name="injection-withdraw"),
    path("patients/<int:patient_id>/screening/", screening_page, name="screening"),
    path("patients/<int:patient_id>/notes/", notes_page, name="patient-notes"),
    path("patients/<int:patient_id>/activity/", activity, name="patient-activity"),
    path("patients/<int:patient_id>/pathway/", pathway_page, name="pathway"),
    path("patients/<int:patient_id>/reports/new/", add_report_page, name="report-add"),
    path("reports/<int:report_id>/correct/", correct_report_page, name="report-correct"),
    path("reports/<int:report_id>/withdraw/", withdraw_report_page, name="report-withdraw"),
    path("patients/<int:patient_id>/activities/new/", add_activity_page, name="activity-add"),
    path("activities/<int:activity_id>/withdraw/", withdraw_activity_page, name="activity-withdraw"),
    path("patients/<int:patient_id>/allergies/new/", add_allergy_page, name="allergy-add"),
    path("patients/<int:patient_id>/visa/new/", visa_page, name="visa-add"),
    path("allergies/<int:allergy_id>/withdraw/", withdraw_allergy_page, name="allergy-withdraw"),
    path("patients/<int:patient_id>/conditions/new/", add_condition_page, name="condition-add"),
    path("conditions/<int:condition_id>/withdraw/", withdraw_condition_page, name="condition-withdraw"),
    path("book/", booking_start, name="booking-start"),
    path("patients/<int:patient_id>/book/", what_page, name="booking-what"),
    path("patients/<int:patient_id>/book/when/", when_page, name="booking-when"),
    path("patients/<int:patient_id>/book/check/", check_page, name="booking-check"),
    path("patients/<int:patient_id>/book/series/", booking_page, name="booking-series"),
    path("series/<int:series_id>/", series_page, name="visit-series"),
    path("series/<int:series_id>/cancel/", cancel_series_page, name="visit-series-cancel"),
    path("series/<int:series_id>/move/", move_series_page, name="visit-series-move"),
    path("calendar/", calendar, name="calendar"),
    path("calendar/day/", day, name="calendar-day"),
    path("calendar/week/", week, name="calendar-week"),
    path("my-list/", my_list, name="my-list"),
    path("no-outcome/", without_outcome_page, name="outcome-list"),
    path("classes/<int:group_id>/", class_page, name="group-visit"),
    path("classes/<int:group_id>/places/", places_page, name="group-places"),
    path("classes/<int:group_id>/move/", move_class_page, name="group-move"),
    path("classes/<int:group_id>/cancel/", cancel_class_page, name="group-cancel"),
    path("appointments/<int:appointment_id>/", appointment_page, name="appointment"),
    path("appointments/<int:appointment_id>/arrive/", arrive_page, name="appointment-arrive"),
    path("appointments/<int:appointment_id>/no-show/", no_show_page, name="appointment-no-show"),
    path("appointments/<int:appointment_id>/undo/", undo_page, name="appointment-undo"),
    path("appointments/<int:appointment_id>/complete/", fulfil_page, name="appointment-fulfil"),
    path("appointments/<int:appointment_id>/cancel/", cancel_page, name="appointment-cancel"),
    path("appointments/<int:appointment_id>/move/", move_page, name="appointment-move"),
    path("appointments/<int:appointment_id>/targets/", targets_page, name="appointment-targets"),
    path("appointments/<int:appointment_id>/link/", replace, name="appointment-link"),
    path("appointments/<int:appointment_id>/link/open/", open_again, name="appointment-link-open"),
    path("appointments/<int:appointment_id>/consent/withdrawn/", withdraw_consent_page, name="consent-withdraw"),
    path("appointments/<int:appointment_id>/consent/again/", agree_again_page, name="consent-again"),
    path("links/closed/", closed_link_list, name="closed-link-list"),
    path("appointments/<int:appointment_id>/answer/", information_page, name="appointment-answer"),
    path("appointments/<int:appointment_id>/entered-in-error/", enter_in_error_page, name="appointment-error"),
    path("incidents/", incident_list, name="incident-list"),
    path("batches/", batch, name="batch"),
    path("drugs/", drugs, name="drug-list"),
    path("drugs/new/", drug, name="drug-add"),
    path("drugs/<int:drug_id>/", drug, name="drug"),
    path("drugs/<int:drug_id>/box/", box, name="drug-box"),
    path("appointments/<int:appointment_id>/procedure/", start, name="procedure"),
    path("appointments/<int:appointment_id>/procedure/cannot/", cannot, name="procedure-cannot"),
    path("appointments/<int:appointment_id>/procedure/go-on/", go_on, name="procedure-go-on"),
    path("appointments/<int:appointment_id>/procedure/done/", done, name="procedure-done"),
    path("appointments/<int:appointment_id>/procedure/report/", procedure_report, name="procedure-report"),
    path("appointments/<int:appointment_id>/procedure/complication/", complication, name="procedure-complication"),
    path("appointments/<int:appointment_id>/procedure/scan/", scan, name="procedure-scan"),
    path("appointments/<int:appointment_id>/procedure/<slug:step>/", step, name="procedure-step"),
    path("appointments/<int:appointment_id>/aftercare/", sheet, name="aftercare-sheet"),
    path("appointments/<int:appointment_id>/consent-sheet/", consent_sheet, name="consent-sheet"),
    path("appointments/<int:appointment_id>/letters/", letter_list, name="letter-list"),
    path("appointments/<int:appointment_id>/letters/new/", write, name="letter-write"),
    path("letters/<int:letter_id>/", letter, name="filed-letter"),
    path("letters/<int:letter_id>/letter.pdf", letter_file, name="letter-file"),
    path("letters/<int:letter_id>/send/", send, name="letter-send"),
    path("letters/<int:letter_id>/send-on/", send_on, name="letter-send-on"),
    path("clinic/addresses/", addresses, name="address-list"),
    path("clinic/addresses/new/", add_address_page, name="address-add"),
    path("clinic/addresses/<int:address_id>/withdraw/", withdraw_address_page, name="address-withdraw"),
    path("patients/<int:patient_id>/here-now/", here_now, name="here-now"),
    path("patients/<int:patient_id>/late-entry/", late_entry, name="late-entry"),
    path("reviews/", queue, name="review-queue"),
    path("reviews/milder/<int:milder_id>/seen/", seen, name="milder-verdict-seen"),
    path("reviews/<int:appointment_id>/open/", open_case, name="review-open"),
    path("reviews/<int:appointment_id>/", decision, name="decision"),
    path("account/my-mails/", own_mails, name="own-mails"),
    path("calls/", call_list, name="call-list"),
    path("calls/new/", call_news, name="call-news"),
    path("calls/<int:call_id>/", call, name="call"),
    path("recall/", recall_list, name="recall-list"),
    path("recall/<int:appointment_id>/", recall, name="recall"),
    path("waiting/", waiting, name="waiting"),
    path("to-be-moved/times/", moving, name="moving-proposals"),
    path("to-be-moved/closed/new/", outage, name="outage"),
    path("to-be-moved/closed/<int:closure_id>/lift/", lift, name="outage-lift"),
    path("waiting-list/", waiting_list, name="waiting-list"),
    path("waiting-list/free/", free_page, name="waiting-free"),
    path("waiting-list/<int:wish_id>/change/", change_page, name="waiting-change"),
    path("waiting-list/<int:wish_id>/off/", off_page, name="waiting-off"),
    path("waiting-list/<int:wish_id>/book/", book_page, name="waiting-book"),
    path("waiting-list/<int:wish_id>/offer/", offer_page, name="waiting-offer"),
    path("waiting-list/offers/<int:offer_id>/", offer_answer_page, name="waiting-answer"),
    path("patients/<int:patient_id>/waiting-list/", waiting_add_page, name="waiting-add"),
    path("waiting-times/", waiting_times, name="waiting-times"),
    path("physiotherapy/", physiotherapy_list, name="physiotherapy-list"),
    path("appointments/<int:appointment_id>/physiotherapy/", arrange, name="physiotherapy-arrange"),
    path("rules/", rules, name="rules"),
    path("rules/try/", try_page, name="rules-try"),
    path("statistics/", statistics, name="statistics"),
    path("statistics/<slug:name>/", statistic, name="statistic"),
    path("statistics/<slug:name>.csv", statistic_file, name="statistic-file"),
]

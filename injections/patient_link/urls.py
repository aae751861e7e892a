"""The addresses of the patient's pages: everything under one signed link."""

from django.urls import path

from injections.patient_link import door
from injections.patient_link.change_pages import another_page, change_page
from injections.patient_link.letter_pages import own_letter, own_letter_file
from injections.patient_link.pages import (
    answered,
    asked,
    calendar,
    cancel_page,
    confirm_page,
    how_it_goes,
    questions,
    recovered,
    visit,
)

urlpatterns = [
    path("", visit, name="patient-link"),
    path("open/", door.unlock_page, name="patient-open"),
    path("close/", door.lock_page, name="patient-close"),
    path("confirm/", confirm_page, name="patient-confirm"),
    path("change/", change_page, name="patient-change"),
    path("another/", another_page, name="patient-another"),
    path("cancel/", cancel_page, name="patient-cancel"),
    path("appointment.ics", calendar, name="patient-calendar"),
    path("asked/", asked, name="patient-asked"),
    path("questions/", questions, name="patient-questions"),
    path("questions/done/", answered, name="patient-answered"),
    path("letter/", own_letter, name="patient-letter"),
    path("letter/letter.pdf", own_letter_file, name="patient-letter-file"),
    path("recovery/", how_it_goes, name="patient-recovery"),
    path("recovery/done/", recovered, name="patient-recovered"),
]

"""The addresses of the patient's pages: everything under one signed link."""

from django.urls import path

from injections.views import patient_door, patient_pages

urlpatterns = [
    path("", patient_pages.visit, name="patient-link"),
    path("open/", patient_door.unlock, name="patient-open"),
    path("close/", patient_door.lock, name="patient-close"),
    path("confirm/", patient_pages.confirm, name="patient-confirm"),
    path("change/", patient_pages.change, name="patient-change"),
    path("cancel/", patient_pages.cancel, name="patient-cancel"),
    path("appointment.ics", patient_pages.calendar, name="patient-calendar"),
    path("questions/", patient_pages.questions, name="patient-questions"),
    path("questions/done/", patient_pages.answered, name="patient-answered"),
    path("recovery/", patient_pages.how_it_goes, name="patient-recovery"),
    path("recovery/done/", patient_pages.recovered, name="patient-recovered"),
]

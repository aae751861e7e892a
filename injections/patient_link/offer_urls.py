"""The addresses of the pages behind the link of an offer."""

from django.urls import path

from injections.patient_link.offer_pages import answer, offer, unlock

urlpatterns = [
    path("", offer, name="patient-offer"),
    path("open/", unlock, name="patient-offer-open"),
    path("answer/", answer, name="patient-offer-answer"),
]

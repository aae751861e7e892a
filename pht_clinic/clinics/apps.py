"""Registers the app, for its commands."""

from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "pht_clinic.clinics"
    label = "clinics"
    verbose_name = "Several clinics"

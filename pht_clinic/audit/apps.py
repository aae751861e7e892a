"""Registers the audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pht_clinic.audit"
    label = "audit"
    verbose_name = "Audit"

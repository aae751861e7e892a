"""Registers the app of backups."""

from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "pht_clinic.backup"
    label = "backup"
    verbose_name = "Backups"

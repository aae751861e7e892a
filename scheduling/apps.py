"""The mechanism: when, where, who, and telling people. It knows nothing of steroid."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Scheduling"

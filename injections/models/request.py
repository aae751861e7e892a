"""What an appointment is to inject."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from scheduling.models import Appointment


class InjectionRequest(models.Model):
    """What an appointment is to inject: one site, one side, one or more targets there."""

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="injection_request")
    site = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    targets = ArrayField(models.CharField(max_length=20))

    def __str__(self) -> str:
        return f"{self.site} {self.side}"

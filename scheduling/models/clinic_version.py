"""What the clinic says of itself, stored in versions: who said what, and when, stays readable for ever."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel


class ClinicVersion(AppendOnlyModel):
    """One version of the clinic's name, phone, hours, address and emergency words, whole.

    The newest is in force; before the first one the environment says them.
    """

    # of two managers who save at one moment one is told
    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=40)
    hours = models.CharField(max_length=200)
    hours_de = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=200)
    emergency_number = models.CharField(max_length=40)
    emergency_department = models.CharField(max_length=40)
    out_of_hours = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["version"]
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="clinic_version_counts_from_1"),
            # whatever a page forgets: nobody is sent mails that name no phone and no emergency number
            models.CheckConstraint(
                condition=~Q(name="")
                & ~Q(phone="")
                & ~Q(hours="")
                & ~Q(address="")
                & ~Q(emergency_number="")
                & ~Q(emergency_department="")
                & ~Q(out_of_hours=""),
                name="clinic_version_says_all",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"

"""That a person was erased: how to reach them is gone, what was done is kept and shown to few."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.models.patient import Patient


class Erasure(models.Model):
    """One erasure of one person; `record` is the one that is kept, those merged into it count in.

    `reason_code` says why, `reason` in words. What the application's role may remove went with the row itself;
    `finished_at` is when the role of retention had removed the rest, None until then. Nothing takes an erasure back.
    """

    class Why(models.TextChoices):
        ASKED = "asked", "The patient asked for it"
        PERIOD_OVER = "period-over", "It has been kept long enough"
        NOT_A_PATIENT = "not-a-patient", "Never a patient here: registered by mistake"
        OTHER = "other", "Something else"

    record = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="own_erasure")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=20, choices=Why)
    reason = models.TextField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="erasure_unfinished")]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="erasure_says_why")]

    def __str__(self) -> str:
        return f"erasure {self.pk}"

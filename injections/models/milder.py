"""What reception corrected or withdrew so that a verdict became milder, until a radiologist has seen it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from injections.models.recorded import by_whom
from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.models import OfPatientQuerySet, Patient


class MilderVerdict(models.Model):
    """One such change. Never removed: seeing it is noted on it.

    `subject` names the new row as the audit trail does ("injection:12"); `what` and `reason` are what a reader is told.
    `findings` are the findings that went or grew weaker: {"area", "side", "rule", "before", "after"}, a severity each,
    `after` None where nothing is left.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="milder_verdicts")
    subject = models.CharField(max_length=60)
    what = models.TextField()
    reason = models.TextField(blank=True)
    findings = models.JSONField()
    at = models.DateTimeField()
    by = by_whom()
    seen_at = models.DateTimeField(null=True)
    seen_by = by_whom()

    objects = OfPatientQuerySet.as_manager()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(F("id"), condition=Q(seen_at__isnull=True), name="milder_unseen")]

    def __str__(self) -> str:
        return f"milder verdict {self.pk}"

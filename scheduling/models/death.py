"""Deaths that the clinic was told of, and that one of them was a mistake."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.models.patient import Patient


class Death(AppendOnlyModel):
    """That a patient died, as somebody told it; or, with `takes_back`, that this was not so.

    `on` is a FHIR partial date ("2026", "2026-08", "2026-08-14"). What stands is named by the patient's record
    (`Patient.death`); of two records that were merged both name theirs.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="deaths")
    on = models.CharField(max_length=10)
    source = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    takes_back = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="taken_back_by")
    reason = models.TextField(blank=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(on="") & ~Q(source=""), name="death_says_when_and_who_told")]

    def __str__(self) -> str:
        return f"death {self.pk}"

"""Cards that other systems were answered with, and what became of them there. Neither says whom it was about."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel

REASON_SYSTEM: Final = "https://pht-clinic.example/fhir/CodeSystem/override-reason"
"""The code system of our reasons (`injections.words.REASON_CODES`), as a card names it and feedback sends it back."""


class CdsCard(AppendOnlyModel):
    """One card of one answer. `rule` is the rule that found it, or one of the door's own words; `suggestions` are the
    ids of what it suggested. `hook_instance` is the caller's name for its call.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    issuer = models.CharField(max_length=500)
    service = models.CharField(max_length=40)
    hook_instance = models.UUIDField()
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    suggestions = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["at"], name="cds_card_at")]

    def __str__(self) -> str:
        return f"card {self.pk}"


class CdsFeedback(AppendOnlyModel):
    """What somebody did with a card: took suggestions (`accepted`), or passed over it, with a coded reason or without.

    `outcome_at` is the caller's time of it, `at` ours. Of a comment it is kept that there was one, never what it said:
    it may name a patient whom nobody here could find to erase it.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        OVERRIDDEN = "overridden", "overridden"

    card = models.ForeignKey(CdsCard, on_delete=models.PROTECT, related_name="feedback")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    accepted = ArrayField(models.UUIDField(), default=list)
    reason_system = models.CharField(max_length=200, blank=True)
    reason_code = models.CharField(max_length=100, blank=True)
    has_comment = models.BooleanField(default=False)
    outcome_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        constraints = [
            # the same told twice is told once
            models.UniqueConstraint(fields=["card", "outcome", "outcome_at", "reason_code"], name="cds_feedback_once"),
            models.CheckConstraint(condition=Q(outcome__in=["accepted", "overridden"]), name="cds_feedback_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"

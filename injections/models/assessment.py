"""Verdicts as they were reached, and what radiologists decided on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from injections.models.recorded import by_whom
from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.models import Appointment, Patient


class WaitingFor(models.TextChoices):
    """Whose turn it is while findings stand against a visit."""

    NOBODY = "", "nobody"
    ANSWERS = "answers", "answers of the patient, or records of reception's"
    REVIEW = "review", "a radiologist"


class Assessment(AppendOnlyModel):
    """One verdict as it was reached: the facts it saw, its findings, and the version of the rules.

    A refused booking has one without an appointment.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="assessments")
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    by = by_whom()
    occasion = models.CharField(max_length=40)
    override_reason = models.TextField(blank=True)
    facts = models.JSONField()
    verdict = models.CharField(max_length=10)
    findings = models.JSONField()
    review_from = models.DateField(null=True)
    clear_from = models.DateField(null=True)
    waiting_for = models.CharField(max_length=10, blank=True, choices=WaitingFor.choices)
    rules_version = models.CharField(max_length=40)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["appointment", "-id"], name="assessment_newest"),
            models.Index(fields=["patient", "-id"], name="assessment_of_patient"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(waiting_for__in=WaitingFor.values), name="assessment_waits_for_whom")
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}"


class Decision(AppendOnlyModel):
    """What a radiologist decided, on which assessment, and which concerns that covers.

    `for_day` is the clinic-local day that the visit was on then; `assessment/coverage.py` says how far that reaches.
    """

    class Outcome(models.TextChoices):
        APPROVE = "approve", "approved"
        OVERRIDE = "override", "overridden"
        DELAY = "delay", "delayed"
        DECLINE = "decline", "declined"
        ASK = "ask", "asked for information"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="decisions")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.TextField()
    reason_code = models.CharField(max_length=40, blank=True)
    delay_until = models.DateField(null=True)
    for_day = models.DateField()
    covers = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions")

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="decision_of_appointment")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"

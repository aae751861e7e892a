"""Verdicts as they were reached, and what radiologists decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from injections.models.recorded import Recorded, by_whom
from injections.words import GIVERS
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

    Of a question to the patient `question` is what they read, "" where that is the reason itself, and `ask_again` the
    codes of the questions that they shall answer again with it. `own_reason` is why the only radiologist of a clinic
    decided on their own request. `for_day` is the clinic-local day that the visit was on then; `assessment/coverage.py`
    says how far that reaches.
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
    question = models.TextField(blank=True, default="")
    reason_code = models.CharField(max_length=40, blank=True)
    delay_until = models.DateField(null=True)
    for_day = models.DateField()
    ask_again = ArrayField(models.CharField(max_length=40), default=list)
    own_reason = models.TextField(blank=True, default="")
    covers = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions")

    said: Sequence[InformationAnswer] = ()
    """The answers to a question, where `earlier_decisions` read them along."""
    holds: bool
    holds_until: date | None
    """How far it reaches, where `with_reach` looked."""

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="decision_of_appointment")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"

    @property
    def asks(self) -> str:
        """What the patient is asked, as they read it; of a decision that asks nothing its reason."""
        return self.question or self.reason


class InformationAnswer(Recorded):
    """What came back to a radiologist's question: written by the patient or carer by link, or said and typed here."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="information_answers")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()
    answered_by = models.CharField(max_length=12, choices=list(GIVERS.items()))

    class Meta(Recorded.Meta):
        ordering = ["id"]
        verbose_name = "answer to a question"
        verbose_name_plural = "answers to questions"

    def __str__(self) -> str:
        return f"answer {self.pk}"

"""Clinical records. All but requests, plans and calls are append-only: a correction is a new row that supersedes.

Beside them what is kept of work in hand: a procedure's draft, a task's failed tries.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from injections.warning_signs import SIGNS
from pht_clinic.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from scheduling.models import Appointment, Patient


def _by() -> models.ForeignKey[Any, Any]:
    """Who did it; empty for the system and for a patient."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class InjectionRequest(models.Model):
    """What an appointment is to inject: one site, one side, one or more targets there."""

    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="injection_request"
    )
    site = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    targets = ArrayField(models.CharField(max_length=20))

    def __str__(self) -> str:
        return f"{self.site} {self.side}"


class Recorded(AppendOnlyModel):
    """A fact about a patient as somebody recorded it at some time."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")
    recorded_at = models.DateTimeField()
    recorded_by = _by()

    class Meta(AppendOnlyModel.Meta):
        abstract = True


class InjectionQuerySet(AppendOnlyQuerySet["Injection"]):
    def current(self) -> InjectionQuerySet:
        """The rows that stand: not superseded by a correction, not withdrawn."""
        return self.filter(superseded_by__isnull=True).exclude(status=Injection.Status.ENTERED_IN_ERROR)


class Injection(Recorded):
    """An injection as given here (with its appointment), elsewhere, or as the patient reports it.

    `given` is a FHIR partial date ("2026", "2026-08", "2026-08-14") or "" for wholly unknown; steroid None is unknown.
    A correction or withdrawal is a new row whose `supersedes` is the old one.
    """

    class Status(models.TextChoices):
        GIVEN = "given"
        PART_GIVEN = "part-given"
        NOT_GIVEN = "not-given"
        ENTERED_IN_ERROR = "entered-in-error"

    class Origin(models.TextChoices):
        OWN = "own", "here"
        ELSEWHERE = "elsewhere", "elsewhere"
        PATIENT_REPORTED = "patient-reported", "reported by the patient"

    GIVEN = (Status.GIVEN, Status.PART_GIVEN)
    """Something was injected."""

    site = models.CharField(max_length=40)
    side = models.CharField(max_length=10)
    targets = ArrayField(models.CharField(max_length=20), default=list)
    given = models.CharField(max_length=10, blank=True)
    steroid = models.BooleanField(null=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.GIVEN)
    origin = models.CharField(max_length=20, choices=Origin.choices)
    recorded_on = models.DateField()
    drug = models.CharField(max_length=100, blank=True)
    dose_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    note = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    # of our own procedures only
    appointment = models.ForeignKey(
        Appointment, null=True, on_delete=models.PROTECT, related_name="injections"
    )
    assessment = models.ForeignKey("Assessment", null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    strength_mg_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    volume_ml = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    batch = models.CharField(max_length=50, blank=True)
    expires_on = models.DateField(null=True)
    complications = models.TextField(blank=True)
    rest_hours = models.PositiveSmallIntegerField(null=True)
    rest_reason = models.TextField(blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    local_anaesthetic = models.JSONField(null=True)
    consent = models.JSONField(default=dict)
    checked_today = models.JSONField(default=dict)

    objects = InjectionQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="injection_of_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(supersedes__isnull=True),
                name="one_procedure_per_appointment",
            ),
        ]

    def __str__(self) -> str:
        return f"injection {self.pk}"

    @property
    def stands(self) -> bool:
        """As `current()` of the query set; read `superseded_by` along with it, or this asks the database."""
        return not hasattr(self, "superseded_by") and self.status != self.Status.ENTERED_IN_ERROR


class ByAreaAndSideQuerySet(AppendOnlyQuerySet[Any]):
    def fitting(self, *, area: str | None = None, side: str | None = None) -> ByAreaAndSideQuerySet:
        """What counts for an area and side, newest first. None asks for any of them, "" for what names none."""
        rows = self.order_by("-pk")
        if area is not None:
            rows = rows.filter(area__in=("", area))
        if side is not None:
            rows = rows.filter(side__in=("", "both", "unknown", side))
        return rows


class ByAreaAndSide(Recorded):
    """A record that belongs to an area and a side; "" fits every area or both sides."""

    area = models.CharField(max_length=30, blank=True)
    side = models.CharField(max_length=10, blank=True)

    objects = ByAreaAndSideQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Recorded.Meta):
        abstract = True


class Screening(ByAreaAndSide):
    """One version of the patient's answers (the screening section of the batch check); the newest that fits counts."""

    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200)
    content = models.JSONField()

    class Meta(ByAreaAndSide.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "-id"], name="screening_newest")]

    def __str__(self) -> str:
        return f"screening {self.pk}"


class Pathway(ByAreaAndSide):
    """One version of the way to this injection (the pathway section of the batch check); the newest that fits counts.

    `loading_stage` is the physiotherapy's stage of tendon loading, 1 isometric to 4 energy storage and release; it
    informs the radiologist, like the treatments tried, and decides nothing.
    """

    content = models.JSONField()
    loading_stage = models.PositiveSmallIntegerField(null=True)
    treatments_tried = ArrayField(models.CharField(max_length=40), default=list)

    class Meta(ByAreaAndSide.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "-id"], name="pathway_newest")]

    def __str__(self) -> str:
        return f"pathway {self.pk}"


class ImagingReport(Recorded):
    """An ultrasound or MRI report in structured form."""

    modality = models.CharField(max_length=20)
    area = models.CharField(max_length=30)
    side = models.CharField(max_length=10)
    performed_on = models.DateField()
    tendinopathy = models.CharField(max_length=3)
    bursitis = models.CharField(max_length=3)
    tear = models.CharField(max_length=10)
    tear_grade = models.CharField(max_length=20, blank=True)
    tear_size_mm = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    other_diagnosis = models.CharField(max_length=40)
    reported_by = models.CharField(max_length=200, blank=True)

    class Meta(Recorded.Meta):
        ordering = ["performed_on", "id"]
        indexes = [models.Index(fields=["patient", "performed_on"], name="report_of_patient")]

    def __str__(self) -> str:
        return f"report {self.pk}"


class PlannedActivity(models.Model):
    """Something the patient plans that loads the tendon: sport, travel, manual work. Withdrawn, never deleted."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="activities")
    kind = models.CharField(max_length=20)
    start_at = models.DateTimeField()
    agreed_to_move = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = _by()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(Recorded.Meta):
        ordering = ["start_at", "id"]
        verbose_name_plural = "planned activities"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Assessment(AppendOnlyModel):
    """One verdict as it was reached: the facts it saw, its findings, and the version of the rules.

    A refused booking has one without an appointment. `waiting_for` says whose turn it is while findings stand:
    "" nobody's, "answers" reception's or the patient's, "review" a radiologist's.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="assessments")
    appointment = models.ForeignKey(
        Appointment, null=True, on_delete=models.PROTECT, related_name="assessments"
    )
    at = models.DateTimeField()
    by = _by()
    occasion = models.CharField(max_length=40)
    override_reason = models.TextField(blank=True)
    facts = models.JSONField()
    verdict = models.CharField(max_length=10)
    findings = models.JSONField()
    review_from = models.DateField(null=True)
    clear_from = models.DateField(null=True)
    waiting_for = models.CharField(max_length=10, blank=True)
    rules_version = models.CharField(max_length=40)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["appointment", "-id"], name="assessment_newest"),
            models.Index(fields=["patient", "-id"], name="assessment_of_patient"),
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}"


class Decision(AppendOnlyModel):
    """What a radiologist decided, on which assessment, and which concerns that covers."""

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
    covers = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions"
    )

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="decision_of_appointment")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"


class RecoveryAnswer(Recorded):
    """What a patient answered by link after an injection visit; every answer is a row of its own.

    `question` is which of the clinic's questions it answers. `pain` runs from 0 to 10; `change` and the two abilities
    compare with the time before the injection. Whoever ticks one of the `signs` (codes of `injections.warning_signs`)
    need not answer the rest.
    """

    class Question(models.TextChoices):
        FLARE_CHECK = "flare-check", "the day after"
        DAY_4 = "day-4", "day 4"
        TWO_WEEKS = "recovery-14d", "2 weeks"
        SIX_WEEKS = "recovery-6wk", "6 weeks"
        THREE_MONTHS = "recovery-3mo", "3 months"

    class Change(models.TextChoices):
        BETTER = "better", "better"
        SAME = "same", "the same"
        WORSE = "worse", "worse"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="recovery_answers")
    question = models.CharField(max_length=20, choices=Question.choices)
    pain = models.PositiveSmallIntegerField(null=True)
    change = models.CharField(max_length=10, choices=Change.choices, blank=True)
    sitting = models.CharField(max_length=10, choices=Change.choices, blank=True)
    moving = models.CharField("running or walking", max_length=10, choices=Change.choices, blank=True)
    signs = ArrayField(models.CharField(max_length=40), default=list)
    answered_at = models.DateTimeField()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="recovery_of_patient")]
        constraints = [models.CheckConstraint(condition=Q(pain__lte=10), name="recovery_pain_up_to_10")]

    def __str__(self) -> str:
        return f"recovery answer {self.pk}"

    @property
    def sign_words(self) -> list[str]:
        """The signs as the patient read them."""
        return [SIGNS[code].text for code in self.signs]


class Call(models.Model):
    """An entry of the call list: somebody must phone the patient, and say here what came of it."""

    class Why(models.TextChoices):
        RED_FLAG = "red-flag", "a red-flag answer"
        WARNING_SIGN = "warning-sign", "a warning sign after an injection"
        COMPLICATION = "complication", "a complication of an injection"
        UNDECIDED = "undecided", "a visit cancelled because nobody decided in time"
        NOT_BETTER = "not-better", "not better some weeks after an injection"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="calls")
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="calls")
    why = models.CharField(max_length=20, choices=Why.choices)
    rule = models.CharField(max_length=40, blank=True)
    say = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = _by()
    spoke_to = models.CharField(max_length=200, blank=True)
    said = models.TextField(blank=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["opened_at", "id"]
        constraints = [
            # one open call for one reason: asking twice does not make two phone calls
            models.UniqueConstraint(
                fields=["patient", "why", "rule"], condition=Q(closed_at__isnull=True), name="one_open_call"
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"


class Note(Recorded):
    """What colleagues should know of a patient, in somebody's own words. It decides nothing and is never edited."""

    text = models.TextField()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "-id"], name="note_of_patient")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class ProcedureDraft(models.Model):
    """What the steps of a procedure hold while nobody has recorded it: typed, not yet said. No clinical record.

    `steps` maps the name of a step to what its form sent. Removed when the visit is recorded, and some days later.
    """

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="procedure_draft")
    steps = models.JSONField(default=dict)
    changed_at = models.DateTimeField(db_index=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"draft of {self.appointment_id}"


class FailedTry(models.Model):
    """A row that failed in a task, and when it is tried next; removed once it succeeds. Written by `tries.py` alone."""

    task = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "row_id"], name="one_next_try")]

    def __str__(self) -> str:
        return f"{self.task} {self.row_id}"

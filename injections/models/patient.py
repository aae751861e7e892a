"""What is known of a patient: answers, pathway, reports, plans, notes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from injections.models.recorded import ByAreaAndSide, Correctable, Recorded, by_whom
from scheduling.models import OfPatientQuerySet, Patient


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
    informs the radiologist and decides nothing. Of the `treatments_tried` an earlier injection is judged.
    `reason_is_clinicians`: why physiotherapy is not possible was said by a clinician. `examined_by` and `examined_on`:
    who found what an examination found, and when; without them it is who recorded it, when it was recorded.
    """

    content = models.JSONField()
    loading_stage = models.PositiveSmallIntegerField(null=True)
    treatments_tried = ArrayField(models.CharField(max_length=40), default=list)
    reason_is_clinicians = models.BooleanField(default=False)
    examined_by = models.CharField(max_length=200, blank=True, default="")
    examined_on = models.DateField(null=True)

    class Meta(ByAreaAndSide.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "-id"], name="pathway_newest")]

    def __str__(self) -> str:
        return f"pathway {self.pk}"


class ImagingReport(Correctable):
    """An ultrasound or MRI report in structured form, with what was written beside it.

    Of a joint `tendinopathy`, `bursitis` and `tear` may be "": the report does not speak of them. What is of a joint
    alone, `tendon`, the grade of a tendinopathy and the texts are shown and judged by nobody; "" was not said.
    """

    modality = models.CharField(max_length=20)
    area = models.CharField(max_length=30)
    side = models.CharField(max_length=10)
    performed_on = models.DateField()
    tendon = models.CharField(max_length=100, blank=True)
    tendinopathy = models.CharField(max_length=3, blank=True)
    tendinopathy_grade = models.CharField(max_length=20, blank=True)
    bursitis = models.CharField(max_length=3, blank=True)
    tear = models.CharField(max_length=10, blank=True)
    tear_grade = models.CharField(max_length=20, blank=True)
    tear_size_mm = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    effusion = models.CharField(max_length=3, blank=True)
    osteoarthritis = models.CharField(max_length=10, blank=True)
    labral_tear = models.CharField(max_length=3, blank=True)
    sacroiliitis = models.CharField(max_length=3, blank=True)
    other_diagnosis = models.CharField(max_length=40)
    other_diagnosis_text = models.CharField(max_length=200, blank=True)
    findings = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    reported_by = models.CharField(max_length=200, blank=True)

    class Meta(Correctable.Meta):
        ordering = ["performed_on", "id"]
        indexes = [models.Index(fields=["patient", "performed_on"], name="report_of_patient")]

    def __str__(self) -> str:
        return f"report {self.pk}"


class PlannedActivity(models.Model):
    """Something the patient plans that loads the tendon: sport, a race, travel, work. Withdrawn, never deleted."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="activities")
    kind = models.CharField(max_length=20)
    start_at = models.DateTimeField()
    agreed_to_move = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = by_whom()
    withdrawn_at = models.DateTimeField(null=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta(Recorded.Meta):
        ordering = ["start_at", "id"]
        verbose_name_plural = "planned activities"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Note(Recorded):
    """What colleagues should know of a patient, in somebody's own words. It decides nothing and is never edited."""

    text = models.TextField()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "-id"], name="note_of_patient")]

    def __str__(self) -> str:
        return f"note {self.pk}"

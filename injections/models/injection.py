"""Injections given here or elsewhere, and procedures that are not recorded yet."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from injections.models.recorded import Recorded, RecordedQuerySet
from injections.safety.visit import MOST
from scheduling.models import Appointment


class InjectionQuerySet(RecordedQuerySet["Injection"]):
    def current(self) -> InjectionQuerySet:
        """The rows that stand: not superseded by a correction, not withdrawn."""
        return self.filter(superseded_by__isnull=True).exclude(status=Injection.Status.ENTERED_IN_ERROR)

    def given(self) -> InjectionQuerySet:
        """Of those that stand: where something was injected."""
        return self.current().filter(status__in=Injection.GIVEN)


class Injection(Recorded):
    """An injection as given here (with its appointment), elsewhere, or as the patient reports it.

    `given` is a FHIR partial date ("2026", "2026-08", "2026-08-14") or "" for wholly unknown; steroid None is unknown.
    A correction or withdrawal is a new row whose `supersedes` is the old one. Of our own: `checked_at` is when the
    checks of `checked_today` were made, null where nobody said; `checks_seen_by` who made them; `number`, from 0, which
    of the visit's injections it is. `listed_drug` and `listed_anaesthetic` are the drugs of the clinic's list; null
    where it did not know them. `time_out_with` and `sign_out_with` name the second person at the checks and at the end,
    "" where none was named.
    """

    class Status(models.TextChoices):
        GIVEN = "given"
        PART_GIVEN = "part-given"
        NOT_GIVEN = "not-given"
        ENTERED_IN_ERROR = "entered-in-error"

    class NotGivenBecause(models.TextChoices):
        """The kinds of reason for which it did not go ahead, as `reason_code` holds them."""

        NO_CONSENT = "no-consent", "The patient does not consent"
        UNWELL = "unwell", "Unwell, an infection or antibiotics"
        SKIN = "skin-not-whole", "The skin over the area is not whole"
        SCAN = "scan-finding", "What the scan shows speaks against it"
        FINDING = "safety-finding", "A medicine, an allergy or another finding speaks against it"
        BETTER = "better", "Better: not needed any more"
        NOT_TOLERATED = "not-tolerated", "Begun, and stopped before anything was injected"
        NOTHING_TO_USE = "nothing-to-use", "A drug or a piece of equipment was missing"
        OTHER = "other", "Another reason, in words"

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
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    # of our own procedures only
    number = models.PositiveSmallIntegerField(default=0, db_default=0)
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="injections")
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
    checked_at = models.DateTimeField(null=True)
    checks_seen_by = models.CharField(max_length=200, blank=True)
    precautions = ArrayField(models.CharField(max_length=20), default=list)
    technique = models.JSONField(default=dict)
    time_out_with = models.CharField(max_length=200, blank=True)
    sign_out_with = models.CharField(max_length=200, blank=True)
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    listed_drug = models.ForeignKey("Drug", null=True, on_delete=models.PROTECT, related_name="+")
    listed_anaesthetic = models.ForeignKey("Drug", null=True, on_delete=models.PROTECT, related_name="+")

    objects = InjectionQuerySet.as_manager()  # type: ignore[misc]  # the base's has another type

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="injection_of_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "number"],
                condition=Q(supersedes__isnull=True),
                name="one_record_of_each_injection_of_a_visit",
            ),
            models.CheckConstraint(condition=Q(number__lt=MOST), name="at_most_three_at_one_visit"),
        ]

    def __str__(self) -> str:
        return f"injection {self.pk}"

    @property
    def why_not_given(self) -> str:
        """Why nothing was injected, the kind of reason before its words; "" where nobody said. What a correction says
        is why it was corrected.
        """
        label = dict(self.NotGivenBecause.choices).get(self.reason_code, "")
        said = (label, self.reason if self.supersedes_id is None else "")
        return ": ".join(str(one) for one in said if one)

    @property
    def stands(self) -> bool:
        """As `current()` of the query set; read `superseded_by` along with it, or this asks the database."""
        return not hasattr(self, "superseded_by") and self.status != self.Status.ENTERED_IN_ERROR


class Incident(Recorded):
    """What was out of the ordinary about one procedure that was recorded as it was, and why.

    `what` is a list of {"pointer", "detail"}: the field of the procedure, and a sentence with its numbers and dates.
    """

    injection = models.OneToOneField(Injection, on_delete=models.PROTECT, related_name="incident")
    what = models.JSONField()
    reason_code = models.CharField(max_length=40)
    reason = models.TextField(blank=True)

    class Meta(Recorded.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["patient", "id"], name="incident_of_patient")]

    def __str__(self) -> str:
        return f"incident {self.pk}"


class Complication(Recorded):
    """What came of an injection given here, added to what was recorded of it. `on` is the local day it was noticed."""

    class Kind(models.TextChoices):
        INFECTION = "infection", "Infection"
        BLEED = "bleed", "Bleeding or a large bruise"
        FAINT = "faint", "Faint"
        NERVE_BLOCK = "nerve-block", "Numb or weak leg, nerve block"
        RUPTURE = "rupture", "Rupture of the tendon"
        ALLERGY = "allergy", "Allergic reaction"
        WRONG_SIDE = "wrong-side", "Wrong side or site"
        WRONG_PATIENT = "wrong-patient", "Wrong patient"
        OTHER = "other", "Something else"

    class Severity(models.TextChoices):
        MILD = "mild", "Mild, passed by itself"
        MODERATE = "moderate", "Moderate, needed treatment"
        SEVERE = "severe", "Severe, hospital or lasting harm"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="complications")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    on = models.DateField()
    note = models.TextField(blank=True)

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["appointment", "id"], name="complication_of_appointment")]

    def __str__(self) -> str:
        return f"complication {self.pk}"


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

"""Clinical letters as they were filed, to whom they may go, and physiotherapy that was arranged elsewhere."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from injections.models.injection import Injection
from injections.models.recorded import Recorded, by_whom
from scheduling.models import Appointment


class ClinicalLetter(Recorded):
    """One version of a letter about an injection given here; the older ones stay as they were sent.

    `injection` is the record that stood when it was written: one that was corrected since has no letter of its own yet.
    `content` is everything that it says, as it is rendered; only its date follows from `recorded_at`. Versions count up
    by visit and kind, whatever was corrected in between.
    """

    class Kind(models.TextChoices):
        GP = "gp", "To the GP or referrer"
        PHYSIOTHERAPIST = "physiotherapist", "To the treating physiotherapist"
        PATIENT_COPY = "patient-copy", "Copy for the patient"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="clinical_letters")
    injection = models.ForeignKey(Injection, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    version = models.PositiveSmallIntegerField()
    paragraph = models.TextField(blank=True)
    content = models.JSONField()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["appointment", "kind", "version"], name="one_letter_of_a_version")
        ]
        indexes = [models.Index(fields=["patient", "-id"], name="letter_of_patient")]
        verbose_name = "letter"

    def __str__(self) -> str:
        return f"letter {self.pk}"

    @property
    def is_for_the_patient(self) -> bool:
        """Whether it goes to the patient, and to nobody else."""
        return self.kind == self.Kind.PATIENT_COPY


class ConfirmedAddress(models.Model):
    """An address to which letters may go as attachments: a manager has looked whose it is, and said so.

    `email` is kept in small letters, and stands once; `whose` is that in words. Nothing is deleted: a row is withdrawn,
    by whom, when and why, and the same address may be confirmed again as another row.
    """

    email = models.EmailField()
    whose = models.CharField(max_length=120)
    confirmed_at = models.DateTimeField()
    confirmed_by = by_whom()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = by_whom()
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["whose", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(withdrawn_at__isnull=True), name="one_confirmation_of_an_address"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="address_withdrawn_by_somebody",
            ),
        ]
        verbose_name = "confirmed address"
        verbose_name_plural = "confirmed addresses"

    def __str__(self) -> str:
        return f"{self.whose}, {self.email}"


class PhysiotherapyArranged(Recorded):
    """Somebody saw to it that physiotherapy follows an injection, elsewhere or not at all: the task is ticked off."""

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="physiotherapy_arranged")
    note = models.TextField()

    class Meta(Recorded.Meta):
        ordering = ["id"]
        verbose_name = "arranged physiotherapy"
        verbose_name_plural = "arranged physiotherapy"

    def __str__(self) -> str:
        return f"physiotherapy after visit {self.appointment_id}"

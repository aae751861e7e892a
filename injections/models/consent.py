"""That a patient no longer agrees to an injection that is booked."""

from __future__ import annotations

from django.db import models

from injections.models.recorded import Correctable
from scheduling.models import Appointment


class ConsentWithdrawal(Correctable):
    """A patient withdrew consent to the injection of a visit: who said so, how the clinic heard it, and what was said.

    The row that takes its place is a withdrawal of it: the patient agrees again, and `reason` says since when and how.
    """

    class How(models.TextChoices):
        IN_PERSON = "in-person", "in person"
        PHONE = "phone", "by phone"
        IN_WRITING = "in-writing", "in writing"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="consent_withdrawals")
    said_by = models.CharField(max_length=200)
    how = models.CharField(max_length=12, choices=How.choices)
    said = models.TextField(blank=True)

    class Meta(Correctable.Meta):
        ordering = ["id"]
        indexes = [
            models.Index(fields=["appointment", "id"], name="consent_withdrawal_of"),
            models.Index(fields=["patient", "id"], name="consent_withdrawal_by"),
        ]
        verbose_name = "withdrawn consent"
        verbose_name_plural = "withdrawn consents"

    def __str__(self) -> str:
        return f"withdrawn consent {self.pk}"

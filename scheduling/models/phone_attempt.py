"""Attempts to say a message on the phone that reached nobody."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.models.message import Message


class PhoneAttempt(AppendOnlyModel):
    """Somebody phoned about a message, and did not say what it says: its task stays open.

    `call_back_at` is when whoever was reached asked to be called back, None of every other attempt.
    """

    class How(models.TextChoices):
        NO_ANSWER = "no-answer", "no answer"
        LEFT_MESSAGE = "left-message", "left a message without details"
        WRONG_NUMBER = "wrong-number", "the number is wrong"
        CALL_BACK = "call-back", "asked to be called back"

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="phone_attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=12, choices=How)
    call_back_at = models.DateTimeField(null=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how__in=["no-answer", "left-message", "wrong-number"], call_back_at__isnull=True)
                | Q(how="call-back", call_back_at__isnull=False),
                name="phone_attempt_says_when_to_call_back",
            )
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} at message {self.message_id}"

"""What a mail provider told of mails that it took."""

from __future__ import annotations

from django.db import models

from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.models.message import Message


class MailNews(AppendOnlyModel):
    """One piece of news about one message, as a provider told it; told again it does nothing (`key`).

    `at` is when it happened by the provider's clock, `heard_at` when we were told. `said` are its own words, or those
    of the mailbox's server, "" for none.
    """

    class Kind(models.TextChoices):
        DELIVERED = "delivered", "Delivered to the mailbox"
        BOUNCED = "bounced", "Came back"
        REFUSED = "refused", "Not sent by the provider"
        COMPLAINED = "complained", "Reported as unwanted"

    key = models.CharField(max_length=64, unique=True)
    provider = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="news")
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    said = models.CharField(max_length=200, blank=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

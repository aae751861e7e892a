"""Webhooks: to which addresses of other systems it is told that something happened, what happened, and what became of
telling it.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel

_NONE: Final = ""


class WebhookEndpoint(models.Model):
    """An address of another system that wants to know of these verbs of the audit trail.

    `secret` signs what goes there and, until `old_secret_until`, `old_secret` beside it; both are encrypted, and the
    old one is "" where there is none. While it is paused, what happens is kept for it, as long as any event is tried;
    `why` says what paused it, "" for somebody's own wish. Since `ended_at` nothing happens for it, and its secret is
    gone. `failing_since` is when it first did not take something, null since it last took one; nothing is sent there
    before `rests_until`. `revision` is raised with every change of what its form shows.
    """

    url = models.CharField(max_length=500)
    used_for = models.CharField(max_length=100)
    verbs = ArrayField(models.CharField(max_length=60))
    secret = models.TextField()
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    paused_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        verbose_name = "webhook"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(url__startswith="https://"), name="webhook_address_is_https"),
            models.CheckConstraint(condition=Q(verbs__len__gt=0), name="webhook_wants_something"),
            models.CheckConstraint(
                condition=Q(ended_at=None) & ~Q(secret=_NONE)
                | Q(ended_at__isnull=False, secret=_NONE, old_secret=_NONE),
                name="webhook_has_a_secret_till_its_end",
            ),
            models.CheckConstraint(
                condition=Q(old_secret=_NONE, old_secret_until=None)
                | ~Q(old_secret=_NONE) & Q(old_secret_until__isnull=False),
                name="webhook_old_secret_ends",
            ),
            models.CheckConstraint(condition=Q(why="") | Q(paused_at__isnull=False), name="webhook_paused_with_why"),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class WebhookEvent(AppendOnlyModel):
    """Something that happened and that an endpoint wanted to know of: what an entry of the audit trail tells.

    A trigger writes it in the transaction of that entry, with a delivery for each endpoint (migration 0031), whatever
    wrote the entry.
    """

    uid = models.UUIDField(unique=True)
    entry_id = models.BigIntegerField(unique=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, blank=True)
    patient_ids = ArrayField(models.BigIntegerField(), default=list)
    occurred_at = models.DateTimeField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        # serves the removal of old ones
        indexes = [models.Index(fields=["occurred_at"], name="webhook_event_occurred")]

    def __str__(self) -> str:
        return f"webhook event {self.pk}"

    @property
    def public_id(self) -> str:
        """What receivers know it by: `webhook-id`."""
        return f"evt_{self.uid}"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint.

    `due_at` is when it is tried (next), until `expires_at`. `attempts` counts all tries and fences each; `tries` those
    since somebody last asked for them, from which the waiting follows. `answered` is the status of the last answer,
    null where none came; `reason` says in words why it was not taken.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Delivered"
        FAILED = "failed", "Not delivered"
        SKIPPED = "skipped", "Not sent"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.PROTECT, related_name="deliveries")
    status = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    answered = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        ordering = ["-event_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_webhook_delivery_each"),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "sending", "sent", "failed", "skipped"]),
                name="webhook_delivery_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="sending", lease_expires_at__isnull=False)
                | ~Q(status="sending") & Q(lease_expires_at__isnull=True),
                name="webhook_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="webhook_delivery_sent_when",
            ),
        ]
        indexes = [
            # serves the claim, and what expires
            models.Index(fields=["due_at", "id"], condition=Q(status="queued"), name="webhook_queued_due"),
            # serves the end of leases
            models.Index(fields=["id"], condition=Q(status="sending"), name="webhook_leases"),
        ]

    def __str__(self) -> str:
        return f"webhook delivery {self.pk}"

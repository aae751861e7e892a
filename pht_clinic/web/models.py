"""The answers already given to requests that carried an Idempotency-Key."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """One key of one user on one path, with the first answer; it counts for 24 hours.

    `status` is null only inside the transaction that is still working the answer out.
    `patient_ids` and `viewed_what` let a repeated answer be audited like the first one.
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True, default="")
    body = models.TextField(blank=True, default="")
    location = models.CharField(max_length=200, blank=True, default="")
    patient_ids = models.JSONField(default=list, blank=True)
    viewed_what = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "path", "key"], name="web_idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return f"key {self.pk}"

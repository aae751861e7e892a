"""What was going to be removed because it had been kept long enough, and what was."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RetentionRun(models.Model):
    """One report of what is due, and the removal of just that.

    `due` says of each kind, by its name, up to which instant it goes (`until`, ISO 8601, exclusive) and how many rows
    that were (`rows`); nothing goes before `remove_from`. `removed` counts what went so far, by kind; `finished_at` is
    None until all of it has.
    """

    reported_at = models.DateTimeField()
    remove_from = models.DateTimeField()
    due = models.JSONField()
    removed = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            # of two that report at one moment one does
            models.UniqueConstraint(
                models.Value(1), condition=Q(finished_at__isnull=True), name="one_open_retention_run"
            )
        ]

    def __str__(self) -> str:
        return f"retention run {self.pk}"

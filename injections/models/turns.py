"""Rows that failed in a task, and when each is tried again."""

from __future__ import annotations

from django.db import models


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

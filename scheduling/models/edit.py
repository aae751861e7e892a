"""What a record said before somebody changed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel


class RecordEdit(AppendOnlyModel):
    """One change of a record that forms edit: the values that it replaced, and those that it put there, by the column,
    as JSON; `after` is empty of what was changed before it was kept.

    `record` names it as the audit trail does, "room:3"; `revision` is the one that the change made, 2 for the first.
    """

    record = models.CharField(max_length=60)
    revision = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["record", "revision"]
        constraints = [
            # of two who save at one moment one is told; it also finds what came after a revision
            models.UniqueConstraint(fields=["record", "revision"], name="one_edit_per_revision"),
            models.CheckConstraint(condition=Q(revision__gte=2), name="edit_makes_a_later_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.record}, revision {self.revision}"

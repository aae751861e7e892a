"""The clinic's own wording of its messages, stored in versions: what was written stays readable for ever."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pht_clinic.audit.append_only import AppendOnlyModel


class Wording(AppendOnlyModel):
    """One version of the words that a clinic may choose in one kind of message, named by its template.

    The newest version is the one in use. An empty part is the standard one; all three empty is the standard wording.
    `reason` says why it was changed.
    """

    template = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    subject_line = models.CharField(max_length=200, blank=True)
    opening = models.TextField(blank=True)
    closing = models.TextField(blank=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["template", "version"]
        constraints = [
            # of two managers who save at one moment one is told; it also finds the newest version of a template
            models.UniqueConstraint(fields=["template", "version"], name="one_wording_per_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="wording_version_counts_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.template} version {self.version}"

    @property
    def is_standard(self) -> bool:
        """Whether this version is the standard wording again."""
        return not (self.subject_line or self.opening or self.closing)

"""Records that may be of one person, and those that were merged because they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce, Greatest, Least

from scheduling.models.patient import Patient

UNDONE_WITHIN: Final = timedelta(days=30)
"""How long after it a merge can be taken back."""


class PossibleDuplicateQuerySet(models.QuerySet["PossibleDuplicate"]):
    def by_standing_records(self) -> models.QuerySet[Any]:
        """With `low` and `high`, the ids of the two records that stand today for those named."""
        one, other = (Coalesce(f"{name}__merged_into", name) for name in ("one", "other"))
        return self.annotate(low=Least(one, other), high=Greatest(one, other))

    def undecided(self) -> PossibleDuplicateQuerySet:
        """What nobody has decided on, each pair of standing records once; not what is one record meanwhile."""
        named = self.filter(closed_at=None).by_standing_records().filter(low__lt=F("high"))
        first = named.order_by().values("low", "high").annotate(first=Min("pk"))
        return PossibleDuplicate.objects.filter(pk__in=first.values("first"))


class PossibleDuplicate(models.Model):
    """Two records that may be of one person: reported by somebody, or found by the nightly search.

    `one` is the record registered first. A merge does not close it: taken back, the pair waits again. `noted_by` is
    None where the search found it. Once somebody said why they are two people it stays closed for the search.
    """

    one = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    objects = PossibleDuplicateQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="possible_duplicate_in_order"),
            models.UniqueConstraint(
                fields=["one", "other"], condition=Q(closed_at=None), name="possible_duplicate_waits_once"
            ),
        ]

    def __str__(self) -> str:
        return f"possible duplicate {self.pk}"


class DuplicateSearch(models.Model):
    """A search for duplicates among all records, in steps: those with ids up to `up_to_id` are compared.

    `ended_at` is None while it goes on.
    """

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    up_to_id = models.BigIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "duplicate searches"

    def __str__(self) -> str:
        return f"search for duplicates {self.pk}"


class Merge(models.Model):
    """A record that was merged into another, with what is needed to take that back.

    `before` holds the details of both as they were, `after` those of the one that stands as the merge left them.
    `brought` names, by model, the rows that the merge gave to the record that stands; `newest`, by model, the highest
    id there was: whatever has a higher one came after the merge.
    """

    source = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField()
    after = models.JSONField()
    brought = models.JSONField()
    newest = models.JSONField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at=None), name="one_merge_that_holds")
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"

    @property
    def undone_until(self) -> datetime:
        """When it is too late to take it back."""
        return self.at + UNDONE_WITHIN

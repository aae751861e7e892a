"""A fact as somebody recorded it at some time: a correction is a new row that supersedes."""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.db import models

from pht_clinic.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from scheduling.models import OfPatient, Patient

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


def by_whom() -> models.ForeignKey[Any, Any]:
    """Who did it; empty for the system and for a patient."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class RecordedQuerySet(OfPatient, AppendOnlyQuerySet[_Row]):
    """A query set of what was recorded of patients."""


class Recorded(AppendOnlyModel):
    """A fact about a patient as somebody recorded it at some time."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")
    recorded_at = models.DateTimeField()
    recorded_by = by_whom()

    objects = RecordedQuerySet.as_manager()  # type: ignore[misc]  # of an abstract model

    class Meta(AppendOnlyModel.Meta):
        abstract = True


class ByAreaAndSide(Recorded):
    """A record that belongs to an area and a side; "" fits every area or both sides."""

    area = models.CharField(max_length=30, blank=True)
    side = models.CharField(max_length=10, blank=True)

    class Meta(Recorded.Meta):
        abstract = True


class CorrectableQuerySet(RecordedQuerySet[_Row]):
    """A query set of records that a later one may take the place of."""

    def current(self) -> CorrectableQuerySet[_Row]:
        """The rows that stand: not superseded by a correction, not withdrawn."""
        return self.filter(superseded_by__isnull=True, is_withdrawn=False)


class Correctable(Recorded):
    """A record that can be corrected or withdrawn, with a reason: each is a new row whose `supersedes` is the old one.

    A withdrawal repeats what it withdraws and says so.
    """

    is_withdrawn = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    objects = CorrectableQuerySet.as_manager()  # type: ignore[misc]  # of an abstract model

    class Meta(Recorded.Meta):
        abstract = True

    @property
    def stands(self) -> bool:
        """As `current()` of the query set; read `superseded_by` along with it, or this asks the database."""
        return not hasattr(self, "superseded_by") and not self.is_withdrawn

"""Patients, and records that were merged into others."""

from __future__ import annotations

from typing import Self, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class PatientQuerySet(models.QuerySet["Patient"]):
    def records_of(self, kept: int) -> PatientQuerySet:
        """The records that count for this patient: the one kept and those merged into it."""
        return self.filter(Q(pk=kept) | Q(merged_into=kept))


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class OfPatient:
    """For query sets of models whose rows have a `patient`."""

    def of_patient(self, patient_id: int) -> Self:
        """What belongs to the patient who is kept; merged records count in."""
        records = Patient.objects.records_of(patient_id)
        found: Self = self.filter(patient__in=records)  # type: ignore[attr-defined]  # of a query set, by its docstring
        return found


class OfPatientQuerySet(OfPatient, models.QuerySet[_Row]):
    """A query set with that and nothing else."""


class Patient(models.Model):
    """Identity and contact of one person. Clinical facts hang off it in `injections`."""

    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    nhs_number = models.CharField("NHS number", max_length=10, null=True, blank=True, unique=True)
    email_opt_in = models.BooleanField(default=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from")
    registered_at = models.DateTimeField()

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            # both serve the search that forgives typing slips
            GinIndex(OpClass(Lower("family_name"), name="gin_trgm_ops"), name="patient_family_name_trgm"),
            GinIndex(OpClass(Lower("given_name"), name="gin_trgm_ops"), name="patient_given_name_trgm"),
            models.Index(fields=["date_of_birth"], name="patient_date_of_birth"),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def kept_id(self) -> int:
        """The record that counts for this person: itself, or the one it was merged into."""
        return self.merged_into_id or self.pk

    @property
    def kept(self) -> Patient:
        """As `kept_id`, as an object; reads it from the database for a merged record only."""
        return self.merged_into or self

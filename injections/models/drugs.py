"""The drugs that a clinic injects, as a manager lists them, and the box of each that is in use on a day."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from injections.models.recorded import by_whom
from pht_clinic.audit.append_only import AppendOnlyModel


class Drug(models.Model):
    """A drug of the clinic's list. Maxima in mg, null where the clinic names none; `substance` is what is added up.

    `as_methylprednisolone` is how many mg of methylprednisolone 1 mg of a steroid equals; `particulate` null is not
    known. `source` says in words where maxima and equivalent come from.
    """

    class Kind(models.TextChoices):
        STEROID = "steroid", "Steroid"
        LOCAL_ANAESTHETIC = "local-anaesthetic", "Local anaesthetic"
        OTHER = "other", "Something else"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=100)
    substance = models.CharField(max_length=100)
    strength_mg_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    usual_dose_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_injection_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_day_mg = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_mg_per_kg = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    as_methylprednisolone = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    particulate = models.BooleanField(null=True)
    source = models.CharField(max_length=500, blank=True)
    active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_drug_of_each_name"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(substance=""), name="drug_has_name_and_substance"),
        ]

    def __str__(self) -> str:
        return self.name


class DrugBox(AppendOnlyModel):
    """The box of a drug that is in use on a local day; of several of one day the newest is."""

    drug = models.ForeignKey(Drug, on_delete=models.PROTECT, related_name="boxes")
    on = models.DateField()
    batch = models.CharField(max_length=50)
    expires_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = by_whom()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["on", "drug"], name="box_of_day")]
        constraints = [models.CheckConstraint(condition=~Q(batch=""), name="box_has_a_batch")]

    def __str__(self) -> str:
        return f"box {self.pk}"

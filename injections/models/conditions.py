"""What a person has, takes and does not tolerate: allergies, conditions and medicines. Shown, and judged by no rule."""

from __future__ import annotations

from django.db import models

from injections.models.recorded import Correctable


class AllergyIntolerance(Correctable):
    """One substance that a person does not tolerate.

    `since` is a FHIR partial date ("2019", "2019-05", "2019-05-14") or "" for not known; `reaction` "" was not said.
    """

    substance = models.CharField(max_length=200)
    reaction = models.CharField(max_length=200, blank=True)
    since = models.CharField(max_length=10, blank=True)
    said_by = models.CharField(max_length=200)

    class Meta(Correctable.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="allergy_of_patient")]
        verbose_name = "allergy"
        verbose_name_plural = "allergies"

    def __str__(self) -> str:
        return f"allergy {self.pk}"


class Condition(Correctable):
    """One condition that a person has, or medicine that they take, in words, with the code of it if there is one.

    `since` as of an allergy. `code` is of whatever system the source uses; "" is free text alone.
    """

    class Kind(models.TextChoices):
        CONDITION = "condition"
        MEDICINE = "medicine"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=40, blank=True)
    since = models.CharField(max_length=10, blank=True)
    said_by = models.CharField(max_length=200)

    class Meta(Correctable.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="condition_of_patient")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

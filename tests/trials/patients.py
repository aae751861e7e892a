"""Many patients at once for the crowds of the trials: one made through the use cases, the others copied from it."""

from __future__ import annotations

from typing import Any

from injections.models import ImagingReport, Pathway, Screening
from scheduling.models import Patient
from tests.clinic import Clinic


def crowd(clinic: Clinic, count: int) -> list[Patient]:
    """So many patients whose left hamstring origin may be injected."""
    first = clinic.fit_patient("Crowd0")
    copies = Patient.objects.bulk_create(
        _copy(first, family_name=f"Crowd{number}", email=f"crowd{number}@mail.example")
        for number in range(1, count)
    )
    for model in (Screening, Pathway, ImagingReport):
        rows = list(model._default_manager.filter(patient=first))
        model._default_manager.bulk_create(
            _copy(row, patient_id=patient.pk) for patient in copies for row in rows
        )
    return [first, *copies]


def _copy(row: Any, **changes: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values.pop("id")
    return type(row)(**values | changes)

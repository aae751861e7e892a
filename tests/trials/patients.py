"""Many patients and many days for the crowds of the trials: one patient is made, the others are copied."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from injections.models import ImagingReport, Pathway, Screening
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from pht_clinic.people.roles import RECEPTION
from scheduling.models import Patient
from tests.clinic import LONDON, Clinic


def crowd(clinic: Clinic, count: int) -> list[Patient]:
    """So many patients whose left hamstring origin may be injected."""
    first = clinic.fit_patient("Crowd0")
    copies = Patient.objects.bulk_create(
        _copy(first, family_name=f"Crowd{number}", email=f"crowd{number}@mail.example") for number in range(1, count)
    )
    for model in (Screening, Pathway, ImagingReport):
        rows = list(model._default_manager.filter(patient=first))
        model._default_manager.bulk_create(_copy(row, patient_id=patient.pk) for patient in copies for row in rows)
    return [first, *copies]


def desks(count: int) -> list[Actor]:
    """So many people at the desk: what somebody holds never refuses themselves."""
    emails = [f"desk{number}@clinic.example" for number in range(count)]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    User.objects.bulk_create(User(email=one, role=RECEPTION, name=one) for one in emails if one not in known)
    return [actor_of(user) for user in User.objects.filter(email__in=emails).order_by("pk")]


def _copy(row: Any, **changes: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values.pop("id")
    return type(row)(**values | changes)


BANK_HOLIDAYS = frozenset(
    date.fromisoformat(day) for day in ("2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31")
)
"""When the tests' clinic is closed, from March to November 2026."""


def days_on(start: datetime, days: int) -> datetime:
    """The same wall time so many days later, bank holidays not counted."""
    day = start.astimezone(LONDON)
    for _ in range(days):
        day += timedelta(days=1)
        while day.date() in BANK_HOLIDAYS:
            day += timedelta(days=1)
    return day.astimezone(UTC)

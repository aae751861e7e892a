"""Verdicts as they are stored."""

import pytest
from django.db import IntegrityError, transaction

from injections.models import Assessment, WaitingFor
from tests.clinic import Clinic, local


def test_nobody_else_can_be_waited_for(clinic: Clinic) -> None:
    """Whose turn it is has three answers; the database refuses a fourth."""
    outcome = clinic.book(clinic.fit_patient(), local("2026-03-10"))
    kept = outcome.assessment
    assert kept is not None
    assert kept.waiting_for == WaitingFor.NOBODY
    with pytest.raises(IntegrityError, match="assessment_waits_for_whom"), transaction.atomic():
        Assessment.objects.bulk_create([Assessment(**_copied(kept) | {"waiting_for": "somebody"})])


def _copied(row: Assessment) -> dict[str, object]:
    fields = (field for field in Assessment._meta.concrete_fields if not field.primary_key)
    return {field.attname: getattr(row, field.attname) for field in fields}

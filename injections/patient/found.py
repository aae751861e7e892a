"""Patients who were found, with what tells one from another at a glance: their next visit and last injection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from injections.models import Injection
from injections.safety.dates import past_date
from pht_clinic.errors import Refusal
from scheduling.models import Appointment, Patient
from scheduling.patients.search import SearchResult
from scheduling.states import HOLDING

Row = TypeVar("Row", Appointment, Injection)


@dataclass(slots=True)
class FoundPatient:
    """A patient as a list shows them. `merged_from`: the records, merged into theirs, by which they were found."""

    patient: Patient
    merged_from: list[Patient] = field(default_factory=list)
    next_visit: Appointment | None = None
    last_injection: Injection | None = None

    @property
    def shown(self) -> list[int]:
        """The records that whoever reads this sees."""
        return [self.patient.pk, *(one.pk for one in self.merged_from)]


def found_patients(result: SearchResult, *, now: datetime) -> list[FoundPatient]:
    """Those found, in their order. Two queries, however many they are."""
    ids = [one.patient.pk for one in result.found]
    if not ids:
        return []
    records = Patient.objects.records_of_all(ids)
    holding = Appointment.objects.filter(patient__in=records, status__in=HOLDING, end_at__gt=now)
    visits = _first(holding.select_related("patient").order_by("start_at", "pk"))
    rows = Injection.objects.current().filter(patient__in=records, status__in=Injection.GIVEN)
    given = _first(sorted(rows.select_related("patient"), key=_newest_first))
    return [
        FoundPatient(one.patient, one.merged_from, visits.get(one.patient.pk), given.get(one.patient.pk))
        for one in result.found
    ]


def patients_named_in(refusal: Refusal) -> list[int]:
    """The patients whom a refusal names: whoever reads it has seen them."""
    named: Any = refusal.extra.get("duplicates", ())
    return [int(one["patient"]) for one in named]


def _first(rows: Iterable[Row]) -> dict[int, Row]:
    """The first of each patient, by the id of the record that stands."""
    found: dict[int, Row] = {}
    for row in rows:
        found.setdefault(row.patient.kept_id, row)
    return found


def _newest_first(row: Injection) -> tuple[bool, int, int]:
    """By the last day on which it can have been given; of those whose date nobody knows none comes before another."""
    latest = past_date(row.given or None, row.recorded_on).latest if row.given else None
    return latest is None, -(latest.toordinal() if latest else 0), -row.pk

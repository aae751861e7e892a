"""Records read in steps: so many rows at once, each type after the other, in the order of its rows' numbers.

A step costs as many queries as there are types in it, however many rows it reads. A place in a file is one number:
which type, and after which row of it. Somebody who was erased is in no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from injections.doors.records.leaving.kind import Line, LineKind
from injections.doors.records.leaving.wanted import WantedRecords
from pht_clinic.clinic_words import words_in_force
from pht_clinic.replica.reading import read_aside
from pht_clinic.web.api.fields import Instant
from scheduling.models import Patient

FORMAT: Final = "pht-clinic/1"
_NUMBERS: Final = 2**53
"""More than any table has rows: the place of a row is `type * _NUMBERS + its number`."""


@dataclass(frozen=True, slots=True)
class ReadStep:
    """Some lines, how many rows they are of, whom they show, and where the next step begins; None after the last."""

    lines: list[Line]
    rows: int
    patient_ids: frozenset[int]
    next_place: int | None


def count(wanted: WantedRecords) -> int:
    """How many rows will be read. A query for each type."""
    return sum(_rows(kind, wanted).count() for kind in wanted.kinds)


def header(wanted: WantedRecords) -> Line:
    """The first line of a file."""
    erased = Patient.objects.filter(merged_into=None, pk__lte=wanted.newest[Patient._meta.label])
    left_out = 0 if wanted.patient else erased.exclude(erasure=None).count()
    return {
        "type": "export",
        "format": FORMAT,
        "clinic": words_in_force().name,
        "made_at": Instant().to_representation(datetime.fromisoformat(wanted.made_at)),
        "patient": wanted.patient and str(wanted.patient),
        "left_out": {"erased": left_out},
    }


def read(wanted: WantedRecords, place: int, limit: int) -> ReadStep:
    """The lines of up to `limit` rows from a place on; 0 is the first."""
    kinds = wanted.kinds
    at, last = divmod(place, _NUMBERS)
    lines: list[Line] = []
    patients: set[int] = set()
    rows = 0
    while at < len(kinds) and rows < limit:
        kind, room = kinds[at], limit - rows
        found = list(_rows(kind, wanted).filter(pk__gt=last).order_by("pk")[:room])
        lines += kind.lines(found)
        patients.update(pk for row in found if kind.path is not None for pk in (row.patient_number, row.record_number))
        rows += len(found)
        at, last = (at, found[-1].pk) if len(found) == room else (at + 1, 0)
    is_over = at == len(kinds)
    return ReadStep(lines, rows, frozenset(patients), None if is_over else at * _NUMBERS + last)


def steps(wanted: WantedRecords, limit: int) -> Iterator[ReadStep]:
    """All of them, one after the other, each from the replica where that shows all there is."""
    place: int | None = 0
    while place is not None:
        step = read_aside(partial(read, wanted, place, limit))
        yield step
        place = step.next_place


def _rows(kind: LineKind, wanted: WantedRecords) -> QuerySet[Any]:
    """The rows of a type that are wanted, each with the number of the record that it hangs on, `record_number`, and
    `patient_number`, that of the patient who stands.
    """
    rows = kind.rows().filter(pk__lte=wanted.newest[kind.model._meta.label])
    if kind.path is None:
        return rows
    record = F(f"{kind.path}pk")
    is_there = {f"{kind.path}pk__lte": wanted.newest[Patient._meta.label], f"{kind.path}erasure": None}
    is_theirs = Q(**{f"{kind.path}pk__in": wanted.records}) if wanted.patient else Q()
    found: QuerySet[Any] = rows.filter(is_theirs, **is_there)
    found = found.annotate(record_number=record, patient_number=Coalesce(F(f"{kind.path}merged_into"), record))
    return found

"""Asking for records as a file: of the clinic in the background, of one patient at once. Both stand on the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from injections.doors.records.leaving import read
from injections.doors.records.leaving.wanted import CSV, FHIR, JSON_LINES, WantedRecords
from injections.doors.records.leaving.written import text_of
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.web import exports
from pht_clinic.web.models import Export
from scheduling.models import Patient
from scheduling.patients.identity import find_patient

NAME: Final = "records"
STEP_ROWS: Final = {JSON_LINES: 2_000, CSV: 2_000, FHIR: 500}
"""So many rows at once, by form: a row may be many resources, and one of them takes far more memory than a line."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What the trail calls it that records were asked for, and that somebody has them."""

    verb: str
    seen: str


OF_CLINIC: Final = Exported("clinic-exported", "clinic-export-file")
OF_PATIENT: Final = Exported("patient-exported", "patient-export")


@dataclass(frozen=True, slots=True)
class PatientFile:
    """Everything of one patient as text, and the numbers of their records."""

    text: str
    records: tuple[int, ...]


def ask_for_clinic(*, form: str, type_: str = "", by: Actor, now: datetime) -> Export:
    """Have everything of the clinic written; of a CSV one type of lines. Raises: Forbidden."""
    check_permitted("export-clinic", by)
    wanted = WantedRecords.now(form=form, type_=type_, now=now)
    record(OF_CLINIC.verb, by=by, now=now, detail={"form": form, "lines": type_})
    return exports.ask(NAME, wanted.as_asked(), by=by)


def file_to_fetch(*, by: Actor, now: datetime) -> Export | None:
    """The finished file of this person; noted as fetched. None where there is none.

    One that shows somebody who was erased while it was written goes, and there is none.
    Raises: Forbidden.
    """
    check_permitted("export-clinic", by)
    found = exports.newest(NAME, by=by)
    if found is None or found.finished_at is None or found.failed:
        return None
    if Patient.objects.filter(pk__in=exports.patients_in(found)).exclude(erasure=None).exists():
        found.delete()
        return None
    detail = {"export": found.pk, "form": found.asked["form"], "lines": found.asked["type"]}
    record("clinic-fetched", by=by, now=now, detail=detail)
    return found


def patient_file(patient_id: int, *, form: str = JSON_LINES, by: Actor, now: datetime) -> PatientFile:
    """Everything of one patient, on whichever of their records.

    Raises: Forbidden, Missing, Conflict (merged into another record, erased).
    """
    check_permitted("export-patient", by)
    wanted = of_patient(patient_id, form=form, now=now)
    detail = {"form": form}
    records = tuple(wanted.records)
    record(OF_PATIENT.verb, by=by, now=now, patients=records, subject=f"patient:{patient_id}", detail=detail)
    return PatientFile("".join(texts(wanted)), records)


def of_patient(patient_id: int, *, form: str, now: datetime) -> WantedRecords:
    """What is wanted of one patient. Raises: Missing, Conflict (merged into another record, erased)."""
    patient = find_patient(patient_id)
    if patient.merged_into_id is not None:
        into = {"into": str(patient.merged_into_id)}
        raise Conflict("This record was merged into another. Export that one: both belong to one person.", extra=into)
    if patient.is_restricted:
        raise Conflict("This person was erased. What is kept of them is not exported.")
    return WantedRecords.now(form=form, patient_id=patient.pk, now=now)


def texts(wanted: WantedRecords) -> Iterator[str]:
    """A whole file, step by step."""
    for number, step in enumerate(read.steps(wanted, STEP_ROWS[wanted.form])):
        yield text_of(wanted, step, is_first=number == 0)


def _count(asked: exports.Asked) -> int:
    return read.count(WantedRecords.stored(asked))


def _read(asked: exports.Asked, position: int, limit: int) -> exports.ExportStep:
    wanted = WantedRecords.stored(asked)
    step = read.read(wanted, position, min(limit, STEP_ROWS[wanted.form]))
    text = text_of(wanted, step, is_first=position == 0)
    return exports.ExportStep((), step.patient_ids, step.next_place, text=text, counted=step.rows)


def register_export() -> None:
    """Called once, from `ready()`."""
    exports.register(NAME, exports.ExportSource((), _count, _read))

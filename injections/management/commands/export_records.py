"""`export_records`: everything of the clinic, or of one patient, into a file. docs/doors/records.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from injections.doors.records.leaving.ask import OF_CLINIC, OF_PATIENT, STEP_ROWS, of_patient
from injections.doors.records.leaving.read import count, steps
from injections.doors.records.leaving.wanted import FHIR, JSON_LINES, WantedRecords
from injections.doors.records.leaving.written import text_of
from injections.doors.records.private_file import private_file
from pht_clinic import clock
from pht_clinic.audit.record import record, viewed
from pht_clinic.errors import Refusal
from pht_clinic.people.actors import SYSTEM

_STANDARD_OUTPUT: Final = "-"


class Command(BaseCommand):
    help = "Export all records, or those of one patient, as JSON Lines or as FHIR resources."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="where to; - is standard output")
        parser.add_argument("--patient", type=int, metavar="ID", help="only this patient")
        parser.add_argument("--format", choices=[JSON_LINES, FHIR], default=JSON_LINES)

    def handle(self, *args: Any, **options: Any) -> None:
        now, form, patient = clock.now(), options["format"], options["patient"]
        try:
            wanted = (
                of_patient(patient, form=form, now=now)
                if patient is not None
                else WantedRecords.now(form=form, now=now)
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        done = OF_CLINIC if patient is None else OF_PATIENT
        record(done.verb, by=SYSTEM, now=now, patients=wanted.records, detail={"form": form})
        if options["file"] == _STANDARD_OUTPUT:
            patients = self._write(wanted, sys.stdout)
        else:
            patients = self._whole(wanted, Path(options["file"]))
        viewed(by=SYSTEM, now=clock.now(), patients=patients, what=done.seen)

    def _whole(self, wanted: WantedRecords, path: Path) -> set[int]:
        try:
            with private_file(path) as file:
                return self._write(wanted, file)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _write(self, wanted: WantedRecords, file: TextIO) -> set[int]:
        """Step by step, with how far it is on standard error; returns whom it shows."""
        total, rows = count(wanted), 0
        patients: set[int] = set()
        for number, step in enumerate(steps(wanted, STEP_ROWS[wanted.form])):
            file.write(text_of(wanted, step, is_first=number == 0))
            rows += step.rows
            patients |= step.patient_ids
            self.stderr.write(f"{rows} of {total} rows")
        return patients

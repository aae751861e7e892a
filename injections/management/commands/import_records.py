"""`import_records FILE`: brings records in from a file, each line by the use case through which anybody records it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import IO, Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from injections.doors.records.coming import report, runs, steps
from injections.doors.records.coming.columns import ROWS, fields_of
from injections.doors.records.coming.reading import digest_of
from injections.doors.records.private_file import private_file
from injections.models import RecordImport
from pht_clinic import clock
from pht_clinic.errors import Refusal
from pht_clinic.people.actors import Actor, actor_of, at_the_server
from pht_clinic.people.models import User
from pht_clinic.permissions import is_permitted

SOME_NOT_IN: Final = 3
"""Ended well, but lines were refused or are likely duplicates: look at the report."""
_WAIT_SECONDS: Final = 0.5
_TOLD_EVERY: Final = 20
Stage = RecordImport.Stage


def _named(text: str) -> tuple[str, str]:
    column, separator, name = text.rpartition("=")
    if not separator:
        raise ArgumentTypeError(f"{text}: write COLUMN=FIELD, or COLUMN= to leave it out")
    return column, name


class Command(BaseCommand):
    help = "Bring records in from a file of CSV, JSON Lines or FHIR. Started again with the same file it goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each line; store nothing")
        parser.add_argument("--report", metavar="FILE", type=Path, help="write what became of each line as CSV")
        parser.add_argument("--by", metavar="EMAIL", help="the manager whose act it is; else whoever runs it")
        parser.add_argument("--rows", choices=list(ROWS), help="what each line of a CSV is")
        parser.add_argument(
            "--column",
            metavar="COLUMN=FIELD",
            type=_named,
            action="append",
            default=[],
            help="which field a column of a CSV holds; COLUMN= leaves it out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = _who(options["by"])
        is_trial = options["dry_run"]
        try:
            with options["file"].open("rb") as file:
                run = runs.unfinished(digest_of(file), is_trial=is_trial)
                if run is None:
                    with transaction.atomic():  # nothing is kept of a file whose columns are not named
                        run = self._begun(file, by, options)
                else:
                    self.stderr.write(f"Going on after line {run.position} of {run.total}.")
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self._work(run)
        if options["report"]:
            _write(options["report"], run)
        self._tell(run, is_trial=is_trial)

    def _begun(self, file: IO[bytes], by: Actor, options: dict[str, Any]) -> RecordImport:
        now = clock.now()
        run = runs.take_in_for(by, file, name=options["file"].name, now=now)
        if run.form == RecordImport.Form.CSV and (run.stage == Stage.UNNAMED or options["column"] or options["rows"]):
            rows, columns = options["rows"] or run.rows, {**run.columns, **dict(options["column"])}
            if missing := [column for column in run.header if column not in columns] if rows else run.header:
                raise CommandError(_how_to_name(rows, missing))
            unnamed = [column for column in run.header if not columns[column] and column not in dict(options["column"])]
            if unnamed:
                raise CommandError(_how_to_name(rows, unnamed))
            run = runs.name_columns_for(by, run.pk, rows=rows, columns=columns, now=now)
        return runs.begin_for(by, run.pk, Stage.TRYING if options["dry_run"] else Stage.BRINGING, now=now)

    def _work(self, run: RecordImport) -> None:
        """To its end, whoever does the steps: a worker may have it too."""
        told = -1
        while run.is_worked_on:
            if not steps.step(run.pk, clock=clock.now):
                time.sleep(_WAIT_SECONDS)
            run.refresh_from_db()
            share = _TOLD_EVERY * run.position // max(run.total, 1)
            if share != told:
                told = share
                self.stderr.write(f"{run.get_stage_display()}: {run.position} of {run.total} lines")

    def _tell(self, run: RecordImport, *, is_trial: bool) -> None:
        counts = report.counts_of(run)
        for outcome, number in counts:
            self.stdout.write(f"{outcome.label}: {number}")
        if is_trial:
            self.stdout.write("It was a trial: nothing is stored.")
        if {outcome for outcome, _ in counts} & set(report.TO_LOOK_AT):
            sys.exit(SOME_NOT_IN)


def _who(email: str | None) -> Actor:
    """Whose act it is. Raises: CommandError (nobody of this address may import)."""
    if email is None:
        return at_the_server()
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None or not is_permitted("import-records", actor_of(user)):
        raise CommandError(f"{email} is nobody who may import records: a manager may.")
    return actor_of(user)


def _how_to_name(rows: str, columns: list[str]) -> str:
    if not rows:
        return f"Say what each line is: --rows {' or --rows '.join(ROWS)}."
    named = ", ".join(columns)
    fields = ", ".join(fields_of(rows))
    return f"Say what these columns hold, or leave them out: {named}. Write --column 'COLUMN=FIELD'. Fields: {fields}."


def _write(path: Path, run: RecordImport) -> None:
    """For its owner alone, as it names patients by number. Raises: CommandError."""
    try:
        with private_file(path) as file:
            file.writelines(report.report(run))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}. The lines are in.") from error

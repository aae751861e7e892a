"""Files of records that are brought in: the file as it was read, and what became of each of its lines."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from injections.models.recorded import by_whom
from scheduling.models import Patient

WITHDRAWN_WITHIN = timedelta(hours=24)


class RecordImport(models.Model):
    """One file. `position` lines of `total` are done in the present stage, which goes on from there.

    `header` are the columns of a CSV as the file names them, `columns` the field of each ("" is left out); a line of
    JSON and a resource name their fields themselves. `rows` is what each line of a CSV is, "" where each says so.
    Whoever works on it holds it until `leased_until`, by the database's clock. `digest` is the SHA-256 of the file.
    """

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        JSON_LINES = "json-lines", "JSON Lines"
        FHIR = "fhir", "FHIR resources"

    class Stage(models.TextChoices):
        """Where it stands; what is -ing is worked on."""

        UNNAMED = "unnamed", "Columns to be named"
        READY = "ready", "Read, nothing tried yet"
        TRYING = "trying", "Being tried"
        TRIED = "tried", "Tried, nothing brought in yet"
        BRINGING = "bringing", "Being brought in"
        JUDGING = "judging", "Bookings being checked"
        DONE = "done", "Brought in"
        WITHDRAWING = "withdrawing", "Being withdrawn"
        WITHDRAWN = "withdrawn", "Withdrawn"

    WORKED_ON = (Stage.TRYING, Stage.BRINGING, Stage.JUDGING, Stage.WITHDRAWING)
    """Stages in which the worker has something to do."""

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    form = models.CharField(max_length=20, choices=Form)
    rows = models.CharField(max_length=20, blank=True)
    header = ArrayField(models.CharField(max_length=200), default=list)
    columns = models.JSONField(default=dict)
    stage = models.CharField(max_length=20, choices=Stage)
    total = models.PositiveIntegerField()
    position = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = by_whom()
    by_name = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # serves the worker: what is worked on
            models.Index(
                fields=["id"],
                condition=Q(stage__in=["trying", "bringing", "judging", "withdrawing"]),
                name="import_worked_on",
            )
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def is_worked_on(self) -> bool:
        """Whether the worker has something to do."""
        return self.stage in self.WORKED_ON

    @property
    def withdrawn_until(self) -> datetime | None:
        """Until when it may be withdrawn; None before it is brought in."""
        return self.ended_at and self.ended_at + WITHDRAWN_WITHIN


class ImportPart(models.Model):
    """Some lines of a file as they were read: [number of the line in the file, its cells or its text]. Gone once the
    file is brought in, and a day after it was read.
    """

    run = models.ForeignKey(RecordImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField()
    lines = models.JSONField()
    read_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.run_id}"


class ImportLine(models.Model):
    """What became of one line: `number` counts lines of records from 0, `line` is where it begins in the file, from 1.

    `said` are sentences: why it was refused, or what it is like. `source_id` is its own id in the file. `row_id` is the
    row that was added, or is there already; `patient` whose it is. A trial notes no patient and no row that it added.
    `kept_because` says why a withdrawal left it.
    """

    class Outcome(models.TextChoices):
        ADDED = "added", "Added"
        THERE = "already-there", "Already there"
        ALIKE = "likely-duplicate", "Likely duplicate"
        REFUSED = "refused", "Refused"
        PASSED = "passed-over", "Passed over"

    run = models.ForeignKey(RecordImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome)
    source_id = models.CharField(max_length=100, blank=True)
    patient = models.ForeignKey(Patient, null=True, on_delete=models.SET_NULL, related_name="+")
    row_id = models.BigIntegerField(null=True)
    said = models.JSONField(default=list)
    alike = ArrayField(models.BigIntegerField(), default=list)
    is_withdrawn = models.BooleanField(default=False)
    kept_because = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_line_once")]
        indexes = [
            # serves lines that name an earlier one of the same file
            models.Index(fields=["run", "kind", "source_id"], condition=~Q(source_id=""), name="import_line_source"),
            # serves the counts of a report, and its lines of one outcome
            models.Index(fields=["run", "outcome", "number"], name="import_line_outcome"),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of {self.run_id}"


class ColumnNames(models.Model):
    """Which field each column of such a file holds, as a manager said last: used again for a file with this header."""

    rows = models.CharField(max_length=20)
    header = ArrayField(models.CharField(max_length=200))
    columns = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = by_whom()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rows", "header"], name="import_columns_once")]

    def __str__(self) -> str:
        return f"columns {self.pk}"


class UnjudgedPatient(models.Model):
    """Somebody of whom facts came whose bookings are judged by them later, all at once; from `due_at` on by a task."""

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True, related_name="+")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"unjudged {self.pk}"

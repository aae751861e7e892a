"""What became of each line, as counts, as rows of a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import Count, Q, QuerySet

from injections.doors.records.coming.columns import PATIENT
from injections.doors.records.coming.kinds import KINDS
from injections.models import ImportLine, RecordImport
from pht_clinic.web.csv_export import csv_rows, csv_text
from scheduling.models import Patient

Outcome = ImportLine.Outcome
COLUMNS: Final = ("line", "type", "outcome", "why", "like", "record", "id", "source_id", "withdrawn", "kept_because")
"""`record` is the patient's here, `id` that of the row that the line added or that was there; `like` are the records,
or of an injection the injections, that the line may be.
"""
_AT_ONCE: Final = 2_000
TO_LOOK_AT: Final = (Outcome.ALIKE, Outcome.REFUSED)


def counts_of(run: RecordImport) -> list[tuple[Outcome, int]]:
    """How many lines had each outcome so far, those that none had left out; one query."""
    found = dict(run.lines.order_by().values_list("outcome").annotate(number=Count("pk")))
    return [(outcome, found[outcome]) for outcome in Outcome if outcome in found]


def lines_to_look_at(run: RecordImport) -> QuerySet[ImportLine]:
    """Those that were refused, are like something that is there, or came in but for a part; after a withdrawal those
    that stay.
    """
    if run.stage == RecordImport.Stage.WITHDRAWN:
        return run.lines.exclude(kept_because="")
    in_part = Q(outcome=Outcome.ADDED) & ~Q(said=[])
    return run.lines.filter(in_part | Q(outcome__in=TO_LOOK_AT))


def report(run: RecordImport) -> Iterator[str]:
    """The whole report as CSV, piece by piece, formulas defused; numbers of patients, never their names."""
    yield csv_text(COLUMNS, [])
    after = -1
    while lines := list(run.lines.filter(number__gt=after).order_by("number")[:_AT_ONCE]):
        yield csv_rows([_row(line) for line in lines])
        after = lines[-1].number


def patients_in(run: RecordImport) -> set[int]:
    """Everybody whom the report names by number."""
    whose = set(run.lines.filter(patient__isnull=False).values_list("patient", flat=True))
    alike = run.lines.filter(outcome=Outcome.ALIKE, patient=None).values_list("alike", flat=True)
    return whose | {pk for found in alike for pk in found}


def alike(lines: Sequence[ImportLine]) -> dict[int, list[Patient]]:
    """By the number of each of these lines, whose records it may be of: of those that are nobody's yet. One query."""
    found = Patient.objects.in_bulk({pk for line in lines if not line.patient_id for pk in line.alike})
    return {line.pk: [] if line.patient_id else [found[pk] for pk in line.alike if pk in found] for line in lines}


def kind_words(kind: str) -> str:
    """What a type of line is called; as it is where it is not known."""
    if kind == PATIENT:
        return "Patient"
    return KINDS[kind].words if kind in KINDS else kind


def _row(line: ImportLine) -> list[object]:
    return [
        line.line,
        line.kind,
        line.outcome,
        " ".join(line.said),
        " ".join(map(str, line.alike)),
        line.patient_id,
        line.row_id,
        line.source_id,
        "yes" if line.is_withdrawn else "",
        line.kept_because,
    ]

"""Long files, written in steps by the worker, fetched by whoever asked, forgotten after a day.

A step is one transaction that holds the export's row: a worker that dies leaves whole steps behind, and the next one
goes on where they end. Whoever waited longest is next, so a long file does not hold up a short one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import Actor
from pht_clinic.replica.reading import read_aside
from pht_clinic.web.csv_export import csv_rows, csv_text
from pht_clinic.web.models import Export, ExportPart

logger = logging.getLogger(__name__)

AT_ONCE_ROWS = 2_000
"""So many rows are answered at once; beyond them the worker writes the file."""
STEP_ROWS = 2_000
_PURGE = """
    WITH old AS (
        SELECT id FROM web_export
        WHERE finished_at <= now() - interval '24 hours' OR created_at <= now() - interval '7 days'
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ), parts AS (
        DELETE FROM web_exportpart WHERE export_id IN (SELECT id FROM old)
    )
    DELETE FROM web_export WHERE id IN (SELECT id FROM old)
"""

Asked = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExportStep:
    """Some rows of a file, whom they show, and where the next step begins; None after the last. `counted` is how many
    of those that were counted they are, where a row is not one of them; `text` is what they say in the file, where that
    is no table.
    """

    rows: Sequence[Sequence[object]]
    patient_ids: frozenset[int]
    next_position: int | None
    text: str | None = None
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class ExportSource:
    """What can be exported: its columns, how many rows there are, and the rows from a position on (0 = the first).

    A file that is no table has no columns: each step says what stands in the file.
    """

    columns: Sequence[str]
    count: Callable[[Asked], int]
    read: Callable[[Asked, int, int], ExportStep]


_sources: dict[str, ExportSource] = {}


def register(name: str, source: ExportSource) -> None:
    """Let `name` be exported; the name is that of the file too. Raises: ValueError (it is taken)."""
    if name in _sources:
        raise ValueError(f"there is already an export {name}")
    _sources[name] = source


def source_of(name: str) -> ExportSource:
    return _sources[name]


def at_once(name: str, asked: Asked, limit: int) -> ExportStep:
    """The first rows of a file, for whoever may not have to wait for it."""
    return read_aside(partial(source_of(name).read, asked, 0, limit))


def ask(name: str, asked: Asked, *, by: Actor) -> Export:
    """Have a file written. Whoever asks again for the same kind gets the new one in place of the old.

    Raises: Forbidden (a file is for somebody who signs in).
    """
    if by.user_id is None:
        raise Forbidden
    total = read_aside(partial(source_of(name).count, asked))
    with transaction.atomic():
        # a step that is being written ends first, so that its part is seen and goes too
        old = list(Export.objects.select_for_update().filter(user=by.user_id, name=name).order_by("pk"))
        Export.objects.filter(pk__in=[export.pk for export in old]).delete()
        return Export.objects.create(user_id=by.user_id, name=name, asked=dict(asked), total=total)


def newest(name: str, *, by: Actor) -> Export | None:
    """What this person asked for last, if it is still kept. Nobody else can get at it."""
    return Export.objects.filter(user=by.user_id, name=name).order_by("-pk").first()


def text_of(export: Export) -> Iterator[str]:
    """A finished file, part by part."""
    return export.parts.order_by("number").values_list("text", flat=True).iterator(chunk_size=1)


def patients_in(export: Export) -> set[int]:
    """Everybody whom a file shows."""
    parts = export.parts.values_list("patient_ids", flat=True).iterator(chunk_size=50)
    return {pk for patient_ids in parts for pk in patient_ids}


def work(*, seconds: float) -> int:
    """Write steps until nothing is left to write or `seconds` have passed; returns how many were written."""
    until = time.monotonic() + seconds
    steps = 0
    while time.monotonic() < until and _step():
        steps += 1
    return steps


def _step() -> bool:
    with transaction.atomic():
        waiting = Export.objects.select_for_update(skip_locked=True).filter(finished_at__isnull=True)
        export = waiting.order_by(F("worked_at").asc(nulls_first=True), "pk").first()
        if export is None:
            return False
        try:
            with transaction.atomic():
                _write(export)
        except Exception:  # the worker's outer loop: one file that fails must not hold up the others
            logger.exception("export %s failed at position %s", export.pk, export.position)
            Export.objects.filter(pk=export.pk).update(failed=True, worked_at=Now(), finished_at=Now())
        return True


def _write(export: Export) -> None:
    source = _sources[export.name]
    # what this transaction holds is the row of the export, which is in no file
    step = read_aside(partial(source.read, export.asked, export.position, STEP_ROWS), holds_locks=True)
    text = _table(source.columns, step.rows, is_first=not export.worked_at) if step.text is None else step.text
    number = export.parts.count()
    ExportPart.objects.create(export=export, number=number, text=text, patient_ids=sorted(step.patient_ids))
    Export.objects.filter(pk=export.pk).update(
        done=F("done") + (len(step.rows) if step.counted is None else step.counted),
        position=step.next_position or 0,
        worked_at=Now(),
        finished_at=Now() if step.next_position is None else None,
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, is_first: bool) -> str:
    return csv_text(columns, rows) if is_first else csv_rows(rows)


def purge(*, limit: int = 1000) -> int:
    """Forget files a day after they were finished, by the database's clock; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [limit])
        return int(cursor.rowcount)

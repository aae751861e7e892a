"""The work of an import, in steps: each line is one transaction with what became of it, so that whoever dies leaves
whole lines behind, and the next one goes on after the last.

Who works on a file holds it for a minute at a time. Should two do so all the same, a line has one row, and the second
gets none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final

from django.db import IntegrityError, connection, transaction

from injections.assessment.outdated import judge_noted
from injections.doors.records.coming.line import Bringing, TakenLine, place, take
from injections.doors.records.coming.report import counts_of
from injections.doors.records.coming.runs import Stage, acting
from injections.doors.records.coming.withdraw import withdraw_line
from injections.models import ImportLine, ImportPart, RecordImport
from pht_clinic.audit.record import record
from pht_clinic.errors import Busy
from pht_clinic.rows import fetch_all, store
from pht_clinic.web.problem import is_away
from scheduling.models import Patient

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
TASK_SECONDS: Final = 20
"""How long one task goes on: far below half of the time after which it is given to another worker."""
WITHDRAWN_AT_ONCE: Final = 50
_LEASE: Final = """
    UPDATE injections_recordimport SET leased_until = now() + interval '1 minute'
    WHERE id = %s AND stage = ANY(%s) AND (leased_until IS NULL OR leased_until <= now())
    RETURNING leased_until
"""
_PURGE: Final = """
    DELETE FROM injections_importpart WHERE id IN (
        SELECT p.id FROM injections_importpart p JOIN injections_recordimport r ON r.id = p.run_id
        WHERE p.read_at <= now() - interval '24 hours' AND r.stage <> ALL(%s)
        ORDER BY p.id LIMIT %s FOR UPDATE OF p SKIP LOCKED)
"""


def work(*, seconds: float, clock: Clock) -> int:
    """Go on with every file that is worked on, a step of each in turn, until nothing is left to do or `seconds` have
    passed; returns how many steps there were. A file whose step fails keeps the others from nothing.
    """
    until = time.monotonic() + seconds
    steps, is_any = 0, True
    broken: set[int] = set()
    while is_any and time.monotonic() < until:
        is_any = False
        for pk in RecordImport.objects.filter(stage__in=RecordImport.WORKED_ON).order_by("pk").values_list("pk"):
            if time.monotonic() < until and pk[0] not in broken and _one(pk[0], broken, clock):
                steps, is_any = steps + 1, True
    return steps


def _one(run_id: int, broken: set[int], clock: Clock) -> bool:
    """A step of one file, as `step`; one that fails is `broken`, and comes again with the next call."""
    try:
        return step(run_id, clock=clock)
    except Exception as error:  # the worker's outer loop: one file that fails must not keep the others
        if is_away(error):
            raise
        logger.exception("import %s: a step failed", run_id)
        broken.add(run_id)
        return False


def step(run_id: int, *, clock: Clock) -> bool:
    """One step of one file; False where somebody else has it, or had something in the way, or nothing is left."""
    until = _leased(run_id)
    if until is None:
        return False
    run = RecordImport.objects.get(pk=run_id)
    try:
        with _without_waiting_for_the_disk():
            _STEPS[Stage(run.stage)](run, clock)
        return True
    except Busy:
        logger.info("import %s: somebody else has what it needs", run.pk)
        return False
    finally:
        # its own lease alone: after a step of more than a minute somebody else may have it
        RecordImport.objects.filter(pk=run.pk, leased_until=until).update(leased_until=None)


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """A server that dies forgets the last lines together with what became of them: they are taken again. What ends the
    step is stored as everything else, and everything before it with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _leased(run_id: int) -> datetime | None:
    """Until when this step has the file; None where somebody else does."""
    found = fetch_all(_LEASE, [run_id, list(RecordImport.WORKED_ON)])
    return found[0][0] if found else None


def _try(run: RecordImport, clock: Clock) -> None:
    """What would become of a part; it is all taken back, and the outcomes are kept."""
    part = _part(run)
    if part is None:
        _leave(run, Stage.TRIED)
        return
    with transaction.atomic():
        bringing = Bringing(run, acting(run), clock(), is_trial=True)
        place([one for _, one in part.lines], bringing)
        taken = []
        for number, line in part.lines:
            bringing.now, bringing.line = clock(), number
            with transaction.atomic():
                taken.append(take(line, bringing))
        transaction.set_rollback(True)
    rows = [_row(run, part, at, one) for at, one in enumerate(taken)]
    there = set(Patient.objects.filter(pk__in={row.patient_id for row in rows}).values_list("pk", flat=True))
    for row in rows:
        if row.outcome == ImportLine.Outcome.ADDED:
            row.row_id = None
        row.patient_id = row.patient_id if row.patient_id in there else None
    with transaction.atomic():
        ImportLine.objects.bulk_create(rows)
        _went_on(run, part)


def _bring(run: RecordImport, clock: Clock) -> None:
    part = _part(run)
    if part is None:
        run.parts.all().delete()
        _leave(run, Stage.JUDGING)
        return
    bringing = Bringing(run, acting(run), clock())
    place([one for _, one in part.lines], bringing)
    known = set(run.lines.filter(number__gte=part.first).values_list("number", flat=True))
    for at, (number, line) in enumerate(part.lines):
        if part.first + at in known:
            continue
        bringing.now, bringing.line = clock(), number  # what was recorded at once is one thing, and lines are several
        bringing.keep = partial(_keep, run, part, at)
        taken = take(line, bringing)
        if not taken.is_kept:
            _keep(run, part, at, taken)
    _went_on(run, part)


def _keep(run: RecordImport, part: ImportPart, at: int, taken: TakenLine) -> None:
    """Store what became of a line. Raises: Busy (somebody else has just done it)."""
    try:
        store(_row(run, part, at, taken))
    except IntegrityError as error:
        raise Busy from error


def _row(run: RecordImport, part: ImportPart, at: int, taken: TakenLine) -> ImportLine:
    return ImportLine(
        run=run,
        number=part.first + at,
        line=part.lines[at][0],
        kind=taken.kind,
        outcome=taken.outcome,
        source_id=taken.source_id,
        patient_id=taken.patient_id,
        row_id=taken.row_id,
        said=list(taken.said),
        alike=list(taken.alike),
    )


def _judge(run: RecordImport, clock: Clock) -> None:
    """Open bookings are judged once by all that came. One that fails is left to the task that looks for such."""
    now = clock()
    if not judge_noted(now=now, only=run.lines.values("patient")):
        run.ended_at = now
        _leave(run, Stage.DONE)
        counts = dict.fromkeys(ImportLine.Outcome.values, 0) | dict(counts_of(run))
        record("import-ended", by=acting(run), now=now, subject=f"recordimport:{run.pk}", detail=counts)


def _withdraw(run: RecordImport, clock: Clock) -> None:
    """The last line first, so that what hangs on a patient goes before the patient."""
    now = clock()
    added = run.lines.filter(outcome=ImportLine.Outcome.ADDED, is_withdrawn=False, kept_because="")
    lines = list(added.order_by("-number")[:WITHDRAWN_AT_ONCE])
    for line in lines:
        with transaction.atomic():
            withdraw_line(line, by=acting(run), now=now)
    run.position += len(lines)
    run.save(update_fields=["position"])
    if not lines and not judge_noted(now=now, only=run.lines.values("patient")):
        run.withdrawn_at = now
        _leave(run, Stage.WITHDRAWN)


_STEPS: Final = {Stage.TRYING: _try, Stage.BRINGING: _bring, Stage.JUDGING: _judge, Stage.WITHDRAWING: _withdraw}


def _part(run: RecordImport) -> ImportPart | None:
    """The part that comes next; None after the last."""
    return run.parts.filter(first__gte=run.position).order_by("first").first()


def _went_on(run: RecordImport, part: ImportPart) -> None:
    run.position = part.first + len(part.lines)
    run.save(update_fields=["position"])


def _leave(run: RecordImport, stage: Stage) -> None:
    run.stage = stage
    run.save(update_fields=["stage", "ended_at", "withdrawn_at"])


def purge(*, limit: int = 1000) -> int:
    """Forget what was read a day ago and is not being worked on, by the database's clock; returns how many parts."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [list(RecordImport.WORKED_ON), limit])
        return int(cursor.rowcount)

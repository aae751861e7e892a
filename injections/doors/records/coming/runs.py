"""Use cases of an import: take a file in, name its columns, try it, bring it in, withdraw it; who it is done by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Final

from django.db import transaction
from django.db.models import QuerySet

from injections.doors.records.coming.columns import ROWS, check_columns, named_alike, rows_meant
from injections.doors.records.coming.reading import Read, read
from injections.models import ColumnNames, ImportPart, RecordImport
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor, importing
from pht_clinic.permissions import check_permitted
from scheduling.diary.read import the

Stage = RecordImport.Stage
LONGEST_NAME: Final = 200


def acting(run: RecordImport) -> Actor:
    """As whom an import records: it may bring records in, in the name of whoever asked for it."""
    return importing(user_id=run.asked_by_id, name=run.by_name)


def take_in(file: IO[bytes], *, name: str, by: Actor, now: datetime) -> RecordImport:
    """Read a file and keep it, in parts, until it is brought in. Nothing of it is recorded yet.

    Raises: Forbidden, Unreadable (naming the line).
    """
    check_permitted("import-records", by)
    return take_in_for(by, file, name=name, now=now)


def take_in_for(by: Actor, file: IO[bytes], *, name: str, now: datetime) -> RecordImport:
    """The same for whoever runs a command at the server, whose clinic it is. Raises: Unreadable."""
    with transaction.atomic():
        found = read(file)
        run = RecordImport(name=name[-LONGEST_NAME:], digest=found.digest, form=found.form, header=found.header)
        run.stage, run.total = Stage.READY, 0
        run.asked_at, run.asked_by_id, run.by_name = now, by.user_id, by.name[:150]
        if found.form == RecordImport.Form.CSV:
            _name_by_itself(run)
        run.save()
        _keep_parts(run, found)
        run.save(update_fields=["total"])
        detail = {"file": run.digest, "lines": run.total, "form": run.form}
        record("import-read", by=by, now=now, subject=f"recordimport:{run.pk}", detail=detail)
        return run


def _keep_parts(run: RecordImport, found: Read) -> None:
    for number, part in enumerate(found.parts()):
        ImportPart.objects.create(run=run, number=number, first=run.total, lines=part)
        run.total += len(part)


def _name_by_itself(run: RecordImport) -> None:
    """As they were named the last time for a file with these columns; else by the API's own names."""
    rows = rows_meant(run.header)
    saved = ColumnNames.objects.filter(header=run.header).order_by("-saved_at").first()
    run.rows = saved.rows if saved else rows
    run.columns = dict(saved.columns) if saved else named_alike(rows, run.header) if rows else {}
    is_named = bool(saved) or (bool(rows) and all(run.columns.values()))
    run.stage = Stage.READY if is_named else Stage.UNNAMED


def name_columns(run_id: int, *, rows: str, columns: Mapping[str, str], by: Actor, now: datetime) -> RecordImport:
    """Say what each line of a CSV is and which field each column holds; remembered for the next such file.

    Raises: Forbidden, Missing, Invalid (every field that two columns claim, one that there is not), Conflict (it is
    under way, or was brought in).
    """
    check_permitted("import-records", by)
    return name_columns_for(by, run_id, rows=rows, columns=columns, now=now)


def name_columns_for(by: Actor, run_id: int, *, rows: str, columns: Mapping[str, str], now: datetime) -> RecordImport:
    """The same for whoever runs a command at the server."""
    with transaction.atomic():
        run = _locked(run_id)
        check_may_be_named(run)
        if rows not in ROWS:
            raise Invalid.field("rows", f"Choose one of {', '.join(ROWS)}.")
        check_columns(rows, run.header, columns)
        run.rows, run.columns, run.stage = rows, {column: columns.get(column, "") for column in run.header}, Stage.READY
        run.lines.all().delete()
        run.save()
        said = {"columns": run.columns, "saved_at": now, "saved_by_id": by.user_id}
        ColumnNames.objects.update_or_create(rows=rows, header=run.header, defaults=said)
        record("import-columns-named", by=by, now=now, subject=f"recordimport:{run.pk}")
        return run


def begin_tried(run_id: int, stage: str, *, by: Actor, now: datetime) -> RecordImport:
    """Have a file tried, brought in or withdrawn, from its first line on; the worker does it. It is brought in once
    somebody has seen what would become of its lines.

    Raises: Forbidden, Missing, Conflict (it does not stand so that this could be done).
    """
    check_permitted("import-records", by)
    return _begin(by, run_id, stage, is_seen_first=True, now=now)


def begin_for(by: Actor, run_id: int, stage: str, *, now: datetime) -> RecordImport:
    """The same for whoever runs a command at the server, tried or not."""
    return _begin(by, run_id, stage, is_seen_first=False, now=now)


def _begin(by: Actor, run_id: int, stage: str, *, is_seen_first: bool, now: datetime) -> RecordImport:
    with transaction.atomic():
        run = _locked(run_id)
        if is_seen_first and stage == Stage.BRINGING:
            check_may_be_brought(run, now=now)
        check_may_begin(run, stage, now=now)
        run.stage, run.position, run.leased_until = stage, 0, None
        if stage != Stage.WITHDRAWING:
            run.lines.all().delete()
        run.save()
        verb = _VERBS[Stage(stage)]
        record(verb, by=by, now=now, subject=f"recordimport:{run.pk}", detail={"file": run.digest})
        return run


_VERBS: Final = {Stage.TRYING: "import-tried", Stage.BRINGING: "import-begun", Stage.WITHDRAWING: "import-withdrawn"}
"""What may be begun, and how the trail calls it."""


def check_may_be_named(run: RecordImport) -> None:
    """Raise Conflict where its columns are not named, or no more."""
    if run.form != RecordImport.Form.CSV:
        raise Conflict("Lines of JSON name their fields themselves.")
    if run.stage not in (Stage.UNNAMED, Stage.READY, Stage.TRIED):
        raise Conflict("The columns cannot be named any more: the import has begun.")


def check_may_begin(run: RecordImport, stage: str, *, now: datetime) -> None:
    """Raise Conflict unless this can be begun now. Boundary: 24 hours after its end to the second it is withdrawn."""
    if run.stage == Stage.UNNAMED:
        raise Conflict("Say first what its columns hold.")
    if run.is_worked_on:
        raise Conflict("It is under way. Wait until it has ended.")
    if stage != Stage.WITHDRAWING and run.stage not in (Stage.READY, Stage.TRIED):
        raise Conflict("This file was brought in already. Upload it again to import it once more.")
    if stage != Stage.WITHDRAWING and not run.parts.exists():
        raise Conflict("The file is no longer kept. Upload it again.")
    if stage == Stage.WITHDRAWING:
        check_may_be_withdrawn(run, now=now)


def check_may_be_brought(run: RecordImport, *, now: datetime) -> None:
    """Raise Conflict unless it was tried as it stands, and may be brought in now."""
    check_may_begin(run, Stage.BRINGING, now=now)
    if run.stage != Stage.TRIED:
        raise Conflict("Try it first: you then see what would become of each line.")


def check_may_be_withdrawn(run: RecordImport, *, now: datetime) -> None:
    """Raise Conflict unless it was brought in within the last 24 hours, and not withdrawn."""
    if run.stage != Stage.DONE or run.withdrawn_until is None:
        raise Conflict("Only what was brought in can be withdrawn, and only once.")
    if now > run.withdrawn_until:
        raise Conflict("An import is withdrawn within 24 hours. Correct or withdraw the records one by one.")


def imports() -> QuerySet[RecordImport]:
    """All of them, the newest first."""
    return RecordImport.objects.select_related("asked_by").order_by("-pk")


def unfinished(digest: str, *, is_trial: bool) -> RecordImport | None:
    """The newest import of this very file that is still on its way, for whoever starts it again."""
    stages = (Stage.TRYING,) if is_trial else (Stage.BRINGING, Stage.JUDGING)
    return RecordImport.objects.filter(digest=digest, stage__in=stages).order_by("-pk").first()


def _locked(run_id: int) -> RecordImport:
    return the(RecordImport.objects.select_for_update(of=("self",)), run_id)

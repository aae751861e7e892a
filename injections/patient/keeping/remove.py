"""Removing what has been kept long enough: first a report of it, then just that, in steps, in a role of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, connection, connections, transaction

from injections.models import RetentionRun
from injections.patient.keeping.table import KINDS, KeptKind, Removal, before_patients
from pht_clinic.audit.record import entry, record
from pht_clinic.people.actors import Actor
from scheduling.audit.words import NO_ACTIVITY
from scheduling.models import Patient

ALIAS: Final = "retention"
AT_ONCE: Final = 1000
"""Rows of one step, which is one transaction: whoever dies in the middle leaves whole steps."""
TASK_SECONDS: Final = 20
"""How long one task goes on: far below half of the time after which it is given to another worker."""
PROPOSED: Final = "patients"
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Due:
    """What of one kind is due: rows older than `until`, and how many they were when it was reported."""

    name: str
    kind: KeptKind
    until: datetime
    rows: int
    removed: int


def is_set_up() -> bool:
    """Whether this process has the role that removes."""
    return ALIAS in settings.DATABASES


def open_run() -> RetentionRun | None:
    """What is reported and not removed yet."""
    return RetentionRun.objects.filter(finished_at=None).first()


def due_of(run: RetentionRun) -> list[Due]:
    """What a run reported, in the order of the table."""
    said = run.due
    return [
        Due(
            name,
            kind,
            datetime.fromisoformat(said[name]["until"]),
            int(said[name]["rows"]),
            int(run.removed.get(name, 0)),
        )
        for name, kind in KINDS.items()
        if name in said
    ]


def report(*, by: Actor, now: datetime) -> RetentionRun | None:
    """Count what is due of each kind; None where nothing is. While a report stands it is the answer: only what was
    reported goes, and what becomes due meanwhile is in the next.
    """
    if standing := open_run():
        return standing
    due = {}
    for name, kind in KINDS.items():
        if kind.removal is not None and (rows := _count(kind.removal, now=now)):
            due[name] = {"until": kind.removal.until(now).isoformat(), "rows": rows}
    if not due:
        return None
    remove_from = now + timedelta(days=settings.RETENTION_NOTICE_DAYS)
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(reported_at=now, remove_from=remove_from, due=due)
            counts = {name: one["rows"] for name, one in due.items()}
            record("retention-reported", by=by, now=now, subject=f"retentionrun:{run.pk}", detail=counts)
            return run
    except IntegrityError:  # somebody else reported at this moment
        return open_run()


def remove(*, by: Actor, now: datetime, seconds: float) -> RetentionRun | None:
    """Remove what was reported, once its notice is over, for at most `seconds`; returns the run if it is finished.

    Boundary: at `remove_from` to the second it may go. Nothing is due: None, and nothing changes. Whoever comes again
    goes on where the steps ended.
    """
    run = open_run()
    if run is None or now < run.remove_from:
        return None
    until = time.monotonic() + seconds
    for due in due_of(run):
        while _step(run, due, now=now):
            if time.monotonic() > until:
                return None
    return _finish(run, by=by, now=now)


def proposed_patients(*, now: datetime) -> list[Patient]:
    """Who has had no visit, and of whom nothing was done, for so long that a manager may erase them; at most 50.

    Whoever only looked at them, or exported the trail, did nothing. Who was registered and never came
    counts by the registration.
    """
    values: dict[str, Any] = {"until": before_patients(now), "looks": sorted(NO_ACTIVITY)}
    with connection.cursor() as cursor:
        cursor.execute(f"{KINDS[PROPOSED].proposed} LIMIT {MOST_SHOWN}", values)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Patient.objects.filter(pk__in=ids).order_by("pk"))


def finished_runs() -> Iterable[RetentionRun]:
    """The newest that removed something."""
    return RetentionRun.objects.exclude(finished_at=None).order_by("-pk")[:20]


def _count(removal: Removal, *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(removal.count, {"until": removal.until(now)})
        return int(cursor.fetchone()[0])


def _step(run: RetentionRun, due: Due, *, now: datetime) -> bool:
    """One step of one kind; whether there may be another. The run is locked: two workers do not count one row twice."""
    assert due.kind.removal is not None  # noqa: S101 - reported because it has one
    with transaction.atomic(using=ALIAS):
        locked = _locked(run)
        if locked is None:
            return False
        gone = _gone(due.kind.removal, {"until": due.until, "now": now, "most": AT_ONCE})
        if gone:
            locked.removed[due.name] = locked.removed.get(due.name, 0) + gone
            locked.save(using=ALIAS, update_fields=["removed"])
        return gone >= AT_ONCE


def _gone(removal: Removal, values: dict[str, Any]) -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(removal.remove, values)
        return int(cursor.fetchone()[0]) if cursor.description else int(cursor.rowcount)


def _finish(run: RetentionRun, *, by: Actor, now: datetime) -> RetentionRun | None:
    with transaction.atomic(using=ALIAS):
        locked = _locked(run)
        if locked is None:
            return None
        locked.finished_at = now
        locked.save(using=ALIAS, update_fields=["finished_at"])
        row = entry("retention-removed", by=by, now=now, subject=f"retentionrun:{run.pk}", detail=locked.removed)
        row.save(using=ALIAS)
        return locked


def _locked(run: RetentionRun) -> RetentionRun | None:
    """The run if it is still open, for this transaction alone."""
    return RetentionRun.objects.using(ALIAS).select_for_update().filter(pk=run.pk, finished_at=None).first()

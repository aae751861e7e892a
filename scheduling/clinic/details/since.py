"""Since when each setting has been what it is: noted at a start of the web server, read for the page of settings."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError, connections, transaction

from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from pht_clinic.start.listed import in_force
from scheduling.models import SettingSeen

log = logging.getLogger(__name__)
_LOCK: Final = 0x5E77


def note_settings(*, now: datetime) -> list[SettingSeen]:
    """Note each setting that is another than a web server last started with, on the audit trail too; those of the
    first start, all.

    A database that does not answer, or has no such table yet, is no reason not to start: the next start notes it.
    """
    try:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])  # workers start together: one of them notes
            return _note(now=now)
    except (DatabaseError, InterfaceError):
        log.warning("the database does not answer: since when settings are what they are is not noted")
        return []
    finally:
        connections.close_all()  # no connection of this process reaches those that it starts


def _note(*, now: datetime) -> list[SettingSeen]:
    last = seen_last()
    fresh = [
        SettingSeen(name=one.name, number=before.number + 1 if before else 1, value=one.value, at=now)
        for one in in_force()
        for before in [last.get(one.name)]
        if before is None or before.value != one.value
    ]
    if fresh:
        changed = [(row.name, last[row.name].value if row.name in last else None, row.value) for row in fresh]
        record("settings-changed", by=SYSTEM, now=now, changed=changed)
    return SettingSeen.objects.bulk_create(fresh)


def seen_last() -> dict[str, SettingSeen]:
    """What was noted last of each setting, by its name; one statement."""
    rows = SettingSeen.objects.order_by("name", "-number").distinct("name")
    return {row.name: row for row in rows}

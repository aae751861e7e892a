"""The audit trail as a file: numbers of patients, never their names."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.web.exports import Asked, ExportSource, ExportStep, register
from scheduling.audit.read import audit_entries
from scheduling.audit.words import DOOR_WORDS, entry_words, subject_words

NAME = "audit"
COLUMNS = (
    "id",
    "at",
    "who",
    "what",
    "about",
    "by_way_of",
    "details",
    "user_id",
    "patient_ids",
    "subject_id",
    "actor_kind",
    "verb",
    "subject",
    "door",
    "request_id",
    "stored_at",
)
"""First what is read, then by what it is found again. Both times are clinic-local, with their offset: `stored_at` is
the database's own, which nobody else sets.
"""


def asked_of(
    *, patient_id: int | None, user_id: int | None, kind: str | None, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """Which entries, up to the newest one at this moment: what is noted meanwhile does not make the file longer."""
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"]
    return {
        "patient_id": patient_id,
        "user_id": user_id,
        "kind": kind,
        "newest": newest or 0,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }


def _count(asked: Asked) -> int:
    return _entries(asked).count()


def _read(asked: Asked, position: int, limit: int) -> ExportStep:
    """In the order in which they were noted, the newest first, which cuts a file into steps that stay apart; a position
    is the number of the entry before which it goes on.
    """
    rows = _entries(asked).order_by("-pk")
    if position:
        rows = rows.filter(pk__lt=position)
    found = list(rows[:limit])
    patients = frozenset(pk for entry in found for pk in entry.patient_ids)
    following = found[-1].pk if len(found) == limit else None
    return ExportStep([_line(entry) for entry in found], patients, following)


def _entries(asked: Asked) -> QuerySet[Entry]:
    edges: dict[str, Any] = {name: asked[name] for name in ("patient_id", "user_id")}
    edges["kind"] = asked.get("kind")  # a file that was asked for by an earlier version names none
    for name in ("since", "until"):
        edges[name] = datetime.fromisoformat(str(asked[name])) if asked[name] else None
    return audit_entries(**edges).filter(pk__lte=asked["newest"])


def _line(entry: Entry) -> list[object]:
    return [
        entry.pk,
        _local(entry.at),
        entry.actor_name,
        entry_words(entry.verb, entry.subject),
        subject_words(entry.verb, entry.subject),
        DOOR_WORDS.get(entry.door, entry.door),
        json.dumps(entry.detail, ensure_ascii=False) if entry.detail else "",
        entry.user_id,
        " ".join(map(str, entry.patient_ids)),
        entry.subject.partition(":")[2],
        entry.actor_kind,
        entry.verb,
        entry.subject,
        entry.door,
        entry.request_id,
        _local(entry.stored_at) if entry.stored_at else "",
    ]


def _local(instant: datetime) -> str:
    return instant.astimezone(clock.zone()).isoformat(timespec="seconds")


def register_export() -> None:
    """Called once, from `ready()`."""
    register(NAME, ExportSource(COLUMNS, _count, _read))

"""The audit trail as a file: numbers of patients, never their names."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from pht_clinic.audit.models import Entry
from pht_clinic.web.exports import Asked, ExportSource, ExportStep, register
from scheduling.audit.read import audit_entries

NAME = "audit"
COLUMNS = (
    "id",
    "at",
    "actor_kind",
    "user",
    "actor_name",
    "verb",
    "subject",
    "patients",
    "detail",
    "door",
    "request_id",
)


def asked_of(
    *, patient_id: int | None, user_id: int | None, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """Which entries, up to the newest one at this moment: what is noted meanwhile does not make the file longer."""
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"]
    return {
        "patient_id": patient_id,
        "user_id": user_id,
        "newest": newest or 0,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }


def _count(asked: Asked) -> int:
    return _entries(asked).count()


def _read(asked: Asked, position: int, limit: int) -> ExportStep:
    """The newest first; a position is the number of the entry before which it goes on."""
    rows = _entries(asked).order_by("-pk")
    if position:
        rows = rows.filter(pk__lt=position)
    found = list(rows[:limit])
    patients = frozenset(pk for entry in found for pk in entry.patient_ids)
    following = found[-1].pk if len(found) == limit else None
    return ExportStep([_line(entry) for entry in found], patients, following)


def _entries(asked: Asked) -> QuerySet[Entry]:
    edges: dict[str, Any] = {name: asked[name] for name in ("patient_id", "user_id")}
    for name in ("since", "until"):
        edges[name] = datetime.fromisoformat(str(asked[name])) if asked[name] else None
    return audit_entries(**edges).filter(pk__lte=asked["newest"])


def _line(entry: Entry) -> list[object]:
    return [
        entry.pk,
        entry.at,
        entry.actor_kind,
        entry.user_id,
        entry.actor_name,
        entry.verb,
        entry.subject,
        " ".join(map(str, entry.patient_ids)),
        json.dumps(entry.detail, ensure_ascii=False) if entry.detail else "",
        entry.door,
        entry.request_id,
    ]


def register_export() -> None:
    """Called once, from `ready()`."""
    register(NAME, ExportSource(COLUMNS, _count, _read))

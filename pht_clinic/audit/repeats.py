"""What is refused again and again: each of the first is an entry of its own, the rest of the minute is one together.

So nobody fills the trail by being refused: one thing makes at most `EACH` entries a minute and one that counts the
rest, and all strangers together, from however many addresses, those of `STRANGERS` things. What comes beyond is counted
as one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from django.db import connection, transaction
from django.db.models.functions import Now

from pht_clinic.audit.door import Way, way
from pht_clinic.audit.models import Entry, Repeat
from pht_clinic.audit.record import entry, record
from pht_clinic.people.actors import STRANGER, Actor
from pht_clinic.rows import insertion

EACH: Final = 5
"""Entries for one thing in one minute; as many as guesses at one account are looked at."""
STRANGERS: Final = 20
"""Things that strangers are refused in one minute and that are told apart."""
_AT_ONCE: Final = 500
_A_MINUTE: Final = dt.timedelta(minutes=1)
_CROWD: Final = ""
_COUNT: Final = """
INSERT INTO audit_repeat (minute, key, times, said)
SELECT date_trunc('minute', now()), %(key)s, 1, %(said)s::jsonb
WHERE NOT %(stranger)s
   OR EXISTS (SELECT FROM audit_repeat WHERE minute = date_trunc('minute', now()) AND key = %(key)s)
   OR (SELECT count(*) FROM audit_repeat WHERE minute = date_trunc('minute', now())
       AND said ->> 'kind' = 'stranger') < %(most)s
ON CONFLICT (minute, key) DO UPDATE SET times = audit_repeat.times + 1 RETURNING times
"""


def note_often(
    verb: str, *, by: Actor, now: dt.datetime, subject: str = "", detail: Mapping[str, object] | None = None
) -> None:
    """Note what `by` was refused, or does again and again, unless this minute has told so often enough; then it is only
    counted. One statement, but for a stranger in a crowd.

    Called outside of the transaction that was refused, so that it stays. The minute is of the database's clock; the
    same is what has the same verb, actor, subject and detail, and came in the same way.
    """
    came = way.get()
    said = {
        "verb": verb,
        "kind": by.kind,
        "user": by.user_id,
        "name": by.name,
        "subject": subject,
        "detail": dict(detail or {}),
        "way": [came.door, came.network, came.device, came.in_clinic],
    }
    key = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    row = entry(verb, by=by, now=now, subject=subject, detail=detail)
    if not _count(key, said, row):
        crowd = {"verb": "strangers-refused", "subject": "", "detail": {}, "way": [came.door, "", "", None]}
        _count(_CROWD, {**said, **crowd}, None)


def sum_up(*, now: dt.datetime) -> int:
    """Write one entry for all that a past minute counted and did not tell, and forget the counts; how many entries."""
    written = 0
    while True:
        with transaction.atomic():
            rows = list(
                Repeat.objects.select_for_update(skip_locked=True)
                .filter(minute__lte=Now() - _A_MINUTE)
                .order_by("pk")[:_AT_ONCE]
            )
            more = [row for row in rows if row.times > EACH or row.key == _CROWD]
            for row in more:
                _tell(row, now=now)
            Repeat.objects.filter(pk__in=[row.pk for row in rows]).delete()
        written += len(more)
        if len(rows) < _AT_ONCE:
            return written


def _tell(row: Repeat, *, now: dt.datetime) -> None:
    said = row.said
    by = Actor(kind=said["kind"], user_id=said["user"], name=said["name"], role="")
    counted = {"more": row.times if row.key == _CROWD else row.times - EACH, "minute": row.minute.isoformat()}
    came = way.set(Way(*said["way"]))
    try:
        record(said["verb"], by=by, now=now, subject=said["subject"], detail={**said["detail"], **counted})
    finally:
        way.reset(came)


def _count(key: str, said: Mapping[str, object], row: Entry | None) -> bool:
    """Count it, and store this entry of it where it is one of the first; whether there was room for it."""
    values: dict[str, str | bool | int] = {"key": key, "said": json.dumps(said), "most": STRANGERS}
    values["stranger"] = said["kind"] == STRANGER.kind and key != _CROWD
    statement = _COUNT
    if row is not None:
        insert, values["row"] = insertion(row)
        insert = insert.replace("%s", "%(row)s")
        statement = f"WITH counted AS ({_COUNT}), noted AS ({insert}, counted WHERE times <= {EACH}) TABLE counted"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() is not None

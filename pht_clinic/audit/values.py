"""What a field said before and after a change: the values lie apart from the trail, and a seal covers their digests.

Each has a salt of its own. Whoever removes a value removes its salt too, and nobody can find out by trying what the
digest was made of; the seal still fits.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from django.db import connections

from pht_clinic.audit.models import Entry, Value
from pht_clinic.rows import store

Changed = tuple[str, Any, Any]
"""A field, and what it said before and after; None is that there was nothing."""
SUM: Final = "encode(sha256(convert_to(concat_ws(E'\\n', v.salt, v.field, v.old, v.new), 'UTF8')), 'hex')"
"""The digest of one value `v`, as `sum_of` makes it: none of the four holds a line break."""
_FORGET: Final = """
DELETE FROM audit_value WHERE entry_id IN (
    SELECT id FROM audit_entry WHERE patient_ids @> ARRAY[%s]::bigint[] AND verb <> 'viewed')
"""


def told(changed: Iterable[Changed]) -> list[Value]:
    """Unstored values, each with a fresh salt, of what an entry changed."""
    return [
        Value(field=field, old=_as_json(old), new=_as_json(new), salt=secrets.token_hex(16))
        for field, old, new in changed
        if old != new
    ]


def sums_of(values: Iterable[Value]) -> dict[str, str] | None:
    """What the entry keeps of its values, by field; None where it has none."""
    return {value.field: sum_of(value) for value in values} or None


def sum_of(value: Value) -> str:
    """SHA-256 over salt, field and both values, hexadecimal."""
    return sha256("\n".join((value.salt, value.field, value.old, value.new)).encode()).hexdigest()


def store_with(entry: Entry, values: Collection[Value]) -> None:
    """Store an entry, then its values: two round trips, one where there are none."""
    store(entry)
    if values:
        for value in values:
            value.entry_id = entry.pk
        store(*values)


def values_of(entry_ids: Collection[int]) -> dict[int, list[Changed]]:
    """What each of these entries changed, as plain JSON, in the order in which it was noted: one query.

    An entry that changed no field, or whose values were erased, is not in it.
    """
    found: dict[int, list[Changed]] = defaultdict(list)
    for row in Value.objects.filter(entry__in=entry_ids).order_by("pk"):
        found[row.entry_id].append((row.field, json.loads(row.old), json.loads(row.new)))
    return dict(found)


def forget(patient_id: int, *, alias: str) -> int:
    """Remove every value that the trail keeps of a patient, and answer how many; the entries stay, and their seals fit.

    `alias` is the connection of a role that may: the application's may not. A second time there is nothing to remove.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(_FORGET, [patient_id])
        return int(cursor.rowcount)


def added(details: Mapping[str, Any]) -> list[Changed]:
    """Of a new record: each field that says something."""
    return [(field, None, value) for field, value in details.items() if value not in (None, "", [])]


def plain(value: Any) -> Any:
    """What a column holds as plain JSON: dates and times in ISO 8601, instants in UTC, decimals as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return list(value) if isinstance(value, list | tuple) else value


def _as_json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False)

"""Looking whether the audit trail is what was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from pht_clinic.audit.seal import FLOOR, LATE, OF_A_RUN, ROW, UNSEALED, VIEW
from pht_clinic.audit.values import SUM

_AT_ONCE: Final = 500
_EACH: Final = f"""
SELECT s.id, s.made_at, s.entries, s.previous, s.digest, found.entries,
       encode(sha256(convert_to(s.previous || found.rows, 'UTF8')), 'hex')
FROM audit_seal s CROSS JOIN LATERAL (
    SELECT count(e.id) AS entries, coalesce(string_agg({ROW}, '' ORDER BY e.id), '') AS rows
    FROM unnest(s.first_ids, s.last_ids) AS run(first, last) {OF_A_RUN}) AS found
WHERE s.id > %(after)s ORDER BY s.id LIMIT {_AT_ONCE}
"""  # noqa: S608 - names of ours
_COUNTED: Final = "SELECT count(*) FROM audit_entry e WHERE e.verb <> %(view)s"
_NOT_YET: Final = f"""
SELECT count(*), min(e.stored_at), max(e.stored_at) FROM audit_entry e WHERE e.verb <> %(view)s AND e.id IN ({UNSEALED})
"""  # noqa: S608 - names of ours
_SLIPPED_IN: Final = f"""
SELECT e.id FROM audit_entry e WHERE e.verb <> %(view)s AND e.id <= {FLOOR}
EXCEPT SELECT e.id FROM audit_seal s, unnest(s.first_ids, s.last_ids) AS run(first, last) {OF_A_RUN} ORDER BY 1
"""  # noqa: S608 - names of ours
_ANOTHER_TIME: Final = """
SELECT e.id FROM audit_entry e
WHERE abs(extract(epoch FROM e.at - e.stored_at)) > %(late)s ORDER BY 1
"""
_OTHER_VALUES: Final = f"""
SELECT v.entry_id, v.field FROM audit_value v LEFT JOIN audit_entry e ON e.id = v.entry_id AND e.verb <> %(view)s
WHERE e.sums ->> v.field IS DISTINCT FROM {SUM} ORDER BY v.id
"""  # noqa: S608 - names of ours


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: a sentence for each thing that is not as it was sealed; the entries that no seal covers yet, with
    the first and last instant at which the database took them; how many entries stand sealed, and by which digest last.
    """

    wrong: tuple[str, ...]
    unsealed: int
    unsealed_from: datetime | None
    unsealed_to: datetime | None
    sealed: int
    last_digest: str


def verify(*, alias: str = "default") -> Verified:
    """Compare every seal with the entries that it is over, and with the seal before it.

    A changed, missing or added entry is told by the seal that it belongs to, an added one outside of all seals by its
    id. A value that is not what was noted is told by its entry and field. Views and values may be missing. Not found
    is: the newest seals removed together with all that they cover. Compare `last_digest` with one that was noted
    elsewhere, as backups do. Reads one instant, in a transaction of its own.
    """
    names: dict[str, str | int] = {"late": LATE, "view": VIEW}
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        seals = list(_seals(cursor))
        wrong = list(_wrong_seals(seals))
        cursor.execute(_NOT_YET, names)
        unsealed, since, until = cursor.fetchone()
        sealed = sum(one.found for one in seals)
        cursor.execute(_COUNTED, names)
        if cursor.fetchone()[0] > sealed + unsealed:
            cursor.execute(_SLIPPED_IN, names)
            wrong += [f"Entry {pk} was added after its neighbours were sealed." for (pk,) in cursor.fetchall()]
        cursor.execute(_OTHER_VALUES, names)
        wrong += [f"Entry {pk}: what is kept of {field} is not what was noted." for pk, field in cursor.fetchall()]
        if not settings.CLOCK_OFFSET_FILE:
            cursor.execute(_ANOTHER_TIME, names)
            wrong += [f"Entry {pk} says another time than the database had." for (pk,) in cursor.fetchall()]
    return Verified(tuple(wrong), unsealed, since, until, sealed, seals[-1].digest if seals else "")


@dataclass(frozen=True, slots=True)
class _Looked:
    """A seal as it is stored, and what is found now: how many entries, and their digest."""

    pk: int
    made_at: datetime
    entries: int
    previous: str
    digest: str
    found: int
    found_digest: str


def _seals(cursor: CursorWrapper) -> Iterator[_Looked]:
    """All of them, the oldest first; read in steps that end in time."""
    after = 0
    while True:
        cursor.execute(_EACH, {"after": after, "view": VIEW})
        rows = [_Looked(*row) for row in cursor.fetchall()]
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].pk


def _wrong_seals(seals: Sequence[_Looked]) -> Iterator[str]:
    before = ""
    for one in seals:
        named = f"Seal {one.pk} of {one.made_at:%Y-%m-%d %H:%M:%S} UTC"
        if one.previous != before:
            yield f"{named} does not follow the one before: a seal is missing or was changed."
        if one.found < one.entries:
            yield f"{named}: {one.entries - one.found} of its {one.entries} entries are missing."
        elif one.found > one.entries:
            yield f"{named}: {one.found - one.entries} entries were added to its {one.entries}."
        elif one.found_digest != one.digest:
            yield f"{named}: one of its {one.entries} entries was changed, or the seal was."
        before = one.digest

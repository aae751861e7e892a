"""Seals over the audit trail: what was written cannot be changed, removed or slipped in later without being found out.

Entries are sealed in steps of a minute and not one by one, so that no request waits for the end of a chain. A seal
covers whatever stands unsealed and can be seen; what was still being written is in a later one. Views are in no digest.
Source of the scheme: hashes over logs, each with the one before (NIST SP 800-92, 3.2; RFC 4998, 5).
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from django.db import connections, transaction

from pht_clinic.audit.models import Seal

MOST: Final = 20_000
"""Entries, views counted, in one seal: a trail of years is sealed in steps that end in time."""
LATE: Final = 3600
"""Seconds. No transaction lasts so long: an id that nobody saw so long before a seal will never be written."""
VIEW: Final = "viewed"
_LOCK: Final = 0x5EA1
ROW: Final = """encode(sha256(convert_to((jsonb_build_array(e.id, extract(epoch FROM e.at)::text, e.actor_kind,
    e.user_id, e.actor_name, e.verb, e.subject, e.patient_ids, e.detail, e.door, e.request_id,
    extract(epoch FROM e.stored_at)::text) || CASE WHEN num_nonnulls(e.network, e.device, e.in_clinic, e.sums) > 0
    THEN jsonb_build_array(e.network, e.device, e.in_clinic, e.sums) ELSE '[]' END)::text, 'UTF8')), 'hex')"""
"""The digest of one entry `e`, whatever time zone the session has. These columns stay as they are for ever: seals that
were made count on them. What was noted before there were networks has none of the last four and the digest that it had.
"""
OF_A_RUN: Final = """CROSS JOIN LATERAL (
    SELECT * FROM audit_entry WHERE id BETWEEN run.first AND run.last AND verb <> %(view)s OFFSET 0) AS e"""
"""The entries `e` of a run of ids that are no views. Without OFFSET 0 PostgreSQL reads the whole trail for each run: it
cannot know how short a run is.
"""
FLOOR: Final = """coalesce((SELECT max(s.last_ids[cardinality(s.last_ids)]) FROM (
    SELECT last_ids FROM audit_seal WHERE made_at < now() - make_interval(secs => %(late)s)
    ORDER BY id DESC LIMIT 1000) s), 0)"""
"""Up to this id everything that will ever be written was written when the seals of an hour ago were made. A late entry
has a seal at most an hour after its neighbours': the newest of them know the highest id, however many there are.
"""
UNSEALED: Final = f"""
SELECT e.id FROM audit_entry e
WHERE e.id > {FLOOR} AND NOT EXISTS (
    SELECT 1 FROM audit_seal s, unnest(s.first_ids, s.last_ids) AS run(first, last)
    WHERE s.made_at >= now() - make_interval(secs => %(late)s) AND e.id BETWEEN run.first AND run.last)
ORDER BY e.id
"""  # noqa: S608 - names of ours
_DIGEST: Final = f"""
SELECT count(e.id),
       encode(sha256(convert_to(%(previous)s || coalesce(string_agg({ROW}, '' ORDER BY e.id), ''), 'UTF8')), 'hex')
FROM unnest(%(first)s::bigint[], %(last)s::bigint[]) AS run(first, last) {OF_A_RUN}
"""  # noqa: S608 - names of ours


def seal() -> Seal | None:
    """Seal what stands unsealed, at most `MOST` entries; None where nothing does, or where somebody else is sealing."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(f"{UNSEALED} LIMIT {MOST}", {"late": LATE})
        runs = list(_runs([pk for (pk,) in cursor.fetchall()]))
        if not runs:
            return None
        first, last = [run[0] for run in runs], [run[-1] for run in runs]
        previous = newest_seal("default")
        cursor.execute(_DIGEST, {"previous": previous, "first": first, "last": last, "view": VIEW})
        entries, digest = cursor.fetchone()
        return Seal.objects.create(first_ids=first, last_ids=last, entries=entries, previous=previous, digest=digest)


def newest_seal(alias: str) -> str:
    """The digest of the newest seal; "" where there is none."""
    return Seal.objects.using(alias).order_by("-pk").values_list("digest", flat=True).first() or ""


def _runs(ids: list[int]) -> list[list[int]]:
    """Ids in order, parted where one is missing: nothing may ever be between two of a run."""
    parted = groupby(enumerate(ids), key=lambda one: one[1] - one[0])
    return [[pk for _, pk in run] for _, run in parted]

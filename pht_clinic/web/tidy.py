"""Removes what has had its time: old idempotency keys (they hold answers about patients), old files, what was
typed and never fetched, counts that are over, old sessions, files of counts of processes that ended."""

import logging

from django.db import connection

from pht_clinic.watching.counts import fold_ended
from pht_clinic.web import counting, exports
from pht_clinic.web.api import idempotency
from pht_clinic.web.signing_in import open_sessions
from pht_clinic.web.typed_work import keeping

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 1000
_ROUNDS = 20
_SESSIONS = """
    DELETE FROM django_session WHERE session_key IN (
        SELECT session_key FROM django_session WHERE expire_date <= now()
        ORDER BY expire_date LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


def tidy() -> int:
    """Remove in small steps, at most 20 of 1,000 rows of each kind; returns how many went.

    By the database's clock. What is left over goes next time; a kind that fails does not keep the others.
    """
    removed = 0
    for step in (
        idempotency.purge,
        exports.purge,
        keeping.purge,
        counting.purge,
        open_sessions.purge,
        _remove_sessions,
        fold_ended,
    ):
        try:
            for _ in range(_ROUNDS):
                gone = step(limit=_ROWS_AT_ONCE)
                removed += gone
                if gone < _ROWS_AT_ONCE:
                    break
        except Exception:  # the task's outer loop
            logger.exception("tidying up: %s failed", step.__name__)
    return removed


def _remove_sessions(*, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS, [limit])
        return int(cursor.rowcount)

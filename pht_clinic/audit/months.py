"""The trail by months: each month of `at`, in UTC and half open, has a partition for deeds and one for views.

The owner's role makes them, by a function of the database (migration 0007) that the application's may call: this month
and the next two, by the database's clock. An entry of another time lies in a partition for all the rest, so that none
is ever refused, until the same function makes its month. What is more than 30 years old or further ahead stays there.
"""

from __future__ import annotations

from typing import Final

from pht_clinic.rows import fetch_all

MOST_COUNTED: Final = 1000
AT_ONCE: Final = 10
"""Questions about the whole trail that may be asked at one moment: a page of a patient asks one."""
_MISSING: Final = """
SELECT count(*) FROM unnest(ARRAY['deeds', 'views']) AS kind, generate_series(0, 2) AS later
WHERE to_regclass(format('audit_entry_%%s_%%s', kind,
    to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + later * interval '1 month', 'YYYY_MM'))) IS NULL
"""
_OUTSIDE: Final = """
SELECT (SELECT count(*) FROM (SELECT FROM audit_entry_deeds_other LIMIT %(most)s) AS deeds)
     + (SELECT count(*) FROM (SELECT FROM audit_entry_views_other LIMIT %(most)s) AS views)
"""
_LOCKS: Final = """
WITH part AS (SELECT relid FROM pg_partition_tree(to_regclass('audit_entry')))
SELECT (SELECT count(*) FROM part) + (SELECT count(*) FROM pg_index WHERE indrelid IN (SELECT relid FROM part)),
       current_setting('max_locks_per_transaction')::bigint
         * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint)
"""


def locks_and_room() -> tuple[int, int]:
    """How many locks so many questions take that name no time, one for each partition and index; and how many
    PostgreSQL has room for, of all connections together. Each year brings some 150 to each question.
    """
    [(taken, room)] = fetch_all(_LOCKS, {})
    return AT_ONCE * int(taken), int(room)


def make_months() -> int:
    """Make what is missing, and the newest month of entries that have none, with those entries; returns how many
    partitions were made. None where somebody else is at it, or keeps the trail locked: then it is for the next time.
    """
    [(made,)] = fetch_all("SELECT make_audit_months()", {})
    return int(made)


def months_missing() -> int:
    """How many of the partitions of this month and the next two are not there; six at most."""
    [(missing,)] = fetch_all(_MISSING, {})
    return int(missing)


def entries_without_month() -> int:
    """How many entries lie in no month of theirs; of each kind it stops counting at 1,000."""
    [(found,)] = fetch_all(_OUTSIDE, {"most": MOST_COUNTED})
    return int(found)

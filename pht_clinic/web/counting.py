"""The one count behind every limit: how often something was tried from somewhere within a while.

It is kept in PostgreSQL, so that all processes share it and no broker or cache can lose it. What is counted names
nobody: accounts, addresses and devices stand in it as digests. A count is made before what is counted is looked at,
in one statement, so that what arrives at the same instant is counted whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from pht_clinic.rows import prepared
from pht_clinic.web.models import GuessCount

ANYBODY: Final = ""
ANYWHERE: Final = ""
_SALT: Final = "pht_clinic.web.guessing"
_COUNT: Final = """
    INSERT INTO web_guesscount (account, place, about, guesses, ends_at)
    SELECT account, place, about, 1, statement_timestamp() + seconds * interval '1 second'
      FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS wanted (account, place, about, seconds)
     ORDER BY account DESC, place DESC
    ON CONFLICT (account, place) DO UPDATE SET
        guesses = CASE WHEN web_guesscount.ends_at <= statement_timestamp() THEN 1
            ELSE web_guesscount.guesses + 1 END,
        ends_at = CASE WHEN web_guesscount.ends_at <= statement_timestamp() THEN excluded.ends_at
            ELSE web_guesscount.ends_at END
    RETURNING account, place, guesses, extract(epoch FROM ends_at - statement_timestamp()),
        CASE WHEN %s::boolean THEN set_config('synchronous_commit', 'off', true) END
"""
"""In one order, what all share last, so that none waits for another in a circle."""
_TAKE_BACK: Final = """
    UPDATE web_guesscount SET guesses = guesses - 1
     WHERE account = %s AND place = %s AND guesses > 0 AND ends_at > statement_timestamp()
"""
_PURGE: Final = """
    DELETE FROM web_guesscount WHERE id IN (
        SELECT id FROM web_guesscount WHERE ends_at <= statement_timestamp() ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within so many seconds from the first; the one after that is over it."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, from where, and how often it may be. `about` is the id of the row that it is about, if any."""

    account: str
    place: str
    limit: Limit
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """How often it was, this time too, and in how many whole seconds the count begins anew (1 at least)."""

    number: int
    is_over: bool
    seconds: int


def count(wanted: Sequence[Counter], *, may_be_lost: bool = False) -> list[Reached]:
    """Count one more of each, in one statement; answers how each stands, in the order of `wanted`.

    `may_be_lost`: does not wait for the disk, which a crash of the database within the second may cost some counts.
    Only outside a transaction, else it would hold for what else this one stores.
    """
    lost = may_be_lost and not connection.in_atomic_block
    values: list[Any] = [
        [one.account for one in wanted],
        [one.place for one in wanted],
        [one.about for one in wanted],
        [one.limit.seconds for one in wanted],
        lost,
    ]
    rows = prepared(_COUNT, values).fetchall()
    found = {(account, place): (number, seconds) for account, place, number, seconds, _ in rows}
    return [_reached(one.limit, *found[one.account, one.place]) for one in wanted]


def is_over(counter: Counter) -> bool:
    """Count one more; whether it is over its limit."""
    return count([counter])[0].is_over


def take_back(counter: Counter) -> None:
    """The last one does not count; those before it still do."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, [counter.account, counter.place])


def forget_at(counter: Counter) -> None:
    """Whatever was counted at this account from this place."""
    GuessCount.objects.filter(account=counter.account, place=counter.place).delete()


def counted(account: str, places: Sequence[str]) -> list[int]:
    """How often each was so far, without counting."""
    rows = GuessCount.objects.filter(account=account, place__in=places, ends_at__gt=Now())
    found = dict(rows.values_list("place", "guesses"))
    return [found.get(place, 0) for place in places]


def full(counters: Sequence[Counter]) -> Q:
    """The rows of counts that have reached their limit, at each of these places of any account."""
    reached = Q()
    for one in counters:
        reached |= Q(place=one.place, guesses__gte=one.limit.most)
    return reached & Q(ends_at__gt=Now())


def forget(account: str) -> None:
    """Whatever was counted at this account, anywhere."""
    GuessCount.objects.filter(account=account).delete()


def purge(*, limit: int = 1000) -> int:
    """Remove up to `limit` counts that are over by the database's clock; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [limit])
        return int(cursor.rowcount)


def digest(what: str, value: str) -> str:
    """What is kept in place of an account, an address or a device, whatever its case."""
    return salted_hmac(f"{_SALT}.{what}", value.strip().lower(), algorithm="sha256").hexdigest()


def _reached(limit: Limit, number: int, seconds: float) -> Reached:
    return Reached(number, number > limit.most, max(1, math.ceil(seconds)))

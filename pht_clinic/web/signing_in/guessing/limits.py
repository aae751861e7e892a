"""Guesses are counted in PostgreSQL, by account and where they come from; what is counted names nobody.

Counted by the account alone, a stranger could lock anybody out; by the address alone, everybody behind it. So a guess
counts for the pair of both, an address being its block (`web/network.py`). The account as a whole has a far higher
limit, for guesses from everywhere, and so has a block, for guesses at everybody: only for devices that the account does
not know. One on which somebody signed in before (`devices.py`) has a count of its own, that strangers cannot use up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from pht_clinic.web.models import GuessCount
from pht_clinic.web.network import block_of_address

_SALT: Final = "pht_clinic.web.guessing"
_COUNT: Final = """
    INSERT INTO web_guesscount (account, place, guesses, ends_at)
    VALUES (%s, %s, 1, now() + %s * interval '1 second')
    ON CONFLICT (account, place) DO UPDATE SET
        guesses = CASE WHEN web_guesscount.ends_at <= now() THEN 1 ELSE web_guesscount.guesses + 1 END,
        ends_at = CASE WHEN web_guesscount.ends_at <= now() THEN excluded.ends_at ELSE web_guesscount.ends_at END
    RETURNING guesses
"""
_TAKE_BACK: Final = """
    UPDATE web_guesscount SET guesses = guesses - 1
     WHERE account = %s AND place = %s AND guesses > 0 AND ends_at > now()
"""
_PURGE: Final = """
    DELETE FROM web_guesscount WHERE id IN (
        SELECT id FROM web_guesscount WHERE ends_at <= now() ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many guesses within so many seconds from the first."""

    guesses: int
    seconds: int


AT_ONE_PLACE: Final = Limit(5, 5 * 60)
"""At one account from one block of addresses, or from one known device."""
FROM_EVERYWHERE: Final = Limit(50, 60 * 60)
"""At one account from all devices that it does not know."""
FROM_ONE_BLOCK: Final = Limit(30, 60)
"""From one block at any accounts, by devices that these do not know."""
_EVERYBODY: Final = ""
_ANYWHERE: Final = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a guess was counted."""

    counted: tuple[tuple[str, str], ...]

    def rollback(self) -> None:
        """It was right: it does not count. Those before it still do."""
        with connection.cursor() as cursor:
            for account, place in self.counted:
                cursor.execute(_TAKE_BACK, [account, place])


def try_once(account: str, *, address: str, device: str) -> Counted | None:
    """Count a guess at this account, named by its email address, before it is looked at; None where it must wait.

    `address` is the network address; `device` names one on which this account signed in before, "" for any other.
    """
    who, block = _digest("account", account), _digest("block", block_of_address(address))
    if device:
        wanted = [(who, _digest("device", device), AT_ONE_PLACE)]
    else:
        wanted = [(who, block, AT_ONE_PLACE), (_EVERYBODY, block, FROM_ONE_BLOCK), (who, _ANYWHERE, FROM_EVERYWHERE)]
    counted = []
    for name, place, limit in wanted:
        if _count(name, place, limit) > limit.guesses:
            return None
        counted.append((name, place))
    return Counted(tuple(counted))


def locked(accounts: Iterable[str]) -> frozenset[str]:
    """Which of these accounts must wait somewhere, be it only at the place that somebody guesses from."""
    names = {_digest("account", account): account for account in accounts}
    rows = GuessCount.objects.filter(account__in=names, ends_at__gt=Now())
    return frozenset(
        names[row.account]
        for row in rows
        if row.guesses >= (FROM_EVERYWHERE if row.place == _ANYWHERE else AT_ONE_PLACE).guesses
    )


def unlock(account: str) -> None:
    """Forget every guess at this account."""
    GuessCount.objects.filter(account=_digest("account", account)).delete()


def purge(*, limit: int = 1000) -> int:
    """Remove up to `limit` counts that are over by the database's clock; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [limit])
        return int(cursor.rowcount)


def _count(account: str, place: str, limit: Limit) -> int:
    """One statement, so that guesses that arrive at once are all counted."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [account, place, limit.seconds])
        return int(cursor.fetchone()[0])


def _digest(what: str, value: str) -> str:
    return salted_hmac(f"{_SALT}.{what}", value.strip().lower(), algorithm="sha256").hexdigest()

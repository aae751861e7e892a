"""Guesses are counted by account and where they come from (`pht_clinic.web.counting`).

Counted by the account alone, a stranger could lock anybody out; by the address alone, everybody behind it. So a guess
counts for the pair of both, an address being its block (`web/network.py`). The account as a whole has a far higher
limit, for guesses from everywhere, and so has a block, for guesses at everybody: only for devices that the account does
not know. One on which somebody signed in before (`devices.py`) has a count of its own, that strangers cannot use up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models.functions import Now

from pht_clinic.web import counting
from pht_clinic.web.counting import ANYBODY, ANYWHERE, Counter, Limit, digest
from pht_clinic.web.models import GuessCount
from pht_clinic.web.network import block_of_address

AT_ONE_PLACE: Final = Limit(5, 5 * 60)
"""At one account from one block of addresses, or from one known device."""
FROM_EVERYWHERE: Final = Limit(50, 60 * 60)
"""At one account from all devices that it does not know."""
FROM_ONE_BLOCK: Final = Limit(30, 60)
"""From one block at any accounts, by devices that these do not know."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a guess was counted."""

    counters: tuple[Counter, ...]

    def rollback(self) -> None:
        """It was right: it does not count. Those before it still do."""
        for one in self.counters:
            counting.take_back(one)


def try_once(account: str, *, address: str, device: str) -> Counted | None:
    """Count a guess at this account, named by its email address, before it is looked at; None where it must wait.

    `address` is the network address; `device` names one on which this account signed in before, "" for any other.
    """
    who, block = digest("account", account), digest("block", block_of_address(address))
    if device:
        wanted = [Counter(who, digest("device", device), AT_ONE_PLACE)]
    else:
        wanted = [
            Counter(who, block, AT_ONE_PLACE),
            Counter(ANYBODY, block, FROM_ONE_BLOCK),
            Counter(who, ANYWHERE, FROM_EVERYWHERE),
        ]
    # one after the other: what is over one limit uses up none of the next
    if any(counting.is_over(one) for one in wanted):
        return None
    return Counted(tuple(wanted))


def try_passkey(*, address: str) -> Counted | None:
    """Count a passkey that is tried at whichever account, before it is looked at; None where this block must wait."""
    one = Counter(ANYBODY, digest("block", block_of_address(address)), FROM_ONE_BLOCK)
    return None if counting.is_over(one) else Counted((one,))


def locked(accounts: Iterable[str]) -> frozenset[str]:
    """Which of these accounts must wait somewhere, be it only at the place that somebody guesses from."""
    names = {digest("account", account): account for account in accounts}
    rows = GuessCount.objects.filter(account__in=names, ends_at__gt=Now())
    return frozenset(
        names[row.account]
        for row in rows
        if row.guesses >= (FROM_EVERYWHERE if row.place == ANYWHERE else AT_ONE_PLACE).most
    )


def unlock(account: str) -> None:
    """Forget every guess at this account."""
    counting.forget(digest("account", account))

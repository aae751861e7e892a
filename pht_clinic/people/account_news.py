"""What happens to an account is told to whoever has to know; how is registered by the app that writes to people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User

MADE: Final = "made"
FACTOR_REMOVED: Final = "factor-removed"
UNUSUAL: Final = "unusual-use"
Tell = Callable[[str, User, Actor, datetime], object]
"""Of what happened, to whose account, by whom and when."""
_TELLING: Final[list[Tell]] = []


def told_by(tell: Tell) -> None:
    """Make known how people are told; called once, from `ready()`."""
    _TELLING.append(tell)


def tell(what: str, about: User, by: Actor, now: datetime) -> None:
    """Tell whoever has to know, in the caller's transaction: nobody hears of what was not stored."""
    for one in _TELLING:
        one(what, about, by, now)

"""How much of the diary a search for free times reads at a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Looks:
    """How many days with sessions are read at a time: `near` from the first such day on, then `far` from the next day
    on which somebody has time left.
    """

    near: tuple[int, ...]
    far: tuple[int, ...]


FOR_THE_NEXT_TIME = Looks((2, 12), (14, LONGEST_DAYS))
"""For whoever wants the first times that there are."""
FOR_ALL_AT_ONCE = Looks((LONGEST_DAYS + 1,), (1,))
"""For whoever wants every time there is, or has read the whole stretch already."""


def for_days(shown: int, *, in_vain: int = 0) -> Looks:
    """For whoever wants times of so many days, and looks at so many others at most that have none which fit.

    The first look reads one day more, to know whether any follows; the next allows for as many that are closed or full.
    """
    return Looks((shown + 1,), (2 * shown + in_vain, LONGEST_DAYS))

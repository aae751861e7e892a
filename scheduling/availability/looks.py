"""How much of the diary a search for free times reads at a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Looks:
    """How many days of the diary are read at a time: `near` from the first day with a session on, then `far` from the
    next day on which somebody has time left.
    """

    near: tuple[int, ...]
    far: tuple[int, ...]


FOR_THE_NEXT_TIME = Looks((2, 12), (14, 366))
"""For whoever wants the first times that there are."""
FOR_MANY_DAYS = Looks((14,), (56, 366))
"""For whoever wants times of several days, perhaps of one weekday."""
LONGEST_DAYS = 366
FOR_ALL_AT_ONCE = Looks((LONGEST_DAYS + 1,), (1,))
"""For whoever wants every time there is, or has read the whole stretch already."""

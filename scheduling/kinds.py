"""The kinds of visit: how long they take and what they need. Which there are, other apps register from `ready()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

GRID_MINUTES = 5
"""Every visit starts on this grid of clinic-local minutes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of visit. Durations in minutes; the buffer keeps the room (cleaning), not the people.

    `seats` is how many patients may have it together: more than one makes it a class.
    """

    code: str
    name: str
    minutes: int
    room_buffer_minutes: int = 0
    needs_ultrasound: bool = False
    seats: int = 1

    @property
    def is_group(self) -> bool:
        """Whether several patients have it together."""
        return self.seats > 1

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def room_buffer(self) -> timedelta:
        return timedelta(minutes=self.room_buffer_minutes)


KINDS: Final[dict[str, Kind]] = {}
"""By code, in the order in which forms offer them. Complete once the apps are ready."""


def register(kinds: Iterable[Kind]) -> None:
    """Make kinds known; registering one again replaces it."""
    KINDS.update((kind.code, kind) for kind in kinds)


def choices() -> list[tuple[str, str]]:
    """For fields of models and forms, which ask for it when they are used."""
    return [(kind.code, kind.name) for kind in KINDS.values()]

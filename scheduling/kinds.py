"""The kinds of visit: how long they take and what they need. Data, no logic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

GRID_MINUTES = 5
"""Every visit starts on this grid of clinic-local minutes."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of visit. Durations in minutes; the buffer keeps the room (cleaning), not the people."""

    code: str
    name: str
    minutes: int
    room_buffer_minutes: int = 0
    needs_ultrasound: bool = False
    injects: bool = False
    includes_scan: bool = False
    loads_tendon: bool = False

    @property
    def needs_check(self) -> bool:
        """Whether the safety checker judges it: what injects and what loads the tendon."""
        return self.injects or self.loads_tendon

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def room_buffer(self) -> timedelta:
        return timedelta(minutes=self.room_buffer_minutes)


_ALL = (
    Kind("injection", "Injection", 30, 10, needs_ultrasound=True, injects=True),
    Kind(
        "scan-and-injection",
        "Scan and injection",
        45,
        10,
        needs_ultrasound=True,
        injects=True,
        includes_scan=True,
    ),
    Kind("physiotherapy", "Physiotherapy", 30, loads_tendon=True),
    Kind("exercise-class", "Exercise class", 60, loads_tendon=True),
    Kind("follow-up", "Follow-up", 20),
)
KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
CHOICES = [(kind.code, kind.name) for kind in _ALL]
INJECTING = frozenset(kind.code for kind in _ALL if kind.injects)
NEEDING_ULTRASOUND = frozenset(kind.code for kind in _ALL if kind.needs_ultrasound)
LOADING = frozenset(kind.code for kind in _ALL if kind.loads_tendon)

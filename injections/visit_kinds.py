"""The kinds of visit that this clinic offers, and what the safety checker has to know of each. Data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scheduling.kinds import Kind, register


@dataclass(frozen=True, slots=True)
class VisitKind(Kind):
    """One kind of visit, as the diary and the safety checker see it."""

    injects: bool = False
    includes_scan: bool = False
    loads_tendon: bool = False

    @property
    def needs_check(self) -> bool:
        """Whether the safety checker judges it: what injects and what loads the tendon."""
        return self.injects or self.loads_tendon


_ALL = (
    VisitKind("injection", "Injection", 30, 10, needs_ultrasound=True, injects=True),
    VisitKind(
        "scan-and-injection", "Scan and injection", 45, 10, needs_ultrasound=True, injects=True, includes_scan=True
    ),
    VisitKind("physiotherapy", "Physiotherapy", 30, loads_tendon=True),
    VisitKind("exercise-class", "Exercise class", 60, seats=8, loads_tendon=True),
    VisitKind("follow-up", "Follow-up", 20),
)
KINDS: Final[dict[str, VisitKind]] = {kind.code: kind for kind in _ALL}
CHOICES = [(kind.code, kind.name) for kind in _ALL]
INJECTING = frozenset(kind.code for kind in _ALL if kind.injects)
LOADING = frozenset(kind.code for kind in _ALL if kind.loads_tendon)


def register_kinds() -> None:
    """Make them known to the diary; called once, when the apps are ready."""
    register(_ALL)

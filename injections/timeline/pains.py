"""What a patient said of pain, 0 (none) to 10 (worst), one answer after the other: before and after injections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from injections import words
from injections.models import Injection, OutcomeMeasure, RecoveryAnswer
from injections.safety.sites import area_of
from injections.words import GIVERS
from pht_clinic import clock

DOING: Final = {
    "overall": "Pain after an injection",
    "sitting": "Pain while sitting",
    "walking": "Pain while walking",
    "running": "Pain while running",
}
"""What is asked about, by its code; a question after an injection asks about pain as such, the others name what for."""


@dataclass(frozen=True, slots=True)
class PainAnswer:
    """One value, 0 to 10, of one answer; `doing` is a key of DOING, `asked` the question's name, `by` who gave it.

    `place` names the area and side, "" where the answer is about several or about none.
    """

    at: datetime
    doing: str
    value: int
    asked: str
    by: str
    place: str

    @property
    def on(self) -> date:
        """The clinic-local day."""
        return clock.local_date(self.at)

    @property
    def title(self) -> str:
        """ "Pain while sitting, hip joint, left"."""
        return f"{DOING[self.doing]}, {self.place}" if self.place else DOING[self.doing]


def pains_of(
    injections: Iterable[Injection], measures: Iterable[OutcomeMeasure], recovery: Iterable[RecoveryAnswer]
) -> list[PainAnswer]:
    """Every value that was said, the oldest first; none that a sentence only describes.

    A question after an injection is about the area and side that was injected at its visit, if it was one.
    """
    injected: dict[int, set[tuple[str, str]]] = {}
    for row in injections:
        if row.appointment_id is not None and row.status in Injection.GIVEN:
            injected.setdefault(row.appointment_id, set()).add((area_of(row.site) or "", row.side))
    found = [
        _answer(row, "overall", row.pain, RecoveryAnswer.Question(row.question).label, _only(injected, row))
        for row in recovery
        if row.pain is not None
    ]
    for one in measures:
        for doing in ("sitting", "walking", "running"):
            value = getattr(one, f"pain_{doing}")
            if value is not None:
                found.append(_answer(one, doing, value, _occasion(one), _place(one.area, one.side)))
    return sorted(found, key=lambda answer: (answer.at, list(DOING).index(answer.doing)))


def _answer(row: RecoveryAnswer | OutcomeMeasure, doing: str, value: int, asked: str, place: str) -> PainAnswer:
    return PainAnswer(row.answered_at, doing, value, str(asked), GIVERS[row.answered_by], place)


def _occasion(one: OutcomeMeasure) -> str:
    occasion = OutcomeMeasure.Occasion(one.occasion)
    return "before an injection" if occasion == OutcomeMeasure.Occasion.BEFORE else str(occasion.label)


def _only(injected: dict[int, set[tuple[str, str]]], row: RecoveryAnswer) -> str:
    places = injected.get(row.appointment_id, set())
    return _place(*next(iter(places))) if len(places) == 1 else ""


def _place(area: str, side: str) -> str:
    parts = [words.AREA_NAMES.get(area, ""), words.SIDES.get(side, "")]
    return ", ".join(part.lower() for part in parts if part)

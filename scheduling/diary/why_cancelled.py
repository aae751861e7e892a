"""Who cancelled a visit, and why, as codes that can be counted. Data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PATIENT, CLINIC = "patient", "clinic"
WHO: Final = (PATIENT, CLINIC)
OTHER: Final = "other"
CODES: Final = {
    "unwell": "Unwell",
    "cannot-come": "Cannot come at that time",
    "another-time": "Another time is wanted",
    "no-longer-needed": "No longer needed",
    CLINIC: "The person or the room is not there",
    OTHER: "Another reason",
}
"""Why, by code."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who cancelled, one of `WHO`, and why, one of `CODES`; "" where nobody said."""

    by: str = ""
    code: str = ""

    @property
    def key(self) -> str:
        """Both as one choice of a form."""
        return f"{self.by}-{self.code}"

    @property
    def words(self) -> str:
        """What it says by itself; "" where somebody has to say it in words."""
        return "" if self.code in ("", OTHER) else QUICK.get(self) or CODES.get(self.code, "")


NOBODY_SAID: Final = Said()
NOT_RIGHT: Final = Said(CLINIC, "no-longer-needed")
"""The clinic found that the visit is not right for this patient: they book no other by themselves."""
QUICK: Final = {
    Said(PATIENT, "cannot-come"): "The patient cannot come at that time",
    Said(PATIENT, "unwell"): "The patient is unwell",
    Said(PATIENT, "another-time"): "The patient wants another time",
    Said(PATIENT, "no-longer-needed"): "The patient is better, is going elsewhere or no longer wants it",
    Said(PATIENT, OTHER): "The patient, for another reason",
    Said(CLINIC, CLINIC): "The clinic: the person is away, or the room or its equipment",
    NOT_RIGHT: "The clinic: the visit is not right for this patient",
    Said(CLINIC, OTHER): "The clinic, for another reason",
}
"""What forms offer, in this order: one choice says both."""
OF_EVERYBODY: Final = {said: words for said, words in QUICK.items() if said.by == CLINIC and said != NOT_RIGHT}
"""What the clinic can say of several patients at once."""
BY_KEY: Final = {said.key: said for said in QUICK}

_BEFORE: Final = {
    "patient-cannot-come": Said(PATIENT, "cannot-come"),
    "patient-unwell": Said(PATIENT, "unwell"),
    "patient-better": Said(PATIENT, "no-longer-needed"),
    "patient-elsewhere": Said(PATIENT, "no-longer-needed"),
    "patient-other": Said(PATIENT, OTHER),
    "clinic-person-away": Said(CLINIC, CLINIC),
    "clinic-room": Said(CLINIC, CLINIC),
    "clinic-not-right": NOT_RIGHT,
    "clinic-other": Said(CLINIC, OTHER),
}
"""What lines of history that were written before both were told apart say; such lines are never changed."""


def read(by: str, code: str) -> Said:
    """Who and why of a line of history, whenever it was written."""
    return _BEFORE.get(code) or Said(by, code)


def choices(among: dict[Said, str] = QUICK) -> list[tuple[str, str]]:
    """For fields of forms."""
    return [(said.key, words) for said, words in among.items()]

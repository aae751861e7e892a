"""Every type of line in the order of a file, and what is in no line of its own, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from injections.doors.records.leaving.of_clinic import OF_CLINIC
from injections.doors.records.leaving.of_patients import OF_PATIENTS
from injections.doors.records.leaving.of_visits import OF_VISITS

KINDS: Final = (*OF_CLINIC, *OF_PATIENTS, *OF_VISITS)
"""Each needs only lines before it. Of one type there may be two, from tables that the API shows as one."""
ELSEWHERE: Final[Mapping[str, str]] = {
    "injections.InjectionRequest": "each visit says what it is to inject",
    "scheduling.VisitSeries": "each visit says in which series it was booked",
    "scheduling.RecordEdit": "read by patient, as `record-edit`",
    "scheduling.Erasure": "who was erased is left out, and how many is said",
}
"""Tables that hold something of a patient and have no type of their own."""


def types() -> dict[str, str]:
    """The types of lines in their order, each with what it is in words, once."""
    found: dict[str, str] = {}
    for kind in KINDS:
        found.setdefault(kind.name, kind.about)
    return found

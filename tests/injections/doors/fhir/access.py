"""Who may do what through the FHIR door: as the API's table, read from nothing but this list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.scenarios.access_table import ALL, DESK, MANAGERS, Access

TYPES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "patient": ("patient", ALL),
    "practitioner": ("practitioner", ALL),
    "location": ("room", ALL),
    "schedule": ("practitioner", ALL),
    "appointment": ("appointment", ALL),
    "procedure": ("injection", DESK),
    "diagnosticreport": ("report", DESK),
    "slot": ("", DESK),
    "allergyintolerance": ("allergy", DESK),
    "condition": ("condition", DESK),
    "medicationstatement": ("condition", DESK),
    "questionnaire": ("", ALL),
    "questionnaireresponse": ("", DESK),
    "detectedissue": ("", DESK),
    "task": ("call", DESK),
    "provenance": ("", DESK),
    "auditevent": ("", MANAGERS),
}
"""Each type: the model whose id stands in the address of one ("": an id that nothing has), and who reads and searches
it.
"""
NOTHING: Final = ("1-nothing",)


def _rows() -> Iterator[tuple[str, Access]]:
    for name, (of, who) in TYPES.items():
        yield f"fhir-{name}-list", Access("", {"GET": who})
        yield f"fhir-{name}-search", Access("", {"POST": who})
        yield f"fhir-{name}", Access(of, {"GET": who}, () if of else NOTHING)


FHIR: Final[dict[str, Access]] = {
    "fhir-metadata": Access("", {"GET": ALL}),
    "fhir-patient-everything": Access("patient", {"GET": ALL}),
    **dict(_rows()),
    "fhir-appointment-list": Access("", {"GET": ALL, "POST": DESK}),
}

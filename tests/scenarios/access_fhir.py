"""Who may do what through the FHIR door: as the API's table, read from nothing but this list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.scenarios.access_table import ALL, Access

TYPES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "patient": ("patient", ALL),
    "practitioner": ("practitioner", ALL),
    "location": ("room", ALL),
    "schedule": ("practitioner", ALL),
}
"""Each type: the model whose id stands in the address of one, and who reads and searches it."""


def _rows() -> Iterator[tuple[str, Access]]:
    for name, (of, who) in TYPES.items():
        yield f"fhir-{name}-list", Access("", {"GET": who})
        yield f"fhir-{name}-search", Access("", {"POST": who})
        yield f"fhir-{name}", Access(of, {"GET": who})


FHIR: Final[dict[str, Access]] = {
    "fhir-metadata": Access("", {"GET": ALL}),
    "fhir-patient-everything": Access("patient", {"GET": ALL}),
    **dict(_rows()),
}

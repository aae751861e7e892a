"""What was read of an Appointment that was sent, and where in it each thing stood. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pht_clinic.errors import FieldError, Invalid

ROOT: Final = "#/Appointment"


@dataclass(slots=True)
class Sent:
    """What was read: `values` are those of the API's body of a booking, `places` say where each stood, below
    Appointment.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[FieldError] = field(default_factory=list)

    def put(self, name: str, value: Any, place: str) -> None:
        self.values[name], self.places[name] = value, place

    def wrong(self, place: str, detail: str) -> None:
        self.problems.append(FieldError(f"{ROOT}/{place}", detail))

    def placed(self, errors: Sequence[FieldError]) -> Invalid:
        """What the gate finds wrong, at the elements that were sent, with what was wrong with those."""
        known = {one.pointer for one in self.problems}
        found = [FieldError(self._pointer(one.pointer), one.detail) for one in errors]
        return Invalid([*self.problems, *(one for one in found if one.pointer not in known)])

    def _pointer(self, pointer: str) -> str:
        """`#/site` is reasonCode here, `#/injections/1/side` the bodySite of the second order."""
        name, *inside = pointer.removeprefix("#").lstrip("/").split("/")
        if name == "injections" and inside:
            return f"{ROOT}/contained/{inside[0]}"
        return f"{ROOT}/{self.places.get(name, _ELEMENTS.get(name, name))}".removesuffix("/")


_ELEMENTS: Final = {
    "kind": "serviceType",
    "note": "comment",
    "override_reason": "extension",
    "patient": "participant",
    "practitioner": "participant",
    "room": "participant",
    "side": "reasonCode",
    "site": "reasonCode",
    "targets": "reasonCode",
    "injections": "contained",
}
"""Where what is missing would stand."""

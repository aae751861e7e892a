"""What a line says, from whatever file: of which type it is, its id there, and the bodies that use cases take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from injections.doors.records.coming.columns import PATIENT, cells_of
from injections.doors.records.coming.kinds import KINDS, NOT_BROUGHT_IN
from injections.doors.records.coming.resources import KIND_OF, PassedOver, bodies_of
from injections.models import RecordImport
from pht_clinic.errors import Invalid
from pht_clinic.web.api.json_parser import parse

HEADER: Final = "export"


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A line before it is read in full: its type, its own id in the file, and what stands in it. `is_resource`: it is a
    FHIR resource.
    """

    kind: str
    source_id: str
    body: Mapping[str, Any]
    is_resource: bool = False

    def bodies(self, *, now: datetime) -> LineSaid:
        """Raises: Invalid (every problem), PassedOver (it is nothing to bring in, and why)."""
        if self.is_resource:
            return LineSaid(*bodies_of(self.body, now=now))
        if why := _passed_over(self.kind, self.body):
            raise PassedOver(why)
        return LineSaid([(self.kind, dict(self.body))])


@dataclass(frozen=True, slots=True)
class LineSaid:
    """What a line says, by types, and what else is to be said of it: what of it was not understood."""

    bodies: list[tuple[str, dict[str, Any]]]
    remarks: tuple[str, ...] = ()


def read_line(line: Any, run: RecordImport) -> SaidLine:
    """The cells of a CSV, a line of JSON, or a resource. Raises: Invalid, ParseError."""
    if isinstance(line, list):
        return SaidLine(run.rows, "", cells_of(run.rows, run.header, run.columns, line))
    body = parse(str(line).encode())
    resource, own_id = body.get("resourceType"), str(body.get("id") or "")
    if isinstance(resource, str):
        return SaidLine(KIND_OF.get(resource, resource), f"{resource}/{own_id}" if own_id else "", body, True)
    kind = body.get("type")
    if not isinstance(kind, str):
        raise Invalid.field("type", "Say what the line is, such as “patient” or “injection”.")
    return SaidLine(kind, own_id, body)


def _passed_over(kind: str, body: Mapping[str, Any]) -> str:
    """Why a line is nothing to be brought in; "" where it is."""
    if kind == HEADER:
        return "The header of the file."
    if kind == "appointment" and body.get("status") in ("booked", "pending"):
        return "Visits are not imported. If this one is still to come, book it here."
    if kind not in KINDS and kind != PATIENT:
        return NOT_BROUGHT_IN
    if kind == "outcome" and body.get("appointment") is not None:
        return "It is of a visit, and visits are not imported."
    return "It was corrected or withdrawn there." if body.get("stands") is False else ""

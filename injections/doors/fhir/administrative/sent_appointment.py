"""An Appointment that was sent, as the API's own body of a booking: one gate, whichever door a request comes in by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.servicerequest import ServiceRequest

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.errors import CodedError
from injections.doors.coded.own import ADDRESS
from injections.doors.coded.requests import services_of
from injections.doors.coded.resources import parse_resource
from injections.doors.coded.table import rows_of
from injections.doors.fhir.administrative.slot_ids import SlotId, read_slot_id
from injections.doors.fhir.outcome import WrongResource
from injections.doors.fhir.references import SERVICE
from injections.doors.fhir.values import NotUnderstood, below, read_reference
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import FieldError, Invalid

OVERRIDE_REASON: Final = f"{ADDRESS}/StructureDefinition/override-reason"
"""Extension of an Appointment: why a radiologist is to look at a blocked booking all the same."""
STATUSES: Final = ("proposed", "booked")
ROOT: Final = "#/Appointment"
_OF_NO_WEIGHT: Final = frozenset({"resourceType", "id", "meta", "text", "language", "created"})
"""What a server may pass over: it says these itself."""
_TAKEN: Final = frozenset(
    {
        *("contained", "extension", "status", "serviceType", "reasonCode", "basedOn", "start", "end"),
        *("minutesDuration", "comment", "participant", "slot"),
    }
)
_BODY: Final = {"Patient": "patient", "Practitioner": "practitioner", "Location": "room"}


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


def parse_appointment(body: object) -> Appointment:
    """The Appointment that a body is. Raises: WrongResource (with everything that is wrong)."""
    try:
        found = parse_resource(body)
    except CodedError as error:
        raise WrongResource([FieldError(_below_root(one.pointer), one.detail) for one in error.problems]) from None
    if not isinstance(found, Appointment):
        raise WrongResource([FieldError(f"{ROOT}/resourceType", "must be Appointment here")])
    return found


def _below_root(pointer: str) -> str:
    return pointer.replace("#", ROOT, 1)


def read_appointment(appointment: Appointment, *, base: str) -> Sent:
    """What is asked for, and what of it cannot be taken: nothing that is sent is lost in silence. `base` is the address
    of this server: what another one calls Patient/12 is somebody else.
    """
    sent = Sent()
    for name in appointment.model_fields_set - _OF_NO_WEIGHT - _TAKEN:
        sent.wrong(name, "is not taken here")
    if appointment.status not in STATUSES:
        sent.wrong("status", f"is one of {', '.join(STATUSES)} when it is sent")
    _read_participants(appointment, sent, base=base)
    kind = _read_kind(appointment, sent)
    _read_times(appointment, kind, sent)
    _read_slot(appointment, sent, base=base)
    _read_injections(appointment, kind, sent)
    _read_extensions(appointment, sent)
    if appointment.comment:
        sent.put("note", appointment.comment, "comment")
    return sent


def _read_participants(appointment: Appointment, sent: Sent, *, base: str) -> None:
    for number, one in enumerate(appointment.participant):
        place = f"participant/{number}/actor"
        try:
            found = read_reference((one.actor.reference or "") if one.actor else "", tuple(_BODY), base=base)
        except Invalid as error:
            sent.wrong(place, error.errors[0].detail)
            continue
        name = _BODY[found.type]
        if name in sent.values:
            sent.wrong(place, f"there is one {found.type} at most")
        sent.put(name, str(found.id), place)


def _read_kind(appointment: Appointment, sent: Sent) -> VisitKind | None:
    """Our own code says it alone; else one that is known to mean a service of ours."""
    said = _codings(appointment.serviceType)
    own = {code for system, code in said if system == SERVICE and code in KINDS}
    kinds = own or services_of(appointment)
    if len(kinds) != 1:
        sent.wrong("serviceType", f"has the code of one kind of visit: {', '.join(KINDS)}")
        return None
    code = next(iter(kinds))
    sent.put("kind", code, "serviceType")
    return KINDS[code]


def _codings(concepts: Sequence[CodeableConcept] | None) -> Iterator[tuple[str, str]]:
    for concept in concepts or ():
        for coding in concept.coding or ():
            yield coding.system or "", coding.code or ""


def _read_times(appointment: Appointment, kind: VisitKind | None, sent: Sent) -> None:
    start, end, minutes = appointment.start, appointment.end, appointment.minutesDuration
    if start is not None:
        sent.put("start", start.isoformat(), "start")
    if kind is None:
        return
    length = kind.duration
    if start is not None and end is not None and end - start != length:
        sent.wrong("end", f"is {_minutes(kind)} minutes after the start for this kind of visit; it may be left out")
    if minutes is not None and minutes != _minutes(kind):
        sent.wrong("minutesDuration", f"is {_minutes(kind)} for this kind of visit; it may be left out")


def _read_slot(appointment: Appointment, sent: Sent, *, base: str) -> None:
    """The free time that it takes: it says what is left out, and what is said must be its own."""
    for number, one in enumerate(appointment.slot or ()):
        found = _slot_of(one.reference or "", base)
        if found is None or number:
            sent.wrong(f"slot/{number}", "is one Slot of this server")
            return
        if appointment.start is None:
            sent.put("start", found.start.isoformat(), f"slot/{number}")
        elif appointment.start != found.start:
            sent.wrong(f"slot/{number}", "is of another time")
        own = {"kind": found.kind, "practitioner": str(found.practitioner_id), "room": str(found.room_id)}
        for name, value in own.items():
            if name not in sent.values:
                sent.put(name, value, f"slot/{number}")
            elif sent.values[name] != value:
                sent.wrong(f"slot/{number}", f"is of another {_CALLED[name]}")


def _slot_of(reference: str, base: str) -> SlotId | None:
    """The free time that a reference leads to; None of what is no Slot of this server."""
    try:
        type_, _, id_ = below(reference, base).rpartition("/")
    except NotUnderstood:
        return None
    return read_slot_id(id_) if type_ == "Slot" else None


_CALLED: Final = {"kind": "kind of visit", "practitioner": "Practitioner", "room": "Location"}


def _minutes(kind: VisitKind) -> int:
    return int(kind.duration.total_seconds() // 60)


def _read_injections(appointment: Appointment, kind: VisitKind | None, sent: Sent) -> None:
    """One injection by reasonCode, or several by ServiceRequests that are contained and named by basedOn."""
    for number, concept in enumerate(appointment.reasonCode or ()):
        if not rows_of(concept, "site", "side", "target", "injection"):
            sent.wrong(f"reasonCode/{number}", "has no code that is known here")
    orders = _read_orders(appointment, sent)
    if kind is None:
        return
    if not kind.injects:
        if appointment.reasonCode:
            sent.wrong("reasonCode", f"is of injections alone, and this is {kind.name.lower()}")
        return
    if orders:
        sent.put("injections", [_wanted(one.bodySite, one.orderDetail) for one in orders], "contained")
    if appointment.reasonCode or not orders:
        said = [*(appointment.serviceType or ()), *(appointment.reasonCode or ())]
        for name, value in _wanted(said, said).items():
            sent.put(name, value, "reasonCode")


def _wanted(where: Sequence[CodeableConcept] | None, what: Sequence[CodeableConcept] | None) -> Mapping[str, Any]:
    site, side = site_and_side(where)
    targets = list(dict.fromkeys(row.value for row in rows_of(what, "target")))
    return {"site": site, "side": side, "targets": targets or None}


def _read_orders(appointment: Appointment, sent: Sent) -> list[ServiceRequest]:
    """The orders that are contained. Each is named by basedOn, and nothing else is."""
    orders: list[ServiceRequest] = []
    for number, one in enumerate(appointment.contained or ()):
        if isinstance(one, ServiceRequest):
            orders.append(one)
        else:
            sent.wrong(f"contained/{number}", "is a ServiceRequest: one for each injection")
    named = {f"#{one.id}" for one in orders}
    for number, reference in enumerate(appointment.basedOn or ()):
        if reference.reference not in named:
            sent.wrong(f"basedOn/{number}", "names a ServiceRequest that is contained")
    if named != {reference.reference for reference in appointment.basedOn or ()} and not sent.problems:
        sent.wrong("basedOn", "names each ServiceRequest that is contained")
    return orders


def _read_extensions(appointment: Appointment, sent: Sent) -> None:
    for number, one in enumerate(appointment.extension or ()):
        if one.url != OVERRIDE_REASON or one.valueString is None:
            sent.wrong(f"extension/{number}", f"is not known here; {OVERRIDE_REASON} has a valueString")
        else:
            sent.put("override_reason", one.valueString, f"extension/{number}")

"""An Appointment that was sent, as the API's own body of a booking: one gate, whichever door a request comes in by."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fhir.resources.R4B.appointment import Appointment

from injections.doors.coded.errors import CodedError
from injections.doors.coded.own import ADDRESS
from injections.doors.coded.resources import parse_resource
from injections.doors.coded.table import rows_of
from injections.doors.fhir.administrative.sent import ROOT, Sent
from injections.doors.fhir.administrative.sent_orders import kinds_said, read_orders, wanted
from injections.doors.fhir.administrative.slot_ids import SlotId, read_slot_id
from injections.doors.fhir.outcome import WrongResource
from injections.doors.fhir.values import NotUnderstood, below, read_reference
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic.errors import FieldError, Invalid

OVERRIDE_REASON: Final = f"{ADDRESS}/StructureDefinition/override-reason"
"""Extension of an Appointment: why a radiologist is to look at a blocked booking all the same."""
STATUSES: Final = ("proposed", "booked")
_OF_NO_WEIGHT: Final = frozenset({"resourceType", "id", "meta", "text", "language", "created"})
"""What a server may pass over: it says these itself."""
_TAKEN: Final = frozenset(
    {
        *("contained", "extension", "status", "serviceType", "reasonCode", "basedOn", "start", "end"),
        *("minutesDuration", "comment", "participant", "slot"),
    }
)
_OF_PARTICIPANT: Final = frozenset({"id", "actor", "status"})
_OF_ACTOR: Final = frozenset({"id", "reference", "display"})
_BODY: Final = {"Patient": "patient", "Practitioner": "practitioner", "Location": "room"}


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
    start = _read_start(appointment, sent, base=base)
    if kind is not None:
        _check_length(appointment, start, kind, sent)
    _read_injections(appointment, kind, sent, base=base)
    _read_extensions(appointment, sent)
    if appointment.comment:
        sent.put("note", appointment.comment, "comment")
    return sent


def _read_participants(appointment: Appointment, sent: Sent, *, base: str) -> None:
    for number, one in enumerate(appointment.participant):
        place = f"participant/{number}"
        for name in one.model_fields_set - _OF_PARTICIPANT:
            sent.wrong(f"{place}/{name}", "is not taken here")
        if one.status == "declined":
            sent.wrong(f"{place}/status", "is not of a visit that is asked for: whoever declines is left out")
        for name in (one.actor.model_fields_set if one.actor else frozenset()) - _OF_ACTOR:
            sent.wrong(f"{place}/actor/{name}", "is not taken here: an actor is known by its reference")
        try:
            found = read_reference((one.actor.reference or "") if one.actor else "", tuple(_BODY), base=base)
        except Invalid as error:
            sent.wrong(f"{place}/actor", error.errors[0].detail)
            continue
        name = _BODY[found.type]
        if name in sent.values:
            sent.wrong(f"{place}/actor", f"there is one {found.type} at most")
        sent.put(name, str(found.id), f"{place}/actor")


def _read_kind(appointment: Appointment, sent: Sent) -> VisitKind | None:
    kinds = kinds_said(appointment.serviceType)
    if len(kinds) != 1:
        sent.wrong("serviceType", f"has the code of one kind of visit: {', '.join(KINDS)}")
        return None
    code = next(iter(kinds))
    sent.put("kind", code, "serviceType")
    return KINDS[code]


def _read_start(appointment: Appointment, sent: Sent, *, base: str) -> datetime | None:
    """When it begins: as it says, or as its Slot does."""
    if appointment.start is not None:
        sent.put("start", appointment.start.isoformat(), "start")
    slot = _read_slot(appointment, sent, base=base)
    return appointment.start or (slot.start if slot else None)


def _check_length(appointment: Appointment, start: datetime | None, kind: VisitKind, sent: Sent) -> None:
    """What is said of how long it takes fits its kind."""
    end, minutes = appointment.end, appointment.minutesDuration
    if start is not None and end is not None and end - start != kind.duration:
        sent.wrong("end", f"is {_minutes(kind)} minutes after the start for this kind of visit; it may be left out")
    if minutes is not None and minutes != _minutes(kind):
        sent.wrong("minutesDuration", f"is {_minutes(kind)} for this kind of visit; it may be left out")


def _read_slot(appointment: Appointment, sent: Sent, *, base: str) -> SlotId | None:
    """The free time that it takes: it says what is left out, and what is said must be its own."""
    named = [_slot_of(one.reference or "", base) for one in appointment.slot or ()]
    for number, slot in enumerate(named):
        if slot is None or number:
            sent.wrong(f"slot/{number}", "is one Slot of this server")
    found = next(iter(named), None)
    if found is None:
        return None
    if appointment.start is None:
        sent.put("start", found.start.isoformat(), "slot/0")
    elif appointment.start != found.start:
        sent.wrong("slot/0", "is of another time")
    own = {"kind": found.kind, "practitioner": str(found.practitioner_id), "room": str(found.room_id)}
    for name, value in own.items():
        if name not in sent.values:
            sent.put(name, value, "slot/0")
        elif sent.values[name] != value:
            sent.wrong("slot/0", f"is of another {_CALLED[name]}")
    return found


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


def _read_injections(appointment: Appointment, kind: VisitKind | None, sent: Sent, *, base: str) -> None:
    """One injection by reasonCode, or several by ServiceRequests that are contained and named by basedOn."""
    _check_reasons(appointment, sent)
    orders = read_orders(appointment, sent, base=base)
    if kind is None:
        return
    if not kind.injects:
        for name in [one for one in ("reasonCode", "contained", "basedOn") if getattr(appointment, one)]:
            sent.wrong(name, f"is of injections alone, and this is {kind.name.lower()}")
        return
    if orders:
        sent.put("injections", [wanted(one.bodySite, one.orderDetail) for one in orders], "contained")
    if appointment.reasonCode or not orders:
        _read_reason(appointment, sent)


def _check_reasons(appointment: Appointment, sent: Sent) -> None:
    for number, concept in enumerate(appointment.reasonCode or ()):
        if not rows_of(concept, "site", "side", "target", "injection"):
            sent.wrong(f"reasonCode/{number}", "has no code that is known here")


def _read_reason(appointment: Appointment, sent: Sent) -> None:
    """What one injection is for."""
    said = [*(appointment.serviceType or ()), *(appointment.reasonCode or ())]
    for name, value in wanted(said, said).items():
        sent.put(name, value, "reasonCode")


def _read_extensions(appointment: Appointment, sent: Sent) -> None:
    for number, one in enumerate(appointment.extension or ()):
        if one.url != OVERRIDE_REASON or one.valueString is None:
            sent.wrong(f"extension/{number}", f"is not known here; {OVERRIDE_REASON} has a valueString")
        else:
            sent.put("override_reason", one.valueString, f"extension/{number}")

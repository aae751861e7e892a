"""The orders inside an Appointment that was sent: one ServiceRequest for each of several injections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.servicerequest import ServiceRequest

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.own import system_of
from injections.doors.coded.requests import services_in
from injections.doors.coded.table import rows_of
from injections.doors.fhir.administrative.sent import Sent
from injections.doors.fhir.values import NotUnderstood, read_reference
from injections.visit_kinds import KINDS

_OF_NO_WEIGHT: Final = frozenset({"resourceType", "id", "text", "language"})
_READ: Final = frozenset({"status", "intent", "code", "subject", "bodySite", "orderDetail"})
_STATUS, _INTENT = "active", "order"


def kinds_said(concepts: Sequence[CodeableConcept] | None) -> frozenset[str]:
    """The kinds of visit that these mean. Our own code says it alone; else one that is known to mean a service of
    ours.
    """
    codings = [coding for concept in concepts or () for coding in concept.coding or ()]
    own = frozenset(one.code for one in codings if one.system == system_of("service") and one.code in KINDS)
    return own or services_in(concepts)


def wanted(where: Sequence[CodeableConcept] | None, what: Sequence[CodeableConcept] | None) -> Mapping[str, Any]:
    """One injection, as the API's body has it."""
    site, side = site_and_side(where)
    targets = list(dict.fromkeys(row.value for row in rows_of(what, "target")))
    return {"site": site, "side": side, "targets": targets or None}


def read_orders(appointment: Appointment, sent: Sent, *, base: str) -> list[ServiceRequest]:
    """The orders that are contained. Each is named by basedOn, and nothing else is. What an order says beside where and
    what must be what the visit says: an order that was revoked, or of another patient, is no order here.
    """
    orders: list[ServiceRequest] = []
    for number, one in enumerate(appointment.contained or ()):
        if isinstance(one, ServiceRequest):
            orders.append(one)
            _check(one, f"contained/{number}", sent, base=base)
        else:
            sent.wrong(f"contained/{number}", "is a ServiceRequest: one for each injection")
    _check_names(appointment, orders, sent)
    return orders


def _check_names(appointment: Appointment, orders: Sequence[ServiceRequest], sent: Sent) -> None:
    named, said = {f"#{one.id}" for one in orders}, [one.reference for one in appointment.basedOn or ()]
    if len(named) != len(orders):
        sent.wrong("contained", "has an id for each ServiceRequest, and none twice")
    strange = [number for number, reference in enumerate(said) if reference not in named]
    for number in strange:
        sent.wrong(f"basedOn/{number}", "names a ServiceRequest that is contained")
    if not strange and named != set(said):
        sent.wrong("basedOn", "names each ServiceRequest that is contained")


def _check(order: ServiceRequest, place: str, sent: Sent, *, base: str) -> None:
    for name in order.model_fields_set - _OF_NO_WEIGHT - _READ:
        sent.wrong(f"{place}/{name}", "is not taken here")
    for name, expected in (("status", _STATUS), ("intent", _INTENT)):
        if getattr(order, name) != expected:
            sent.wrong(f"{place}/{name}", f"is {expected} when it is sent")
    if order.code is not None and kinds_said([order.code]) != {sent.values.get("kind")}:
        sent.wrong(f"{place}/code", "is the kind of visit that serviceType says")
    _check_subject(order, place, sent, base=base)
    for name, facts in (("bodySite", ("site", "side")), ("orderDetail", ("target",))):
        for number, concept in enumerate(getattr(order, name) or ()):
            if not rows_of(concept, *facts):
                sent.wrong(f"{place}/{name}/{number}", "has no code that is known here")


def _check_subject(order: ServiceRequest, place: str, sent: Sent, *, base: str) -> None:
    """It is the patient of the visit."""
    try:
        subject = read_reference(order.subject.reference or "", ("Patient",), base=base)
    except NotUnderstood as error:
        sent.wrong(f"{place}/subject", error.errors[0].detail)
        return
    if str(subject.id) != sent.values.get("patient"):
        sent.wrong(f"{place}/subject", "is the Patient who takes part")

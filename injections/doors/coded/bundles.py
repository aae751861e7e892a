"""A FHIR Bundle as one case of the batch check: one proposed Appointment, one Patient, and what is known of them."""

from collections.abc import Iterator
from typing import Final

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.errors import CodedError
from injections.doors.coded.facts import CodedFacts, read_facts
from injections.doors.coded.requests import read_request
from injections.doors.coded.resources import parse_resource
from injections.safety.assess import assess
from injections.safety.batch import BadLine, in_words
from injections.safety.facts import Request
from injections.safety.policy import DEFAULT, Policy
from injections.safety.reading.reader import Problem

_PROPOSED: Final = "proposed"
_TYPES: Final = ("collection", "document", "message", "searchset")


def answer_to_bundle(value: dict[str, object], policy: Policy) -> dict[str, object]:
    """The answer to one Bundle, with what of it was not understood as `unread`. Raises BadLine."""
    line_id = _id_of(value)
    try:
        bundle = parse_resource(value)
        if not isinstance(bundle, Bundle):
            raise CodedError([Problem("#/resourceType", "must be Bundle")])
        found = read_bundle(bundle, policy=policy)
    except CodedError as error:
        raise BadLine(in_words(error.problems), line_id) from None
    if line_id is None:
        raise BadLine("#/id: is required, here or as the value of an identifier")
    judged = assess(found.facts, policy=policy).as_dict()
    unread = [{"reference": one.reference, "reason": one.reason} for one in found.unread]
    return {"id": line_id} | judged | {"unread": unread}


def read_bundle(bundle: Bundle, *, policy: Policy = DEFAULT) -> CodedFacts:
    """What the one Appointment of status "proposed" asks for, with the facts of all other resources.

    Raises: CodedError with every problem and its place: no such appointment or two, none or two patients, references
    to resources that are not there, a Bundle that is no collection of things as they are.
    """
    every = {number: entry.resource for number, entry in enumerate(bundle.entry or ()) if entry.resource is not None}
    proposed = [number for number, one in every.items() if _is_proposed(one)]
    if problems := [*_problems(bundle, len(proposed), sum(isinstance(one, Patient) for one in every.values()))]:
        raise CodedError(problems)
    request = _request(every.pop(proposed[0]), proposed[0])
    return read_facts(every.values(), request=request, zone=policy.zone, policy=policy)


def _is_proposed(resource: Resource) -> bool:
    return isinstance(resource, Appointment) and resource.status == _PROPOSED


def _problems(bundle: Bundle, proposed: int, patients: int) -> Iterator[Problem]:
    """What makes a Bundle no case."""
    if bundle.type not in _TYPES:
        yield Problem("#/type", f"must be one of {', '.join(_TYPES)}")
    if proposed != 1:
        yield Problem("#/entry", f"must hold one Appointment that is proposed, and has {proposed}")
    if patients != 1:
        yield Problem("#/entry", f"must hold one Patient, and has {patients}")
    yield from _strangers(bundle)


def _request(appointment: Resource, number: int) -> Request:
    """What the appointment at this place of the Bundle asks for. Raises CodedError with places in the Bundle."""
    assert isinstance(appointment, Appointment)  # noqa: S101 - the caller looked
    try:
        return read_request(appointment)
    except CodedError as error:
        pointer = f"#/entry/{number}/resource"
        raise CodedError(
            Problem(pointer + problem.pointer.removeprefix("#"), problem.detail) for problem in error.problems
        ) from None


def _strangers(bundle: Bundle) -> Iterator[Problem]:
    """Resources about somebody who is not in the Bundle, by references of the kind that only a Bundle resolves."""
    known = {entry.fullUrl for entry in bundle.entry or () if isinstance(entry.resource, Patient)}
    for number, entry in enumerate(bundle.entry or ()):
        for name in ("subject", "patient"):
            reference = getattr(getattr(entry.resource, name, None), "reference", None)
            if isinstance(reference, str) and reference.startswith("urn:") and reference not in known:
                yield Problem(f"#/entry/{number}/resource/{name}", "refers to no Patient of this Bundle")


def _id_of(value: dict[str, object]) -> str | None:
    """The id of the Bundle, else the value of its identifier, as far as they are text."""
    identifier = value.get("identifier")
    for found in (value.get("id"), identifier.get("value") if isinstance(identifier, dict) else None):
        if isinstance(found, str) and found:
            return found
    return None

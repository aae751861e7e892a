"""The appointments that a call proposes: which are ours to judge, and what each asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.resource import Resource

from injections.doors.cds_hooks.reading import HookCall
from injections.doors.cds_hooks.whose import is_of
from injections.doors.coded.errors import CodedError
from injections.doors.coded.requests import read_request, services_of
from injections.doors.coded.resources import parse_resource
from injections.doors.coded.table import rows_of
from injections.safety.codes import INJECTION
from injections.safety.facts import BookedInjection, Facts, LoadingVisit, Request
from injections.safety.reading.reader import Problem
from pht_clinic.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class Proposed:
    """One appointment as it was sent, and what it asks; `request` is None where that cannot be said, for these reasons
    (`problems`). `is_ours`: its service is one that is judged here.
    """

    appointment: Appointment
    request: Request | None
    problems: tuple[Problem, ...] = ()
    is_ours: bool = True


def read_proposed(call: HookCall) -> list[Proposed]:
    """Those that are to be judged, and those that would be, were they coded. One that has nothing to do with the hip is
    left out. Raises: Invalid (with every problem of those that are no Appointment, or of another patient).
    """
    found: list[Proposed] = []
    wrong: list[FieldError] = []
    for pointer, value in call.appointments:
        try:
            resource = parse_resource(value)
        except CodedError as error:
            wrong += [FieldError(f"{pointer}{one.pointer.removeprefix('#')}", one.detail) for one in error.problems]
            continue
        if not isinstance(resource, Appointment):
            wrong.append(FieldError(f"{pointer}/resourceType", "must be Appointment"))
        elif not is_of(value, call.patient_id):
            wrong.append(FieldError(f"{pointer}/participant", "must be of the patient of context.patientId"))
        else:
            found += _judged(resource)
    if wrong:
        raise Invalid(wrong)
    return found


def with_others(facts: Facts, others: Iterable[Proposed]) -> Facts:
    """The same facts with other proposed appointments as booked."""
    requests = [one.request for one in others if one.request is not None]
    booked = tuple(_booked(one) for one in requests if one.kind == INJECTION)
    loading = tuple(LoadingVisit(kind=one.kind, start=one.start) for one in requests if one.kind != INJECTION)
    return replace(facts, booked=(*facts.booked, *booked), loading=(*facts.loading, *loading))


def without(resources: Iterable[Resource], proposed: Sequence[Proposed]) -> list[Resource]:
    """Without the appointments that are proposed, as the caller may have stored them already."""
    ids = {one.appointment.id for one in proposed} - {None}
    return [one for one in resources if not (isinstance(one, Appointment) and one.id in ids)]


def _judged(appointment: Appointment) -> list[Proposed]:
    """The appointment, or nothing where it is none of ours and names no place of ours."""
    if not services_of(appointment):
        said = [*(appointment.serviceType or ()), *(appointment.reasonCode or ())]
        about_us = rows_of(said, "site", "area", "target")
        problem = Problem("#/serviceType", "is no service that is judged here by the table of codes")
        return [Proposed(appointment, None, (problem,), is_ours=False)] if about_us else []
    try:
        return [Proposed(appointment, read_request(appointment))]
    except CodedError as error:
        return [Proposed(appointment, None, error.problems)]


def _booked(request: Request) -> BookedInjection:
    return BookedInjection(site=request.site or "", side=request.side or "", start=request.start, end=request.end)

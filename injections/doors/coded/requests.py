"""A FHIR Appointment as what is asked for: which service, where, on which side, when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.codeableconcept import CodeableConcept

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.errors import CodedError
from injections.doors.coded.own import SCAN_AND_INJECTION
from injections.doors.coded.table import rows_of
from injections.doors.coded.times import is_sensible
from injections.safety.codes import INJECTION, LOADING_KINDS, REQUEST_SIDES
from injections.safety.facts import Request
from injections.safety.reading.parse_history import DEFAULT_LENGTH
from injections.safety.reading.reader import EARLIEST_YEAR, LATEST_YEAR, Problem
from injections.safety.sites import BOOKABLE_SITES, SITE_BY_CODE

_SERVICES: Final = (INJECTION, SCAN_AND_INJECTION, *LOADING_KINDS)


def read_request(appointment: Appointment) -> Request:
    """What this appointment asks for. The kind is coded in serviceType; site, side and targets there or in reasonCode.

    An injection needs one bookable site and the side left or right; a visit that loads the tendon only its start. No
    end is half an hour, no target the one that the site usually has, as in the batch check.
    Raises: CodedError with every problem and its place.
    """
    problems: list[Problem] = []
    kind, includes_scan = _kind(appointment, problems)
    start, end = _times(appointment, problems)
    site = side = None
    if kind == INJECTION:
        site, side = _place(appointment, problems)
    if problems or start is None or end is None:
        raise CodedError(problems)
    default_target = SITE_BY_CODE[site].default_target if site else None
    targets = tuple(dict.fromkeys(row.value for row in rows_of(_said(appointment), "target")))
    return Request(
        kind=kind,
        site=site,
        side=side,
        start=start,
        end=end,
        targets=(targets or ((default_target,) if default_target else ())) if kind == INJECTION else (),
        includes_scan=includes_scan,
    )


def services_of(appointment: Appointment) -> frozenset[str]:
    """The services of this clinic that the appointment is for: injection, scan-and-injection, physiotherapy,
    exercise-class. None for a visit that is not ours to judge.
    """
    return services_in(appointment.serviceType)


def services_in(concepts: Iterable[CodeableConcept] | None) -> frozenset[str]:
    """The services of this clinic that these concepts mean."""
    found = rows_of(concepts, "service", "injection")
    return frozenset(row.value if row.fact == "service" else INJECTION for row in found)


def _kind(appointment: Appointment, problems: list[Problem]) -> tuple[str, bool]:
    services = services_of(appointment)
    if services and services <= {INJECTION, SCAN_AND_INJECTION}:
        return INJECTION, SCAN_AND_INJECTION in services
    if len(services) == 1:
        return next(iter(services)), False
    problems.append(Problem("#/serviceType", f"must have the code of one of {', '.join(_SERVICES)}"))
    return "", False


def _times(appointment: Appointment, problems: list[Problem]) -> tuple[datetime | None, datetime | None]:
    start, end = appointment.start, appointment.end
    if start is None:
        problems.append(Problem("#/start", "is required"))
    for name, value in (("start", start), ("end", end)):
        if value is not None and not is_sensible(value):
            problems.append(Problem(f"#/{name}", f"must lie in the years {EARLIEST_YEAR} to {LATEST_YEAR}"))
    if problems or start is None:
        return None, None
    if end is not None and end <= start:
        problems.append(Problem("#/end", "must be after the start"))
    return start, start + DEFAULT_LENGTH if end is None else end


def _place(appointment: Appointment, problems: list[Problem]) -> tuple[str | None, str | None]:
    site, side = site_and_side(_said(appointment))
    if site not in BOOKABLE_SITES:
        problems.append(Problem("#/reasonCode", f"must have the code of one site: {', '.join(BOOKABLE_SITES)}"))
    if side not in REQUEST_SIDES:
        problems.append(Problem("#/reasonCode", "must have the code of one side, left or right"))
    return (site, side) if site in BOOKABLE_SITES and side in REQUEST_SIDES else (None, None)


def _said(appointment: Appointment) -> list[CodeableConcept]:
    return [*(appointment.serviceType or ()), *(appointment.reasonCode or ())]

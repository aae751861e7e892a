"""Other appointments of the patient: injections that are booked, visits that load the tendon."""

from typing import Final

from fhir.resources.R4B.appointment import Appointment

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.gathered import Gathered
from injections.doors.coded.own import SCAN_AND_INJECTION
from injections.doors.coded.requests import services_of
from injections.doors.coded.times import is_sensible
from injections.safety.codes import INJECTION, LOADING_KINDS
from injections.safety.facts import BookedInjection, LoadingVisit
from injections.safety.reading.parse_history import DEFAULT_LENGTH

_HOLDS: Final = ("pending", "booked", "arrived", "checked-in")
_OVER: Final = ("fulfilled",)


def read_appointment(appointment: Appointment, name: str, gathered: Gathered) -> None:
    """A visit that holds its time. A proposed, cancelled or missed one does not; what was done at a fulfilled one is
    read from its Procedure.
    """
    services = services_of(appointment)
    if appointment.status in _OVER and services & {INJECTION, SCAN_AND_INJECTION}:
        gathered.leave(name, "status: what was done at it is read from its Procedure")
    if appointment.status not in _HOLDS:
        return
    start, end = appointment.start, appointment.end
    if not services:
        gathered.leave(name, "serviceType: no service that is judged here by the table of codes")
    elif start is None or not is_sensible(start):
        gathered.leave(name, "start: no time that can be read")
    elif services & {INJECTION, SCAN_AND_INJECTION}:
        site, side = site_and_side([*(appointment.serviceType or ()), *(appointment.reasonCode or ())])
        if end is None or not is_sensible(end) or end <= start:
            end = start + DEFAULT_LENGTH
        gathered.booked.append(BookedInjection(site=site, side=side, start=start, end=end))
    else:
        kind = next(kind for kind in LOADING_KINDS if kind in services)
        gathered.loading.append(LoadingVisit(kind=kind, start=start))

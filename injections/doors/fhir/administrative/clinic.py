"""Who works here, the rooms, and whose times there are, as FHIR has them."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.location import Location as LocationResource
from fhir.resources.R4B.period import Period
from fhir.resources.R4B.practitioner import Practitioner as PractitionerResource
from fhir.resources.R4B.schedule import Schedule as ScheduleResource

from injections.doors.fhir.references import service_type, to_practitioner
from injections.doors.fhir.resource_type import EVERYTHING, NOTHING, ResourceType, SearchParam, code_of, each
from injections.doors.fhir.values import Reference, Token
from pht_clinic.people.actors import Actor
from scheduling.models import Practitioner, Room, Schedule

_KINDS_OF_PLACE: Final = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def practitioner_resource(practitioner: Practitioner) -> PractitionerResource:
    return PractitionerResource(
        id=str(practitioner.pk), active=practitioner.active, name=[HumanName(text=practitioner.name)]
    )


def location_resource(room: Room) -> LocationResource:
    return LocationResource(
        id=str(room.pk),
        status="active" if room.active else "inactive",
        name=room.name,
        description="With ultrasound" if room.has_ultrasound else "Without ultrasound",
        mode="instance",
        physicalType=CodeableConcept(coding=[Coding(system=_KINDS_OF_PLACE, code="ro", display="Room")]),
    )


def schedule_resource(practitioner: Practitioner) -> ScheduleResource:
    """All times of one person: the weekly sessions are said in words, the free times are Slots."""
    sessions = list(practitioner.schedules.all())
    return ScheduleResource(
        id=str(practitioner.pk),
        active=practitioner.active,
        serviceType=[service_type(kind) for kind in practitioner.kinds] or None,
        actor=[to_practitioner(practitioner)],
        planningHorizon=_horizon(sessions),
        comment="; ".join(map(_in_words, sessions)) or None,
    )


def _horizon(sessions: Iterable[Schedule]) -> Period | None:
    """From the first day of any session to the last day of all; open where one has no end."""
    listed = list(sessions)
    if not listed:
        return None
    ends = [one.valid_to for one in listed]
    last = None if None in ends else max(end for end in ends if end is not None)
    days: dict[str, Any] = {"start": min(one.valid_from for one in listed), "end": last}
    return Period(**days)


def _in_words(session: Schedule) -> str:
    weeks = "" if session.every_weeks == 1 else f" every {session.every_weeks} weeks"
    until = f" to {session.valid_to}" if session.valid_to else ""
    hours = f"{session.opens:%H:%M}–{session.closes:%H:%M}"
    return f"{day_name[session.weekday]}{weeks} {hours} in {session.room.name}, from {session.valid_from}{until}"


def _practitioners(by: Actor, now: datetime) -> QuerySet[Practitioner]:
    return Practitioner.objects.all()


def _rooms(by: Actor, now: datetime) -> QuerySet[Room]:
    return Room.objects.all()


def _with_times(by: Actor, now: datetime) -> QuerySet[Practitioner]:
    """Whoever has sessions, or had any."""
    has_any = Exists(Schedule.objects.filter(practitioner=OuterRef("pk")))
    return Practitioner.objects.filter(has_any).prefetch_related("schedules__room")


def _active(value: Token) -> Q:
    return Q(active=value.code == "true") if value.code in ("true", "false") else NOTHING


def _status(value: Token) -> Q:
    if not value.may_be_of(*code_of("location-status")):
        return NOTHING
    if not value.code:
        return EVERYTHING
    return Q(active=value.code == "active") if value.code in ("active", "inactive") else NOTHING


def _named(text: str) -> Q:
    return Q(name__icontains=text)


def _whose(value: Reference) -> Q:
    return Q(pk=value.id)


_ACTIVE: Final = SearchParam(name="active", kind="token", matches=_active, what="true or false")
_NAME: Final = SearchParam(name="name", kind="string", matches=_named, what="Part of the name")

PRACTITIONER: Final = ResourceType(
    name="Practitioner",
    action="read-clinic",
    rows=_practitioners,
    resources=each(practitioner_resource),
    params=(_ACTIVE, _NAME),
    what="Whoever takes visits.",
)
LOCATION: Final = ResourceType(
    name="Location",
    action="read-clinic",
    rows=_rooms,
    resources=each(location_resource),
    params=(SearchParam(name="status", kind="token", matches=_status, what="active or inactive"), _NAME),
    what="The rooms.",
)
SCHEDULE: Final = ResourceType(
    name="Schedule",
    action="read-clinic",
    rows=_with_times,
    resources=each(schedule_resource),
    params=(
        _ACTIVE,
        SearchParam(name="actor", kind="reference", matches=_whose, what="Whose it is", targets=("Practitioner",)),
    ),
    what="The times of one practitioner; weekly sessions in words, free times as Slots.",
)

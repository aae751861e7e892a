"""The forms of managers that carry a revision: a record of each, and what two people change in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scheduling.models import Schedule
from tests.clinic import Clinic, close, local


@dataclass(frozen=True)
class Kept:
    """A form over one record: what it shows, what one manager changes, what the other types beside it, and what the
    second one is told.
    """

    page: str
    args: tuple[Any, ...]
    shown: dict[str, Any]
    first: dict[str, Any]
    second: dict[str, Any]
    told: tuple[str, ...]
    row: Any


def room(clinic: Clinic) -> Kept:
    shown = {"name": "Ultrasound 1", "has_ultrasound": "on", "active": "on"}
    told = (
        "This room was changed by manager at 10:01 on 2 March 2026 since you opened it.",
        "“Has ultrasound” was yes and is no now",
    )
    return Kept("room", (clinic.room.pk,), shown, {"has_ultrasound": ""}, {"name": "Blue"}, told, clinic.room)


def practitioner(clinic: Clinic) -> Kept:
    who = clinic.practitioner
    shown = {"name": who.name, "kinds": who.kinds, "user": "", "active": "on"}
    told = (
        "“Visits this person takes” was Injection, Scan and injection, Follow-up and is Follow-up now",
        "“Signs in as” was nothing and is radiologist now",
    )
    first = {"kinds": ["follow-up"], "user": str(clinic.users["radiologist"].pk)}
    return Kept("practitioner", (who.pk,), shown, first, {"name": "Dr Hale"}, told, who)


def session(clinic: Clinic) -> Kept:
    row = Schedule.objects.get(practitioner=clinic.practitioner, weekday=1)
    Schedule.objects.filter(practitioner=clinic.practitioner, weekday=2).delete()  # there it goes
    shown = {
        "practitioner": row.practitioner_id,
        "room": row.room_id,
        "weekday": "1",
        "opens": "08:00",
        "closes": "18:00",
        "valid_from": row.valid_from.isoformat(),
        "valid_to": "",
        "every_weeks": "1",
    }
    told = (
        "This session was changed",
        "“Weekday” was Tuesday and is Wednesday now",
        "“Closes” was 18:00 and is 17:00 now",
        "“Room” was Ultrasound 1 and is Gym now",
        "“Last day it is valid” was nothing and is 31 December 2026 now",
    )
    first = {"weekday": "2", "closes": "17:00", "room": clinic.gym.pk, "valid_to": "2026-12-31"}
    return Kept("schedule", (row.pk,), shown, first, {"opens": "09:00"}, told, row)


def closure(clinic: Clinic) -> Kept:
    start, end = local("2026-08-01", "00:00"), local("2026-08-03", "00:00")
    row = close(by=clinic.manager, now=clinic.now, starts_at=start, ends_at=end).row
    shown = {"what": "clinic", "from_on": "2026-08-01", "from_at": "00:00", "to_on": "2026-08-03", "to_at": "00:00"}
    told = (
        "“End” was Monday 3 August 2026 at 00:00 and is Monday 3 August 2026 at 12:00 now",
        "“Room” was nothing and is Gym now",
    )
    first = {"to_at": "12:00", "what": f"room-{clinic.gym.pk}"}
    return Kept("closure", (row.pk,), {**shown, "reason": ""}, first, {"reason": "Painting"}, told, row)


def member(clinic: Clinic) -> Kept:
    user = clinic.users["reception"]
    shown = {"name": "reception", "role": "reception", "active": "on"}
    told = (
        "This member of staff was changed",
        "“Role” was Reception and is Radiologist now",
        "“May sign in” was yes and is no now",
    )
    first = {"role": "radiologist", "active": ""}
    return Kept("staff-member", (user.pk,), shown, first, {"name": "Rae"}, told, user)


def drug(clinic: Clinic) -> Kept:
    row = clinic.drug(max_day_mg=80, as_methylprednisolone=1)
    shown = {"kind": "steroid", "name": row.name, "substance": "methylprednisolone", "strength_mg_ml": "40"}
    shown |= {"max_day_mg": "80", "as_methylprednisolone": "1", "particulate": "", "source": "", "active": "on"}
    told = (
        "This drug was changed",
        "“Maximum per day in mg” was 80 and is 60 now",
        "“Particulate” was nothing and is yes now",
        "“In use” was yes and is no now",
    )
    first = {"max_day_mg": "60", "particulate": "yes", "active": ""}
    return Kept("drug", (row.pk,), shown, first, {"source": "The clinic decided it"}, told, row)


def webhook(clinic: Clinic) -> Kept:
    row = clinic.webhook()
    shown = {"url": row.url, "used_for": row.used_for, "events": ["patient.registered"]}
    told = (
        "This webhook was changed",
        "“Address” was https://records.example/hook and is https://records.example/2 now",
        "“Events” was patient.registered and is appointment.booked, appointment.moved now",
    )
    first = {"url": "https://records.example/2", "events": ["appointment.booked", "appointment.moved"]}
    return Kept("webhook-change", (row.pk,), shown, first, {"used_for": "Letters"}, told, row)


KEPT = (room, practitioner, session, closure, member, drug, webhook)

"""What the patient would be told: the letter of news that has not happened yet. Stores nothing."""

from __future__ import annotations

from copy import copy
from datetime import datetime

from injections.asking import Ask
from pht_clinic.people.actors import Actor
from scheduling.kinds import KINDS
from scheduling.lifecycle import Status
from scheduling.messages import desk, outbox
from scheduling.messages.render import Letter
from scheduling.models import Appointment, Patient, Practitioner
from scheduling.selectors import the


def news(kind: str, appointment: Appointment, *, by: Actor, now: datetime) -> Letter | None:
    """The letter of this news about an appointment as it stands; None where the patient has no address."""
    drafts = outbox.draft(kind, appointment=appointment, by=by, now=now)
    if not drafts or not drafts[0].recipient:
        return None
    return desk.preview(drafts[0])


def elsewhere(
    kind: str, appointment: Appointment, *, start: datetime, practitioner_id: int, by: Actor, now: datetime
) -> Letter | None:
    """The letter of this news about an appointment as it would stand at another time or with somebody else."""
    there = copy(appointment)
    there.start_at, there.end_at = start, start + appointment.kind_of_visit.duration
    if practitioner_id != appointment.practitioner_id:
        there.practitioner = the(Practitioner, practitioner_id)
    return news(kind, there, by=by, now=now)


def booking(
    ask: Ask, kind: str, *, patient: Patient, practitioner: Practitioner, by: Actor, now: datetime
) -> Letter | None:
    """The letter that a booking would send; `kind` is confirmed or provisional."""
    end_at = ask.start + KINDS[ask.kind].duration
    status = Status.BOOKED if kind == "confirmed" else Status.PENDING
    appointment = Appointment(
        patient=patient, practitioner=practitioner, kind=ask.kind, start_at=ask.start, end_at=end_at,
        status=status, asked_at=now,
    )  # fmt: skip
    return news(kind, appointment, by=by, now=now)

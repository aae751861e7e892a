"""Opening a case for review: a line in the audit trail, by which colleagues see who is reading it."""

from __future__ import annotations

from datetime import datetime

from pht_clinic.audit.record import record
from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import Actor
from pht_clinic.people.roles import RADIOLOGIST
from scheduling.models import Appointment
from scheduling.selectors import the


def open_for_review(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """Say that a radiologist looks at this case now. Raises: Forbidden, Missing."""
    if by.role != RADIOLOGIST:
        raise Forbidden("Only a radiologist reviews.")
    appointment = the(Appointment, appointment_id)
    record(
        "review-opened", by=by, now=now, patients=[appointment.patient_id],
        subject=f"appointment:{appointment.pk}",
    )  # fmt: skip
    return appointment

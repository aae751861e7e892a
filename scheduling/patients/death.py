"""Whether a patient has died, who may say so, and until when it can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from pht_clinic.errors import Conflict, Forbidden
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted, is_permitted
from scheduling.models import Death, Patient
from scheduling.patients.restricted import check_not_restricted
from scheduling.states import UNDO_WINDOW


class HasDied(Conflict):
    """What is asked for is for the living."""

    code = "deceased"
    sentence = "This patient has died. Nothing more can be booked, moved or offered for them."


def check_alive(patient: Patient) -> None:
    """Raise HasDied where a death of this person stands, IsRestricted where they were erased."""
    check_not_restricted(patient)
    if patient.has_died:
        raise HasDied


def check_may_record_death(patient: Patient, *, by: Actor) -> None:
    """Raise Forbidden, or Conflict where it is recorded already, unless this person may record the death."""
    check_permitted("record-death", by)
    check_not_restricted(patient)
    if patient.has_died:
        raise Conflict("The death of this patient is recorded already.")


def check_may_take_back_death(death: Death | None, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, or Conflict where no death stands, unless this person may take it back.

    Boundary: at 10 minutes everybody of the clinic may, after them a manager.
    """
    check_permitted("take-back-death", by)
    if death is None:
        raise Conflict("No death of this patient is recorded.")
    if now - death.recorded_at > UNDO_WINDOW and not is_permitted("take-back-death-later", by):
        minutes = UNDO_WINDOW // timedelta(minutes=1)
        raise Forbidden(f"More than {minutes} minutes have passed: only a manager can undo it now.")

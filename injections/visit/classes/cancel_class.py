"""Cancelling a whole class: each visit of it, and each patient is told."""

from __future__ import annotations

from datetime import datetime

from injections.booking.cancel import Why, cancel_locked, check_why
from injections.visit.classes.may import check_may_change_class
from injections.visit.classes.participants import check_version
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_group, use_case
from scheduling.models import Appointment


def cancel_class(
    group_id: int, *, reason: Why, version: str | None = None, tell_patients: bool = True, by: Actor, now: datetime
) -> list[Appointment]:
    """Cancel every visit of a class that is pending or booked; all or none. Practitioner and room are free at once.

    Raises: Forbidden, Invalid (a reason is required), Missing, ClassChanged (`version`), those of
    check_may_change_class, Busy.
    """
    check_permitted("change-class", by)
    check_why(reason)
    with use_case():
        _, participants, _ = lock_group(group_id)
        check_version(participants, version)
        check_may_change_class(participants, by=by)
        for one in participants:
            cancel_locked(one, reason, tell_patient=tell_patients, by=by, now=now)
        return participants

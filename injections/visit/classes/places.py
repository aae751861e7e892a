"""How many may take part in one class: as many as its kind allows, or fewer."""

from __future__ import annotations

from datetime import datetime

from pht_clinic.audit.record import record
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import groups
from scheduling.diary.locks import lock_group, use_case
from scheduling.models import GroupVisit
from scheduling.revisions import edits


def set_places(group_id: int, seats: int, *, revision: int | None = None, by: Actor, now: datetime) -> GroupVisit:
    """Give a class so many places. Whoever takes part stays in it.

    Raises: Forbidden, Missing, StaleRevision, Invalid (more take part or the kind allows fewer), Busy.
    """
    check_permitted("change-class", by)
    with use_case():
        group, participants, _ = lock_group(group_id)
        edits.check_unchanged(group, revision)
        before = edits.details(group)
        groups.resize(group, seats, now=now)
        changed = edits.raise_revision(group, before, by=by, now=now)
        record(
            "class-resized",
            by=by,
            now=now,
            patients=[one.patient_id for one in participants],
            subject=f"groupvisit:{group.pk}",
            detail={"places": seats},
            changed=changed,
        )
        return group

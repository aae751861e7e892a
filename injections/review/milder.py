"""What reception changed so that a verdict became milder: the radiologists' list of it, and seeing it."""

from __future__ import annotations

from datetime import datetime

from injections.assessment.fact_change import tell
from injections.models import MilderVerdict
from pht_clinic.errors import Conflict, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.models import OfPatientQuerySet


class AlreadySeen(Conflict):
    """A colleague has seen it."""

    code = "already-seen"


def unseen() -> OfPatientQuerySet[MilderVerdict]:
    """What no radiologist has seen yet, the oldest first; not of those who have died."""
    rows = MilderVerdict.objects.of_the_living().filter(seen_at__isnull=True)
    return rows.select_related("patient", "patient__merged_into", "by", "seen_by").order_by("pk")


def see(milder_id: int, *, by: Actor, now: datetime) -> MilderVerdict:
    """Say that a radiologist has seen it. Raises: Forbidden, Missing, AlreadySeen."""
    check_permitted("see-milder", by)
    with use_case():
        row = MilderVerdict.objects.select_for_update(of=("self",)).filter(pk=milder_id).first()
        if row is None:
            raise Missing("There is no such change.")
        if row.seen_at is not None:
            raise AlreadySeen("A radiologist has already seen this.")
        row.seen_at, row.seen_by_id = now, by.user_id
        row.save(update_fields=["seen_at", "seen_by"])
        tell(row, "milder-verdict-seen", row.patient, by=by, now=now)
        return row

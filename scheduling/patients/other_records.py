"""Other records of one person: those that look like theirs, those that were merged into it, merges of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from scheduling.models import Merge, Patient, PossibleDuplicate
from scheduling.models.duplicate import UNDONE_WITHIN
from scheduling.patients.duplicates import decided_or_waiting
from scheduling.patients.look_alikes import LookAlike, look_alikes, person_of

MOST_SHOWN = 5
"""Look-alikes on a patient's page, and merges on the list."""
MOST_MERGES = 20


@dataclass(frozen=True, slots=True)
class Alike:
    """A record that looks like the one shown; `waits` is the report about the two, None where there is none."""

    found: LookAlike
    waits: PossibleDuplicate | None


def alike_to_report(patient: Patient) -> list[Alike]:
    """Records that are likely of this standing patient, at most 5; not those of which somebody said otherwise.

    At most 4 queries.
    """
    found = look_alikes(person_of(patient), besides=patient)[:MOST_SHOWN]
    said: dict[int, list[PossibleDuplicate]] = {}
    for row in decided_or_waiting(patient, [one.patient for one in found]):
        other = row.high if row.low == patient.pk else row.low
        said.setdefault(other, []).append(row)
    shown = []
    for one in found:
        rows = said.get(one.patient.pk, [])
        undecided = next((row for row in rows if row.closed_at is None), None)
        if undecided or not rows:
            shown.append(Alike(one, undecided))
    return shown


def undecided_about(patient: Patient) -> list[tuple[Patient, PossibleDuplicate]]:
    """The other standing record of each pair with this one that waits for a manager, and the pair. One query."""
    rows = PossibleDuplicate.objects.by_standing_records().filter(Q(low=patient.pk) | Q(high=patient.pk))
    rows = rows.filter(closed_at=None, low__lt=F("high")).order_by("pk")
    found: dict[int, tuple[Patient, PossibleDuplicate]] = {}
    for row in rows.select_related("one__merged_into", "other__merged_into", "noted_by"):
        other = row.other.kept if row.one.kept_id == patient.pk else row.one.kept
        found.setdefault(other.pk, (other, row))
    return list(found.values())


def merges_to_undo(*, now: datetime) -> list[Merge]:
    """The newest merges that a manager can still take back. One query."""
    rows = Merge.objects.filter(undone_at=None, at__gte=now - UNDONE_WITHIN, target__merged_into=None)
    return list(rows.select_related("source", "target", "by").order_by("-pk")[:MOST_MERGES])


def merged_into(patient: Patient) -> list[Merge]:
    """The merges that hold by which records came into this one, the newest first. One query."""
    rows = Merge.objects.filter(undone_at=None, target=patient)
    return list(rows.select_related("source", "by").order_by("-pk"))

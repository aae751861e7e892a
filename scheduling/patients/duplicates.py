"""Records that may be of one person: somebody reports them, a manager says why they are two people, or merges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from pht_clinic.audit.record import record
from pht_clinic.errors import Busy, Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy
from scheduling.diary.locks import lock, use_case
from scheduling.diary.read import the
from scheduling.models import Patient, PossibleDuplicate
from scheduling.patients.look_alikes import person_of
from scheduling.patients.matching import Likeness, compare
from scheduling.patients.name_words import sounds_of

LONGEST_NOTE = 2000
_ONE_ALREADY = "These records have already been merged."


@dataclass(frozen=True, slots=True)
class Pair:
    """Two standing records that may be of one person, and what speaks for it and against it."""

    row: PossibleDuplicate
    one: Patient
    other: Patient
    likeness: Likeness

    @property
    def patients(self) -> tuple[Patient, Patient]:
        return self.one, self.other


def report_duplicate(patient_id: int, *, other_id: int, note: str = "", by: Actor, now: datetime) -> PossibleDuplicate:
    """Say that two records may be of one person, for a manager to decide.

    Reported again the first report stays. Records that were merged away stand for the ones that stand.
    Raises: Forbidden, Missing, Invalid (one record, or there is no such one), Conflict (they are one record already).
    """
    check_permitted("report-duplicate", by)
    patient = the(Patient.objects.select_related("merged_into"), patient_id)
    other = Patient.objects.select_related("merged_into").filter(pk=other_id).first()
    note = tidy(note)
    _check_pair(patient, other, other_id, note)
    assert other is not None  # noqa: S101 - as checked
    if patient.kept_id == other.kept_id:
        raise Conflict(_ONE_ALREADY)
    one_id, later_id = sorted((patient.kept_id, other.kept_id))
    with use_case():
        pair = lock(patients=[one_id, later_id]).patients
        if any(record.merged_into_id for record in pair.values()):
            raise Busy("One of these records is being merged right now. Try again in a moment.")
        before = waiting_between(one_id, later_id).first()
        if before is not None:
            return before
        row = PossibleDuplicate.objects.create(
            one_id=one_id, other_id=later_id, note=note, noted_at=now, noted_by_id=by.user_id
        )
        subject = f"possibleduplicate:{row.pk}"
        record("duplicate-reported", by=by, now=now, patients=[one_id, later_id], subject=subject)
        return row


def _check_pair(patient: Patient, other: Patient | None, other_id: int, note: str) -> None:
    if other is None:
        raise Invalid.field("other", f"There is no patient {other_id}.")
    if other.pk == patient.pk:
        raise Invalid.field("other", "A record cannot be a duplicate of itself.")
    if len(note) > LONGEST_NOTE:
        raise Invalid.field("note", f"The note has at most {LONGEST_NOTE} characters.")


def dismiss_duplicate(row_id: int, *, reason: str, by: Actor, now: datetime) -> PossibleDuplicate:
    """Say why two records are of two people; everything that waits about the two is closed with it.

    Raises: Forbidden, Missing, Invalid (a reason is required), Conflict (decided before, or merged meanwhile).
    """
    check_permitted("decide-duplicate", by)
    reason = tidy(reason)
    if not reason:
        raise Invalid.field("reason", "Say why they are two people.")
    if len(reason) > LONGEST_NOTE:
        raise Invalid.field("reason", f"The reason has at most {LONGEST_NOTE} characters.")
    seen = the(PossibleDuplicate, row_id)
    with use_case():
        lock(patients=[seen.one_id, seen.other_id])
        row: Any = the(PossibleDuplicate.objects.by_standing_records(), row_id)
        check_waits(row)
        low, high = row.low, row.high
        waiting_between(low, high).update(closed_at=now, closed_by_id=by.user_id, reason=reason)
        subject = f"possibleduplicate:{row.pk}"
        record("duplicate-dismissed", by=by, now=now, patients=[low, high], subject=subject)
        return the(PossibleDuplicate, row_id)


def check_waits(row: Any) -> None:
    """Raise Conflict where nothing is to be decided any more of a possible duplicate, by its standing records."""
    if row.closed_at is not None:
        raise Conflict("Somebody has already said that these are two people.")
    if row.low == row.high:
        raise Conflict(_ONE_ALREADY)


def waiting_between(low: int, high: int) -> QuerySet[PossibleDuplicate]:
    """What waits about these two standing records."""
    rows = PossibleDuplicate.objects.by_standing_records().filter(low=low, high=high, closed_at=None)
    return PossibleDuplicate.objects.filter(pk__in=rows.values("pk")).order_by("pk")


def waiting_duplicates() -> QuerySet[PossibleDuplicate]:
    """What a manager is to decide on, reported ones and found ones, the newest first."""
    rows = PossibleDuplicate.objects.undecided()
    return rows.select_related("one__merged_into", "other__merged_into", "noted_by").order_by("-pk")


def pairs_of(rows: Iterable[PossibleDuplicate]) -> list[Pair]:
    """The standing records of these rows, compared. One query."""
    listed = [(row, _standing(row)) for row in rows]
    people = {patient.pk: person_of(patient) for _, both in listed for patient in both}
    sounds = sounds_of(frozenset[str]().union(*(one.words for one in people.values())))
    return [Pair(row, one, other, compare(people[one.pk], people[other.pk], sounds)) for row, (one, other) in listed]


def _standing(row: PossibleDuplicate) -> tuple[Patient, Patient]:
    """The two records that stand for those named, the one registered first before the other."""
    one, other = row.one.kept, row.other.kept
    return (one, other) if one.pk < other.pk else (other, one)


def decided_or_waiting(patient: Patient, others: Sequence[Patient]) -> list[Any]:
    """What was said, or waits, of a standing record and each of the others, with `low` and `high`. One query."""
    rows = PossibleDuplicate.objects.by_standing_records().select_related("noted_by")
    ids = [one.kept_id for one in others]
    return list(rows.filter(Q(low=patient.pk, high__in=ids) | Q(high=patient.pk, low__in=ids)).order_by("pk"))


def likeness_of(one: Patient, other: Patient) -> Likeness:
    """How alike two records are, and why. One query."""
    people = person_of(one), person_of(other)
    return compare(*people, sounds_of(people[0].words | people[1].words))

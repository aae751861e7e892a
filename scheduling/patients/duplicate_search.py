"""The nightly search for records that may be of one person, for the manager's list.

It compares standing records with everybody as a registration does, some seconds a minute between 01:00 and 05:00 on
the clinic's clock, and goes on the next night where it stopped; all records of a clinic of ten thousand patients take
some minutes. What a person said is two people is not found again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from scheduling.diary.locks import use_case
from scheduling.models import DuplicateSearch, Patient, PossibleDuplicate
from scheduling.patients.look_alikes import LookAlike, family_or_look_alikes

logger = logging.getLogger(__name__)

NIGHT: Final = range(1, 5)
"""The hours of the clinic's clock in which it works."""
AT_MOST: Final = timedelta(seconds=20)
"""How long one step goes on: a third of what a task may take."""
AGAIN_AFTER: Final = timedelta(hours=12)
"""From the start of a finished search to the next one: one a night."""
AT_ONCE: Final = 200
"""Records read together."""


def search_at_night(*, now: Callable[[], datetime]) -> None:
    """One step of tonight's search; nothing by day, or when it has come to its end."""
    moment = now()
    if moment.astimezone(clock.zone()).hour not in NIGHT:
        return
    last = last_search()
    if last is None or (last.ended_at is not None and moment - last.started_at > AGAIN_AFTER):
        last = DuplicateSearch.objects.create(started_at=moment)
    if last.ended_at is None:
        search_on(last, now=now)


def search_on(search: DuplicateSearch, *, now: Callable[[], datetime], at_most: timedelta = AT_MOST) -> None:
    """Compare records from where this search stopped. Each pair that it finds is stored for itself.

    How far it came is stored at the end: a step that is killed is done again, and finds nothing twice.
    """
    until = time.monotonic() + at_most.total_seconds()
    for patient in _standing(search.up_to_id):
        try:
            alike = _unknown(patient, family_or_look_alikes(patient))
            search.found += sum(_note(patient, one, now=now()) for one in alike)
        except Exception:  # the task's outer loop: one record that cannot be compared does not keep the others
            logger.exception("searching for duplicates: record %s failed", patient.pk)
        search.compared, search.up_to_id = search.compared + 1, patient.pk
        if time.monotonic() >= until:
            break
    else:
        search.ended_at = now()
    search.save()


def last_search() -> DuplicateSearch | None:
    """The newest search; None before the first."""
    return DuplicateSearch.objects.last()


def _standing(after: int) -> Iterator[Patient]:
    """The records that stand, by id, read some hundreds at a time: the search takes longer than a cursor should."""
    while rows := list(Patient.objects.filter(merged_into=None, pk__gt=after).order_by("pk")[:AT_ONCE]):
        yield from rows
        after = rows[-1].pk


def _unknown(patient: Patient, alike: Iterable[LookAlike]) -> list[LookAlike]:
    """Those of whom nothing was said, and nothing waits, together with this patient."""
    listed = list(alike)
    if not listed:
        return []
    rows = PossibleDuplicate.objects.by_standing_records()
    ids = {patient.pk, *(one.patient.pk for one in listed)}
    known = {frozenset(pair) for pair in rows.filter(low__in=ids, high__in=ids).values_list("low", "high")}
    return [one for one in listed if frozenset((patient.pk, one.patient.pk)) not in known]


def _note(patient: Patient, alike: LookAlike, *, now: datetime) -> bool:
    """Store a pair; False where somebody else did so at this moment."""
    one_id, other_id = sorted((patient.pk, alike.patient.pk))
    with use_case():
        row, is_new = PossibleDuplicate.objects.get_or_create(
            one_id=one_id, other_id=other_id, closed_at=None, defaults={"noted_at": now}
        )
        if is_new:
            subject = f"possibleduplicate:{row.pk}"
            record("duplicate-found", by=SYSTEM, now=now, patients=[one_id, other_id], subject=subject)
    return is_new

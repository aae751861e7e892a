"""What an entry of the audit trail changed: each field with its value before and after.

The trail itself holds neither: both are read from the records that keep what was there before. Whoever keeps such
records of other things registers how they are read, from `ready()`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, AppointmentChange
from scheduling.revisions.edits import edited_nouns, replaced
from scheduling.states import VERBS


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as JSON, before and after; None is that there was nothing."""

    field: str
    old: Any
    new: Any


Changes = Mapping[int, Iterable[FieldChange]]
"""By the id of the entry."""
Reader = Callable[[Collection[Entry]], Changes]
_READERS: Final[dict[str, Reader]] = {}
_PLACE: Final = {"start_at": "start", "practitioner": "practitioner", "room": "room"}


def register_changes(noun: str, reader: Reader) -> None:
    """How the changes of entries are read whose subject is of this kind; in a number of queries that does not grow."""
    _READERS[noun] = reader


def changes_of(entries: Collection[Entry]) -> dict[int, list[FieldChange]]:
    """What each of these entries changed, by its id; nothing of one that changed no field of a record."""
    by_noun: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        noun, _, number = entry.subject.partition(":")
        if number.isdigit() and entry.verb != "viewed":
            by_noun[noun].append(entry)
    found: dict[int, list[FieldChange]] = {}
    for noun, of_it in by_noun.items():
        if reader := _READERS.get(noun) or (_edits if noun in edited_nouns() else None):
            found |= {pk: list(changes) for pk, changes in reader(of_it).items()}
    return found


def _edits(entries: Collection[Entry]) -> Changes:
    """Of records of one kind that forms edit. Two queries."""
    by_moment = replaced({entry.subject for entry in entries})
    return {
        entry.pk: [FieldChange(name, *values) for name, values in by_moment.get((entry.subject, entry.at), {}).items()]
        for entry in entries
    }


def _visits(entries: Collection[Entry]) -> Changes:
    """Of visits: their status, and where they stand. Two queries."""
    visits = Appointment.objects.in_bulk([_number(entry) for entry in entries])
    by_moment: dict[tuple[int, Any, str], list[FieldChange]] = {}
    standing: dict[int, dict[str, Any]] = {}
    for change in AppointmentChange.objects.filter(appointment__in=visits).order_by("-pk"):
        visit = visits[change.appointment_id]
        now = standing.setdefault(visit.pk, _place(visit))
        key = visit.pk, change.at, f"appointment-{VERBS[change.verb].past}"
        by_moment[key] = list(_of_visit(change, now))
        now.update({name: change.before[name] for name in _PLACE if name in change.before})
    return {entry.pk: by_moment.get((_number(entry), entry.at, entry.verb), []) for entry in entries}


def _of_visit(change: AppointmentChange, after: Mapping[str, Any]) -> Iterable[FieldChange]:
    if change.from_status != change.to_status:
        yield FieldChange("status", change.from_status or None, change.to_status)
    for name, shown in _PLACE.items():
        if name in change.before and change.before[name] != after[name]:
            yield FieldChange(shown, change.before[name], after[name])


def _place(visit: Appointment) -> dict[str, Any]:
    """As a change keeps it."""
    return {"start_at": visit.start_at.isoformat(), "practitioner": visit.practitioner_id, "room": visit.room_id}


def _number(entry: Entry) -> int:
    return int(entry.subject.partition(":")[2])


register_changes("appointment", _visits)

"""What an entry of the audit trail changed: each field with its value before and after.

The trail keeps both of what forms edit. Of visits, of what is corrected, and of what was edited before it kept them,
they are read from the records that do. Whoever keeps such records registers how they are read, from `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pht_clinic.audit.models import Entry
from pht_clinic.audit.values import values_of
from scheduling.models import Appointment, AppointmentChange
from scheduling.revisions.edits import replaced
from scheduling.states import VERBS


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as JSON, before and after; None is that there was nothing."""

    field: str
    old: Any
    new: Any


Changes = Mapping[int, Iterable[FieldChange]]
"""By the id of the entry."""
Reader = Callable[[Mapping[int, tuple[str, int]], Collection[Entry]], Changes]
_READERS: Final[list[Reader]] = []
_PLACE: Final = {"start_at": "start", "practitioner": "practitioner", "room": "room"}


def register_changes(reader: Reader) -> None:
    """How the changes of some kinds of record are read, in one query: of entries, with the kind and the number of what
    each is about by the entry's id.
    """
    _READERS.append(reader)


def changes_of(entries: Collection[Entry]) -> dict[int, list[FieldChange]]:
    """What each of these entries changed, by its id; nothing of one that changed no field of a record."""
    told = [entry for entry in entries if entry.verb != "viewed"]
    about = {entry.pk: (noun, int(number)) for entry in told for noun, number in [_subject(entry)] if number.isdigit()}
    found: dict[int, list[FieldChange]] = {}
    for reader in _READERS:
        found |= {pk: list(changes) for pk, changes in reader(about, told).items()}
    return found | _kept(told)


def _kept(entries: Collection[Entry]) -> dict[int, list[FieldChange]]:
    """What the trail itself keeps of them."""
    values = values_of([entry.pk for entry in entries])
    return {pk: [FieldChange(*one) for one in changed] for pk, changed in values.items()}


def _subject(entry: Entry) -> tuple[str, str]:
    noun, _, number = entry.subject.partition(":")
    return noun, number


def _edits(about: Mapping[int, tuple[str, int]], entries: Collection[Entry]) -> Changes:
    """Of records that forms edit."""
    by_moment = replaced({entry.subject for entry in entries if entry.pk in about})
    return {
        entry.pk: [FieldChange(name, *values) for name, values in by_moment[entry.subject, entry.at].items()]
        for entry in entries
        if (entry.subject, entry.at) in by_moment
    }


def _visits(about: Mapping[int, tuple[str, int]], entries: Collection[Entry]) -> Changes:
    """Of visits: their status, and where they stand."""
    numbers = {pk: number for pk, (noun, number) in about.items() if noun == "appointment"}
    rows = AppointmentChange.objects.filter(appointment__in=set(numbers.values())).select_related("appointment")
    by_moment: dict[tuple[int, Any, str], list[FieldChange]] = {}
    standing: dict[int, dict[str, Any]] = {}
    for change in rows.order_by("-pk"):
        now = standing.setdefault(change.appointment_id, _place(change.appointment))
        key = change.appointment_id, change.at, f"appointment-{VERBS[change.verb].past}"
        by_moment[key] = list(_of_visit(change, now))
        now.update({name: change.before[name] for name in _PLACE if name in change.before})
    return {
        entry.pk: by_moment.get((numbers[entry.pk], entry.at, entry.verb), ())
        for entry in entries
        if entry.pk in numbers
    }


def _of_visit(change: AppointmentChange, after: Mapping[str, Any]) -> Iterable[FieldChange]:
    if change.from_status != change.to_status:
        yield FieldChange("status", change.from_status or None, change.to_status)
    for name, shown in _PLACE.items():
        if name in change.before and change.before[name] != after[name]:
            yield FieldChange(shown, change.before[name], after[name])


def _place(visit: Appointment) -> dict[str, Any]:
    """As a change keeps it."""
    return {"start_at": visit.start_at.isoformat(), "practitioner": visit.practitioner_id, "room": visit.room_id}


register_changes(_edits)
register_changes(_visits)

"""Who of those registered may be the same person as somebody: found by the database, told apart by `matching.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from pht_clinic.rows import fetch_all, from_columns
from scheduling.models import Patient
from scheduling.patients.birth_slips import slips_of
from scheduling.patients.matching import Likeness, Person, compare
from scheduling.patients.name_words import meant_by, sounds_of
from scheduling.patients.phones import without_extension


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A record that looks like somebody; `patient` is the one that stands, `record` the one that was compared."""

    patient: Patient
    record: Patient
    likeness: Likeness

    @property
    def because(self) -> list[str]:
        """Why, and what speaks against it, as sentences."""
        merged = [f"Record {self.record.pk}, {self.record}, was merged into this one."]
        against = [f"Against it: {why[0].lower()}{why[1:]}" for why in self.likeness.against]
        return [*(merged if self.record != self.patient else ()), *self.likeness.because, *against]


def person_of(patient: Patient) -> Person:
    """What is compared of a record."""
    return Person(
        given_name=patient.given_name,
        family_name=patient.family_name,
        date_of_birth=patient.date_of_birth,
        former_names=tuple(patient.former_names),
        phone=patient.phone,
        email=patient.email,
        nhs_number=patient.nhs_number,
    )


def look_alikes(person: Person, *, besides: Patient | None = None) -> list[LookAlike]:
    """Everybody who is likely this person, the likeliest first; each once, by the record that stands.

    A record that was merged away counts and leads to the one it was merged into. `besides` is left out. 3 queries.
    """
    return _by_likeness(one for one in _compared(person, besides) if one.likeness.is_likely)


def family_or_look_alikes(patient: Patient) -> list[LookAlike]:
    """Whoever is likely this patient, and records of another generation with their phone, email and a name in common.

    Parents and children share those, and so does one person whose date of birth was typed wrongly: to be looked at.
    """
    compared = _compared(person_of(patient), patient)
    return _by_likeness(one for one in compared if one.likeness.is_likely or one.likeness.is_another_generation)


def _compared(person: Person, besides: Patient | None) -> list[LookAlike]:
    found = [one for one in _candidates(person) if besides is None or one.kept_id != besides.kept_id]
    if not found:
        return []
    people = {one.pk: person_of(one) for one in found}
    sounds = sounds_of(frozenset[str]().union(person.words, *(one.words for one in people.values())))
    return [LookAlike(one.kept, one, compare(person, people[one.pk], sounds)) for one in found]


_COLUMNS: Final = tuple(Patient._meta.concrete_fields)
_NAMED: Final = ", ".join(f'"{field.column}"' for field in _COLUMNS)
_RECORDS: Final = f"SELECT {_NAMED} FROM {Patient._meta.db_table} WHERE {{ways}} ORDER BY id"  # noqa: S608 - own names
"""Our own SQL: put together anew for each line of an import, the query set took a third of its time."""


def _candidates(person: Person) -> list[Patient]:
    """Whoever could come to enough points: born that day; born a slip away and named so; at the same address or line.

    Each way has an index of its own.
    """
    ways = _ways(person)
    statement = _RECORDS.format(ways=" OR ".join(way for way, _ in ways))
    rows = fetch_all(statement, list(chain.from_iterable(values for _, values in ways)))
    found = [from_columns(Patient, _COLUMNS, row) for row in rows]
    merged = [one for one in found if one.merged_into_id]
    kept = Patient.objects.in_bulk({one.merged_into_id for one in merged})
    for one in merged:
        one.merged_into = kept[one.kept_id]
    return found


def _ways(person: Person) -> list[tuple[str, list[Any]]]:
    """Each way to find them, as a condition of SQL and its values."""
    slips = slips_of(person.date_of_birth)
    by_name = set(chain.from_iterable(meant_by(person.words, born_on=slips).values()))
    wanted: list[tuple[str, list[Any]]] = [
        ("date_of_birth = %s", [person.date_of_birth]),
        (
            "(date_of_birth = ANY(%s::date[]) AND name_words && %s::varchar[])",
            [[day.isoformat() for day in slips], sorted(by_name)],
        ),
    ]
    if person.email:
        wanted.append(("lower(email) = %s", [person.email.strip().lower()]))
    if person.phone:
        wanted.append(("phone LIKE %s", [f"{without_extension(person.phone)}%"]))
    return wanted


def _by_likeness(found: Iterable[LookAlike]) -> list[LookAlike]:
    best: dict[int, LookAlike] = {}
    for one in sorted(found, key=lambda one: (-one.likeness.points, one.record != one.patient, one.record.pk)):
        best.setdefault(one.patient.pk, one)
    return list(best.values())

"""Who of those registered may be the same person as somebody: found by the database, told apart by `matching.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

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
    people = {one.pk: person_of(one) for one in found}
    sounds = sounds_of(frozenset[str]().union(person.words, *(one.words for one in people.values())))
    return [LookAlike(one.kept, one, compare(person, people[one.pk], sounds)) for one in found]


def _candidates(person: Person) -> list[Patient]:
    """Whoever could come to enough points: born that day; born a slip away and named so; at the same address or line.

    Each way has an index of its own.
    """
    by_name = {word for known in meant_by(person.words).values() for word in known}
    wanted = Q(date_of_birth=person.date_of_birth)
    wanted |= Q(date_of_birth__in=slips_of(person.date_of_birth), name_words__overlap=sorted(by_name))
    if person.email:
        wanted |= Q(mail=person.email.strip().lower())
    if person.phone:
        wanted |= Q(phone__startswith=without_extension(person.phone))
    rows = Patient.objects.alias(mail=Lower("email")).select_related("merged_into")
    return list(rows.filter(wanted).order_by("pk"))


def _by_likeness(found: Iterable[LookAlike]) -> list[LookAlike]:
    best: dict[int, LookAlike] = {}
    for one in sorted(found, key=lambda one: (-one.likeness.points, one.record != one.patient, one.record.pk)):
        best.setdefault(one.patient.pk, one)
    return list(best.values())

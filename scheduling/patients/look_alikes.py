"""Who of those registered may be the same person as somebody: found by the database, told apart by `matching.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count, Q
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


def family_on_one_contact(person: Person, *, besides: Patient | None = None) -> list[LookAlike]:
    """Records of another generation with this person's phone and email and a name in common: to be looked at."""
    compared = _compared(person, besides)
    return _by_likeness(one for one in compared if one.likeness.is_another_generation and not one.likeness.is_likely)


def pairs_on_one_contact() -> list[tuple[Patient, Patient]]:
    """Standing records that share phone and email, which differ in generation and have a name in common.

    Each pair once, the younger record first: for the manager's list of records that may be one. 2 queries.
    """
    rows = Patient.objects.filter(merged_into=None).exclude(phone="").exclude(email="").annotate(mail=Lower("email"))
    shared = rows.values("mail").annotate(records=Count("pk")).filter(records__gt=1).values("mail")
    found = rows.filter(mail__in=shared.order_by()).order_by("-pk")
    pairs = [pair for group in _by_contact(found) for pair in combinations(group, 2)]
    sounds = sounds_of({word for pair in pairs for one in pair for word in person_of(one).words})
    return [
        (one, other) for one, other in pairs if compare(person_of(one), person_of(other), sounds).is_another_generation
    ]


def _by_contact(patients: Iterable[Patient]) -> Iterable[list[Patient]]:
    """Those who share a line and an email, together, each group in the order given."""
    groups: dict[tuple[str, str], list[Patient]] = {}
    for patient in patients:
        groups.setdefault((without_extension(patient.phone), patient.email.casefold()), []).append(patient)
    return groups.values()


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

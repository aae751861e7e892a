"""Who is meant: registering the patient of a line, and finding the patient whose another line is.

Whoever is alike is found by the one search and told apart by the one table of points, as at the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from scheduling.models import Patient
from scheduling.patients.contact import by_column
from scheduling.patients.identity import LikelyDuplicate, NewPatient, register_patient
from scheduling.patients.identity_checks import NumberTaken, tidy_identity
from scheduling.patients.look_alikes import LookAlike, look_alikes
from scheduling.patients.matching import Level, Likeness, Person


class MayBe(Conflict):
    """Somebody on record is likely meant, and it is for a person to say so. `alike` are their records."""

    code = "likely-duplicate"

    def __init__(self, sentence: str, alike: Collection[int]) -> None:
        self.alike = sorted(alike)
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Registered:
    """Whose record it is, and whether this registered them."""

    patient_id: int
    is_new: bool


def register(
    values: Mapping[str, Any], *, apart: Callable[[Collection[int]], Collection[int]], by: Actor, now: datetime
) -> Registered:
    """Register the patient of a line; whoever is on record with the same content already is nothing to do, also where
    the line says that whoever looks alike is somebody else: it said so before.

    `apart` picks of some records those known to be of other people than this one, whoever looks alike.
    Raises: Invalid (every problem), MayBe (with whom and why), MixedScripts, Busy.
    """
    told = by_column(values)
    is_another, is_spelled_so = (bool(told.pop(name, False)) for name in ("confirm_new", "confirm_spelling"))
    new = NewPatient(**told)
    try:
        return Registered(register_patient(new, confirm_spelling=is_another or is_spelled_so, by=by, now=now).pk, True)
    except (LikelyDuplicate, NumberTaken) as refusal:
        named = _named_in(refusal)
        alike = [pk for pk in named if pk not in apart(named)]
        if known := _same(told, alike, now=now):
            return Registered(known, False)
        if (alike and not is_another) or isinstance(refusal, NumberTaken):
            raise MayBe(_why(refusal), named) from refusal
    return Registered(register_patient(new, confirm_new=True, by=by, now=now).pk, True)


def _named_in(refusal: Conflict) -> list[int]:
    duplicates: Any = refusal.extra["duplicates"]
    return [int(one["patient"]) for one in duplicates]


def _why(refusal: Conflict) -> str:
    """Of each who is alike, which record and why; by number, as the report is a file."""
    duplicates: Any = refusal.extra["duplicates"]
    return " ".join(f"Record {one['patient']}: {' '.join(one['because'])}" for one in duplicates)


def _same(told: Mapping[str, Any], alike: Collection[int], *, now: datetime) -> int | None:
    """Whose record says all that the line says, if one of these does."""
    values, _ = tidy_identity(told, now=now)
    said = {name: value for name, value in values.items() if value not in (None, "", [])}
    for patient in Patient.objects.filter(pk__in=list(alike), erasure=None).order_by("pk"):
        if all(getattr(patient, name) == value for name, value in said.items()):
            return patient.pk
    return None


def patient_of(values: Mapping[str, Any], *, now: datetime) -> int:
    """Whose a line is that names no line before it: by the number of the record here, or by who they are.

    Boundary: somebody is meant where one record alone is likely this person, born that very day, by name or NHS number,
    and nothing speaks against it.
    Raises: Invalid (nobody, or not enough to know), MayBe (somebody may be meant, or several).
    """
    person = _person(values, now=now)
    if values.get("patient") is not None:
        return _by_number(int(values["patient"]), person)
    if person is None:
        raise Invalid.field(
            "date_of_birth", "Say whose this is: the number of the record here, or the date of birth with a name."
        )
    found = look_alikes(person)
    certain = [one for one in found if _is_certain(one.likeness)]
    if len(certain) == 1:
        return certain[0].patient.pk
    if found:
        raise MayBe(_which(certain or found), [one.patient.pk for one in found])
    if person.nhs_number and Patient.objects.filter(nhs_number=person.nhs_number).exists():
        raise Invalid.field("nhs_number", "The NHS number is of somebody with another date of birth.")
    raise Invalid(sentence="Nobody on record is this person. Import the patients first.")


def _is_certain(likeness: Likeness) -> bool:
    """A slip of the pen is for a person to see through: a fact on the wrong record is worse than none."""
    agree = likeness.levels & {Level.NAMES_AGREE, Level.NHS_NUMBER}
    return Level.BORN_SAME_DAY in likeness.levels and bool(agree) and not likeness.against


def _by_number(number: int, person: Person | None) -> int:
    patient = Patient.objects.filter(pk=number).first()
    if patient is None:
        raise Invalid.field("patient", f"There is no record {number} here.")
    if person is not None and patient.kept_id not in {one.patient.pk for one in look_alikes(person)}:
        raise Invalid.field("patient", f"Record {number} is of somebody else, by name and date of birth.")
    return patient.kept_id


def _person(values: Mapping[str, Any], *, now: datetime) -> Person | None:
    """Who is described; None where that is not enough to find anybody by. Raises: Invalid (every problem)."""
    told = {name: values.get(name) for name in ("given_name", "family_name", "nhs_number", "date_of_birth")}
    said, problems = tidy_identity({name: value for name, value in told.items() if value}, now=now)
    if problems:
        raise Invalid(problems)
    born_on: date | None = said.get("date_of_birth")
    if born_on is None or not (said.get("given_name") or said.get("family_name")):
        return None
    return Person(
        given_name=said.get("given_name", ""),
        family_name=said.get("family_name", ""),
        date_of_birth=born_on,
        nhs_number=said.get("nhs_number"),
    )


def _which(found: Collection[LookAlike]) -> str:
    named = " ".join(f"Record {one.patient.pk}: {' '.join(one.because)}" for one in found)
    return f"It is not certain whose this is. {named}"

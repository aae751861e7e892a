"""Plays the year: person by person, in the order in which they come, each whole or not at all.

A course is one transaction, so that the clinic's own workers never meet half of it, and a start that was interrupted
goes on with whoever is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from django.db import transaction

from pht_clinic import clock
from pht_clinic.audit.door import PAGE, Way, way
from pht_clinic.demo.life.cast import PARTS, Comer, cast
from pht_clinic.demo.life.courses import play
from pht_clinic.demo.life.stage import Present, Staff, Stage
from pht_clinic.demo.life.times import Times
from pht_clinic.errors import Busy
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from pht_clinic.periods import wall_to_utc
from scheduling.models import Patient, Practitioner
from scheduling.patients.identity import NewPatient, register_patient

TRIES: Final = 10
_INJECTS: Final = ("Dr Amara Osei", "Dr Felix Brandt")
_TREATS: Final = ("Jo Lindgren", "Sam Okafor")


def play_year(part: int, *, people: int, told: Callable[[int, int], None]) -> None:
    """Play those of so many people that are of one part, 0 up to PARTS; `told` hears how many of how many are there.

    The diary is busy up to the present, which is when this is called: what is booked later is the clinic's to come.
    """
    present = clock.now()
    mine = cast(clock.local_date(present), how_many=people)[part::PARTS]
    known = Patient.objects.filter(nhs_number__in=[one.nhs_number for one in mine])
    there = set(known.values_list("nhs_number", flat=True))
    staff = _staff(part)
    for number, person in enumerate(mine, start=1):
        if person.nhs_number not in there:
            _play_whole(person, staff, present=present)
        told(number, len(mine))


def _play_whole(person: Comer, staff: Staff, *, present: datetime) -> None:
    """Once more from the beginning where somebody else, the other part or the desk, holds what is wanted.

    Raises: Busy (time after time).
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), _at_the_desk():
                _play(person, staff, present=present)
            return
        except Busy:
            if not left:
                raise


@contextmanager
def _at_the_desk() -> Iterator[None]:
    """What people of the clinic do is done on its pages, and the trail says so."""
    came = way.set(Way(PAGE, device="computer"))
    try:
        yield
    finally:
        way.reset(came)


def _play(person: Comer, staff: Staff, *, present: datetime) -> None:
    chance = Random(person.number)  # nosec B311  # noqa: S311 - a course, no secret
    at = time(chance.randint(9, 16), chance.choice([5, 20, 35, 50]))
    now = wall_to_utc(person.arrives_on, at, clock.zone(), fold=0)
    new = NewPatient(
        given_name=person.given_name,
        family_name=person.family_name,
        date_of_birth=person.date_of_birth,
        email=person.email,
        phone=person.phone,
        nhs_number=person.nhs_number,
    )
    patient = register_patient(new, confirm_new=True, by=staff.reception, now=now)
    stage = Stage(person, staff, chance, now, present, patient)
    with suppress(Present):
        play(stage)
        stage.until(present + timedelta(days=1))  # what is still to be said is said


def _staff(part: int) -> Staff:
    injects = [_user(email) for email in ("radiologist@clinic.example", "radiologist2@clinic.example")]
    return Staff(
        reception=_user("reception@clinic.example"),
        radiologist=injects[part],
        colleague=injects[1 - part],
        injects=Times(Practitioner.objects.get(name=_INJECTS[part])),
        treats=Times(Practitioner.objects.get(name=_TREATS[part])),
    )


def _user(email: str) -> Actor:
    return actor_of(User.objects.get(email=email))

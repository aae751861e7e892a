"""Plays the year: person by person, in the order in which they come, each whole or not at all.

A course is one transaction, so that the clinic's own workers never meet half of it, and a start that was interrupted
goes on with whoever is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from django.db import transaction

from pht_clinic import clock
from pht_clinic.demo.life.cast import PARTS, Comer, cast
from pht_clinic.demo.life.company import staff
from pht_clinic.demo.life.courses import play
from pht_clinic.demo.life.stage import Present, Staff, Stage, at_the_desk
from pht_clinic.errors import Busy
from pht_clinic.periods import wall_to_utc
from scheduling.models import Patient
from scheduling.patients.identity import NewPatient, register_patient

TRIES: Final = 10


def play_year(part: int, *, people: int, present: datetime, told: Callable[[int, int], None]) -> None:
    """Play those of so many people that are of one part, 0 up to PARTS; `told` hears how many of how many are there.

    The diary is busy up to the present, when the demo opened: what is booked later is the clinic's to come.
    """
    mine = cast(clock.local_date(present), how_many=people)[part::PARTS]
    known = Patient.objects.filter(nhs_number__in=[one.nhs_number for one in mine])
    there = set(known.values_list("nhs_number", flat=True))
    who = staff(part)
    for number, person in enumerate(mine, start=1):
        if person.nhs_number not in there:
            _play_whole(person, who, present=present)
        told(number, len(mine))


def _play_whole(person: Comer, staff: Staff, *, present: datetime) -> None:
    """Once more from the beginning where somebody else, the other part or the desk, holds what is wanted.

    Raises: Busy (time after time).
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), at_the_desk():
                _play(person, staff, present=present)
            return
        except Busy:
            if not left:
                raise


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

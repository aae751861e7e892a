"""R23, the times that are held: clients hold, book and let lapse one time at the same instant, over real connections.

One winner each; a lapsed hold keeps nobody out; whoever holds it gets it. The control takes locks and constraints out
and must then see two winners. The last place of a class: `test_r23_last_place.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.book import BookingOutcome, book
from injections.booking.holds.hold import HoldRequest, hold_time, hold_to_book
from pht_clinic.people.actors import Actor
from scheduling.diary import locks
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Patient
from scheduling.states import HOLD_FOR
from tests.clinic import Clinic, local
from tests.together import Deadlocks, at_once, those
from tests.trials.patients import crowd, desks

pytestmark = pytest.mark.full_trial(one_in=3)

MOST_ROUNDS = 10
Deed = Callable[[], Any]


def holding(clinic: Clinic, patient: Patient, start: datetime, *, by: Actor, now: datetime) -> Deed:
    return lambda: hold_to_book(clinic.ask(patient, start), by=by, now=now)


def booking(clinic: Clinic, patient: Patient, start: datetime, *, by: Actor, now: datetime) -> Deed:
    return lambda: book(clinic.ask(patient, start), by=by, now=now)


def holding_for_nobody(clinic: Clinic, patient: Patient, start: datetime, *, by: Actor, now: datetime) -> Deed:
    """As a program does, before it says for whom."""
    ask = HoldRequest(kind="injection", start=start, practitioner_id=clinic.practitioner.pk, room_id=clinic.room.pk)
    return lambda: hold_time(ask, by=by, now=now)


def takers(clinic: Clinic, patients: list[Patient], start: datetime, now: datetime) -> list[Deed]:
    """Clients, each somebody else, who hold the time for a patient or for nobody yet, or book it without asking."""
    kinds = (holding, booking, holding_for_nobody)
    return [
        kinds[number % 3](clinic, patient, start, by=by, now=now)
        for number, (patient, by) in enumerate(zip(patients, desks(len(patients)), strict=True))
    ]


def standing(start: datetime) -> list[Any]:
    """Whoever has that time, by a visit or a hold."""
    return [*Appointment.objects.filter(start_at=start), *Appointment.holds.filter(start_at=start)]


def others_than_the_winner(patients: list[Patient], start: datetime) -> list[Patient]:
    """For the next round: whoever has a time already would be too soon then."""
    [visit] = standing(start)
    return [one for one in patients if one.pk != visit.patient_id]


@pytest.fixture
def patients(clinic: Clinic, is_full_trial: bool) -> list[Patient]:
    return crowd(clinic, 100 if is_full_trial else 20)


@pytest.fixture
def rounds(is_full_trial: bool) -> range:
    return range(20 if is_full_trial else 3)


def test_r23_of_holds_and_bookings_at_one_instant_one_wins(
    clinic: Clinic, patients: list[Patient], rounds: range, deadlocks: Deadlocks
) -> None:
    for number in rounds:
        start = local("2026-03-10", "09:00") + timedelta(days=number)
        found = at_once(*takers(clinic, patients, start, clinic.now))
        won = [one for one in found if isinstance(one, Appointment | BookingOutcome)]
        assert len(won) == 1, found
        assert len(those(found, Clash)) == len(patients) - 1, found
        assert len(standing(start)) == 1
        patients = others_than_the_winner(patients, start)
    assert deadlocks.seen() == 0


def test_r23_a_lapsed_hold_keeps_nobody_out_and_one_of_those_who_come_then_wins(
    clinic: Clinic, patients: list[Patient], rounds: range, deadlocks: Deadlocks
) -> None:
    """Its holder comes at the same instant too, and may be the one."""
    for number in rounds:
        start = local("2026-03-10", "11:00") + timedelta(days=number)
        first = patients[0]
        hold_to_book(clinic.ask(first, start), by=clinic.reception, now=clinic.now)
        found = at_once(*takers(clinic, patients, start, clinic.now + HOLD_FOR))
        won = [one for one in found if isinstance(one, Appointment | BookingOutcome)]
        assert len(won) == 1, found
        assert len(those(found, Clash)) == len(patients) - 1, found
        assert len(standing(start)) == 1
        patients = others_than_the_winner(patients, start)
        assert not Appointment.holds.filter(held_until__lte=clinic.now + HOLD_FOR).exists()
    assert deadlocks.seen() == 0


def test_r23_whoever_holds_a_time_books_it_against_everybody_who_comes_at_that_instant(
    clinic: Clinic, patients: list[Patient], rounds: range, deadlocks: Deadlocks
) -> None:
    for number in rounds:
        start = local("2026-03-10", "13:00") + timedelta(days=number)
        first, *others = patients
        hold_to_book(clinic.ask(first, start), by=clinic.reception, now=clinic.now)
        mine = booking(clinic, first, start, by=clinic.reception, now=clinic.now)
        found = at_once(mine, *takers(clinic, others, start, clinic.now))
        assert isinstance(found[0], BookingOutcome), found[0]
        assert len(those(found[1:], Clash)) == len(others), found
        [visit] = standing(start)
        assert (visit.patient_id, visit.status) == (first.pk, "booked")
        patients = others
    assert deadlocks.seen() == 0


def test_r23_control_without_locks_and_constraints_several_have_one_time(
    clinic: Clinic, patients: list[Patient], without_exclusion: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(wanted: Any) -> list[list[Any]]:
        return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

    monkeypatch.setattr(locks, "_lock_rows", read_only)
    most = 0
    with without_exclusion():
        for number in range(MOST_ROUNDS):
            start = local("2026-03-10", "09:00") + timedelta(days=number)
            at_once(*takers(clinic, patients, start, clinic.now))
            most = max(most, len(standing(start)))
            print(f"R23 control: {most} have one time after round {number + 1}")
            if most > 1:
                break
    assert most > 1

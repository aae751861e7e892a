"""R23, the last place of a class: clients hold and book it at the same instant, over real connections.

One winner each, no place twice, and what lapsed keeps nobody out. The control takes away the locks and the index by
which a place is taken once, and must then see two with the last place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.book import BookingOutcome, book
from injections.booking.holds.hold import hold_to_book
from scheduling.diary import locks
from scheduling.diary.places import Clash
from scheduling.models import Appointment, GroupVisit, Patient
from scheduling.states import HOLD_FOR
from tests.clinic import Clinic, local
from tests.together import Deadlocks, at_once, those
from tests.trials.patients import crowd, desks

pytestmark = pytest.mark.full_trial(one_in=3)

MOST_ROUNDS = 10
SEATS = 3
CLASS = {"kind": "exercise-class"}
Deed = Callable[[], Any]


def deeds(clinic: Clinic, patients: list[Patient], start: datetime, now: datetime) -> list[Deed]:
    """Every other client holds the place, the others book it without asking."""
    return [
        lambda patient=patient, by=by, deed=(hold_to_book, book)[number % 2]: deed(  # type: ignore[misc]
            clinic.ask(patient, start, **CLASS), by=by, now=now
        )
        for number, (patient, by) in enumerate(zip(patients, desks(len(patients)), strict=True))
    ]


def all_but_the_last_place(clinic: Clinic, patients: list[Patient], start: datetime) -> None:
    """A class of three places in which two are taken."""
    for patient in patients[: SEATS - 1]:
        clinic.book(patient, start, **CLASS)
    GroupVisit.objects.filter(start_at=start).update(seats=SEATS)


def seats_at(start: datetime) -> Counter[int]:
    """How many have each place there, by a visit or a hold."""
    rows = [*Appointment.objects.filter(start_at=start), *Appointment.holds.filter(start_at=start)]
    return Counter(row.seat or 0 for row in rows)


@pytest.fixture
def patients(clinic: Clinic, is_full_trial: bool) -> list[Patient]:
    return crowd(clinic, (100 if is_full_trial else 20) + SEATS)


@pytest.fixture
def rounds(is_full_trial: bool) -> range:
    return range(20 if is_full_trial else 3)


def test_r23_the_last_place_of_a_class_has_one_winner(
    clinic: Clinic, patients: list[Patient], rounds: range, deadlocks: Deadlocks
) -> None:
    for number in rounds:
        start = local("2026-03-10", "09:00") + timedelta(days=number)
        all_but_the_last_place(clinic, patients, start)
        others = patients[SEATS:]
        found = at_once(*deeds(clinic, others, start, clinic.now))
        assert len(those(found, Appointment | BookingOutcome)) == 1, found  # type: ignore[arg-type]
        assert len(those(found, Clash)) == len(others) - 1, found
        assert seats_at(start) == {1: 1, 2: 1, 3: 1}
    assert deadlocks.seen() == 0


def test_r23_a_place_of_a_class_that_is_held_no_longer_has_one_winner_of_those_who_come_then(
    clinic: Clinic, patients: list[Patient], rounds: range, deadlocks: Deadlocks
) -> None:
    """Whoever held it comes at the same instant too, and may be the one."""
    for number in rounds:
        start = local("2026-03-10", "11:00") + timedelta(days=number)
        all_but_the_last_place(clinic, patients, start)
        others = patients[SEATS - 1 :]
        hold_to_book(clinic.ask(others[0], start, **CLASS), by=clinic.reception, now=clinic.now)
        found = at_once(*deeds(clinic, others, start, clinic.now + HOLD_FOR))
        assert len(those(found, Appointment | BookingOutcome)) == 1, found  # type: ignore[arg-type]
        assert seats_at(start) == {1: 1, 2: 1, 3: 1}
    assert deadlocks.seen() == 0


def test_r23_those_who_begin_a_class_at_one_instant_are_in_one(
    clinic: Clinic, patients: list[Patient], deadlocks: Deadlocks
) -> None:
    start = local("2026-03-10", "14:00")
    found = at_once(*(deeds(clinic, patients[:8], start, clinic.now)))
    assert len(those(found, Appointment | BookingOutcome)) == 8, found  # type: ignore[arg-type]
    assert seats_at(start) == dict.fromkeys(range(1, 9), 1)
    assert GroupVisit.objects.count() == 1
    assert deadlocks.seen() == 0


def test_r23_control_without_locks_and_the_unique_place_several_have_the_last_one(
    clinic: Clinic, patients: list[Patient], without_seats: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(wanted: Any) -> list[list[Any]]:
        return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

    most = 0
    with without_seats():
        for number in range(MOST_ROUNDS):
            start = local("2026-03-10", "09:00") + timedelta(days=number)
            all_but_the_last_place(clinic, patients, start)
            with monkeypatch.context() as unguarded:
                unguarded.setattr(locks, "_lock_rows", read_only)
                at_once(*deeds(clinic, patients[SEATS:], start, clinic.now))
            most = max(most, seats_at(start)[SEATS])
            print(f"R23 control: {most} have the last place after round {number + 1}")
            if most > 1:
                break
    assert most > 1

"""R3 with a series in the mix: six visits at once against single bookings of their places, at the same instant; visits
by themselves, and last places of classes.

All six stand, or none of them does; whoever has one of the places keeps it. What visits do without locks and
constraints the control of the mixed trial shows; here it is shown of places in classes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.book import BookingOutcome
from injections.booking.series.book import BookedSeries, SomeLost, book_series
from injections.booking.series.standing import VisitTime
from pht_clinic.errors import Busy
from scheduling.diary import locks, writing
from scheduling.diary.groups import take_seat
from scheduling.diary.places import Clash, Place
from scheduling.models import Appointment, GroupVisit, Patient
from tests.clinic import Clinic, local
from tests.injections.booking.series.world import ask
from tests.together import Deadlocks, at_once, those
from tests.trials.invariants import overlaps
from tests.trials.patients import crowd

MOST_ROUNDS = 10
LOST = (SomeLost, Clash, Busy)
PHYSIO, CLASS = "physiotherapy", "exercise-class"
BOTH = pytest.mark.parametrize("kind", [PHYSIO, CLASS])


def places(clinic: Clinic, round_: int) -> tuple[VisitTime, ...]:
    """Six Tuesdays; each round at another time of day, or of the next days."""
    who, where = clinic.physiotherapist.pk, clinic.gym.pk
    day, hour = divmod(round_, 8)
    start = local("2026-03-10", "08:00") + timedelta(days=day, hours=hour)
    return tuple(VisitTime(start + timedelta(weeks=week), who, where) for week in range(6))


def race(clinic: Clinic, patients: list[Patient], round_: int, *, kind: str, of: Collection[int]) -> list[Any]:
    """One series, and one booking of each of these of its places; of a class each is the last one."""
    fellow, first, *others = patients
    spots = all_but_the_last_place(clinic, fellow, round_) if kind == CLASS else places(clinic, round_)
    series = ask(clinic, first, spots=spots, kind=kind)
    return at_once(
        lambda: book_series(series, by=clinic.reception, now=clinic.now),
        *(
            lambda patient=patient, start=spots[number].start: single(clinic, patient, start, kind)
            for patient, number in zip(others, of, strict=True)
        ),
    )


def single(clinic: Clinic, patient: Patient, start: datetime, kind: str) -> Any:
    return clinic.book(patient, start, kind=kind)


def all_but_the_last_place(clinic: Clinic, fellow: Patient, round_: int) -> tuple[VisitTime, ...]:
    """At the places of a round classes of two, in which one has a place."""
    spots = places(clinic, round_)
    for spot in spots:
        clinic.book(fellow, spot.start, kind=CLASS)
    GroupVisit.objects.update(seats=2)
    return spots


def standing(clinic: Clinic, round_: int, fellow: Patient) -> tuple[int, int]:
    """How many visits of a series stand at the places of a round, and how many others beside the fellow's."""
    starts = [spot.start for spot in places(clinic, round_)]
    there = Appointment.objects.filter(start_at__in=starts).exclude(patient=fellow)
    return there.filter(series__isnull=False).count(), there.filter(series=None).count()


@BOTH
def test_r3_a_series_stands_whole_or_not_at_all_beside_single_bookings(
    clinic: Clinic, deadlocks: Deadlocks, is_full_trial: bool, kind: str
) -> None:
    patients = crowd(clinic, 5)
    for round_ in range(18 if is_full_trial else 6):
        series, *singles = race(clinic, patients, round_, kind=kind, of=(5, 2, 0))
        in_series, others = standing(clinic, round_, patients[0])
        if isinstance(series, BookedSeries):
            assert (in_series, others) == (6, 0), singles
        else:
            assert isinstance(series, LOST), series
            assert in_series == 0
            assert others == len(those(singles, BookingOutcome)) > 0
        assert all(isinstance(one, (BookingOutcome, *LOST)) for one in singles), singles
    assert overlaps() == []
    assert deadlocks.seen() == 0


@BOTH
def test_r3_without_the_locks_the_constraints_still_hold_a_series_together(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    patients = crowd(clinic, 5)
    monkeypatch.setattr(locks, "_lock_rows", _read_only)
    for round_ in range(3):
        race(clinic, patients, round_, kind=kind, of=(5, 2, 0))
        in_series, _ = standing(clinic, round_, patients[0])
        assert in_series in (0, 6)
    assert overlaps() == []


def test_r3_control_without_locks_and_the_unique_place_a_series_and_a_booking_share_a_place(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, without_seats: Callable[[], Any]
) -> None:
    """A single booking that was given its place and writes it only when the series stands."""
    in_series: list[threading.Thread | None] = [None]
    is_booked = threading.Event()

    def take_and_wait(appointment: Appointment, place: Place) -> None:
        take_seat(appointment, place)
        if threading.current_thread() is not in_series[0]:
            is_booked.wait(20)

    def series(spots: tuple[VisitTime, ...]) -> Any:
        in_series[0] = threading.current_thread()
        try:
            return book_series(ask(clinic, one, spots=spots, kind=CLASS), by=clinic.reception, now=clinic.now)
        finally:
            is_booked.set()

    monkeypatch.setattr(locks, "_lock_rows", _read_only)
    with without_seats():
        fellow, one, other = crowd(clinic, 3)
        for round_ in range(MOST_ROUNDS):
            spots = all_but_the_last_place(clinic, fellow, round_)
            is_booked.clear()
            with monkeypatch.context() as late:
                late.setattr(writing, "take_seat", take_and_wait)
                at_once(
                    lambda spots=spots: series(spots), lambda start=spots[3].start: single(clinic, other, start, CLASS)
                )
            found = overlaps()
            print(f"R3 control of classes: {len(found)} shared places after round {round_ + 1}")
            if found:
                break
    assert found


def _read_only(wanted: Sequence[tuple[type[Any], Collection[int]]]) -> list[list[Any]]:
    """Rows are read where they should be locked: check, then insert."""
    return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

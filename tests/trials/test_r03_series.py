"""R3 with a series in the mix: six visits at once against single bookings of their places, at the same instant.

All six stand, or none of them does; whoever has one of the places keeps it. The control takes locks and constraints
out and must then see what must never be seen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest

from injections.booking import book
from injections.booking.book import BookingOutcome
from injections.booking.series.book import BookedSeries, SomeLost, book_series
from injections.booking.series.standing import VisitTime
from pht_clinic.errors import Busy
from scheduling.diary import locks
from scheduling.diary.in_the_way import check_free
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local
from tests.injections.booking.series.world import ask
from tests.together import Deadlocks, at_once, those
from tests.trials.invariants import overlaps
from tests.trials.patients import crowd

MOST_ROUNDS = 10
LOST = (SomeLost, Clash, Busy)


def places(clinic: Clinic, round_: int) -> tuple[VisitTime, ...]:
    """Six Tuesdays; each round at another time of day."""
    who, where = clinic.physiotherapist.pk, clinic.gym.pk
    start = local("2026-03-10", "08:00") + timedelta(minutes=30 * round_)
    return tuple(VisitTime(start + timedelta(weeks=week), who, where) for week in range(6))


def race(clinic: Clinic, patients: list[Patient], round_: int, *, of: Collection[int]) -> list[Any]:
    """One series, and one booking of each of these of its places."""
    spots = places(clinic, round_)
    who = iter(patients)
    series = ask(clinic, next(who), spots=spots)

    def single(patient: Patient, spot: VisitTime) -> Callable[[], Any]:
        return lambda: clinic.book(patient, spot.start, kind="physiotherapy")

    return at_once(
        lambda: book_series(series, by=clinic.reception, now=clinic.now),
        *(single(patient, spots[number]) for patient, number in zip(who, of, strict=False)),
    )


def standing(clinic: Clinic, round_: int) -> tuple[int, int]:
    """How many visits of a series stand at the places of a round, and how many others."""
    starts = [spot.start for spot in places(clinic, round_)]
    there = Appointment.objects.filter(start_at__in=starts)
    return there.filter(series__isnull=False).count(), there.filter(series=None).count()


def test_r3_a_series_stands_whole_or_not_at_all_beside_single_bookings(
    clinic: Clinic, deadlocks: Deadlocks, is_full_trial: bool
) -> None:
    patients = crowd(clinic, 4)
    won = set()
    for round_ in range(18 if is_full_trial else 6):
        series, *singles = race(clinic, patients, round_, of=(5, 2, 0))
        in_series, others = standing(clinic, round_)
        if isinstance(series, BookedSeries):
            assert (in_series, others) == (6, 0), singles
        else:
            assert isinstance(series, LOST), series
            assert in_series == 0
            assert others == len(those(singles, BookingOutcome)) > 0
        assert all(isinstance(one, (BookingOutcome, *LOST)) for one in singles), singles
        won.add(type(series))
    assert overlaps() == []
    assert deadlocks.seen() == 0


def test_r3_without_the_locks_the_constraints_still_hold_a_series_together(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_lock_rows", _read_only)
    patients = crowd(clinic, 4)
    for round_ in range(3):
        race(clinic, patients, round_, of=(5, 2, 0))
        in_series, _ = standing(clinic, round_)
        assert in_series in (0, 6)
    assert overlaps() == []


def test_r3_control_without_locks_and_constraints_a_series_and_a_booking_share_a_place(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, without_exclusion: Callable[[], Any]
) -> None:
    """A single booking that has found its place free and writes it only when the series stands."""
    monkeypatch.setattr(locks, "_lock_rows", _read_only)
    is_booked = threading.Event()

    def look_and_wait(*args: Any, **kwargs: Any) -> int | None:
        found = check_free(*args, **kwargs)
        if threading.current_thread() is not in_series[0]:
            is_booked.wait(20)
        return found

    def series(patient: Patient) -> Any:
        in_series[0] = threading.current_thread()
        try:
            return book_series(ask(clinic, patient, spots=spots), by=clinic.reception, now=clinic.now)
        finally:
            is_booked.set()

    in_series: list[threading.Thread | None] = [None]
    monkeypatch.setattr(book, "check_free", look_and_wait)
    with without_exclusion():
        patients = crowd(clinic, 2)
        for round_ in range(MOST_ROUNDS):
            spots = places(clinic, round_)
            is_booked.clear()
            at_once(
                lambda: series(patients[0]),
                lambda start=spots[3].start: clinic.book(patients[1], start, kind="physiotherapy"),
            )
            if overlaps():
                break
        assert standing(clinic, round_) == (6, 1)
        assert overlaps()


def _read_only(model: type[Any], wanted: Collection[int]) -> list[Any]:
    """Rows are read where they should be locked: check, then insert."""
    return list(model._default_manager.filter(pk__in=wanted))

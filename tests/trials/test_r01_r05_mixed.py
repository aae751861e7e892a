"""R1, R2, R3 and R5 with everything that takes a time in the mix: visits, holds, series, and places of a class.

Real connections at the same instant. The controls take locks and constraints out and must then see what must never be
seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from injections.booking.book import BookingOutcome, book
from injections.booking.cancel import cancel
from injections.booking.holds.hold import HoldRequest, hold_time, hold_to_book
from injections.booking.move import MoveRequest, move
from injections.booking.series.book import BookedSeries, SeriesRequest, book_series
from injections.booking.series.rule import SeriesRule
from injections.booking.series.standing import VisitTime
from pht_clinic.errors import Refusal
from scheduling.diary import locks
from scheduling.models import Appointment, Patient, VisitSeries
from tests.clinic import Clinic, local
from tests.together import Deadlocks, at_once, those
from tests.trials.invariants import overlaps
from tests.trials.patients import crowd, days_on
from tests.trials.staging import Web

pytestmark = pytest.mark.full_trial(one_in=3)

SEED = 20261130
MOST_ROUNDS = 10
WEEKS = 4
PHYSIO, CLASS = "physiotherapy", "exercise-class"
Deed = Callable[[], Any]


@dataclass
class Desk:
    """Three colleagues who book with the physiotherapist, in the gym, at the same instants."""

    clinic: Clinic

    def by(self, number: int) -> Any:
        return (self.clinic.reception, self.clinic.radiologist, self.clinic.second_radiologist)[number % 3]

    def visit(self, patient: Patient, start: datetime, number: int, kind: str = PHYSIO) -> Deed:
        return lambda: book(self.clinic.ask(patient, start, kind=kind), by=self.by(number), now=self.clinic.now)

    def hold(self, patient: Patient, start: datetime, number: int, kind: str = PHYSIO) -> Deed:
        return lambda: hold_to_book(self.clinic.ask(patient, start, kind=kind), by=self.by(number), now=self.clinic.now)

    def hold_for_nobody(self, _: Patient, start: datetime, number: int) -> Deed:
        """As a program does, before it says for whom; each of the three ends the last one of its own."""
        who, where = self.clinic.physiotherapist.pk, self.clinic.gym.pk
        ask = HoldRequest(kind=PHYSIO, start=start, practitioner_id=who, room_id=where)
        return lambda: hold_time(ask, by=self.by(number), now=self.clinic.now)

    def series(self, patient: Patient, start: datetime, number: int) -> Deed:
        """Four visits, one a week; `start` is the time of the third."""
        starts = [start + timedelta(weeks=week) for week in range(-2, WEEKS - 2)]
        spots = tuple(VisitTime(one, self.clinic.physiotherapist.pk, self.clinic.gym.pk) for one in starts)
        rule = SeriesRule(date(2026, 3, 3), 1, frozenset({start.weekday()}), time(9), WEEKS)
        ask = SeriesRequest(kind=PHYSIO, patient_id=patient.pk, rule=rule, spots=spots)
        return lambda: book_series(ask, by=self.by(number), now=self.clinic.now)

    def some_of_each(self, patients: list[Patient], start: datetime) -> list[Deed]:
        """Visits, holds, series and a class, all for that time."""
        deeds: list[Deed] = []
        for number, patient in enumerate(patients):
            how = (self.visit, self.hold, self.series, self.hold_for_nobody)[number % 4]
            deeds.append(self.visit(patient, start, number, CLASS) if number % 5 == 4 else how(patient, start, number))
        return deeds


def standing(start: datetime) -> list[Appointment]:
    """Whoever has that time, by a visit, a place in a class or a hold."""
    return [*Appointment.objects.filter(start_at=start), *Appointment.holds.filter(start_at=start)]


def at_one_place(start: datetime) -> int:
    """How many have the physiotherapist at that time; those of one class count once."""
    return len({one.group_id or -one.pk for one in standing(start)})


def halves() -> list[str]:
    """Every series of which a part only is booked."""
    counts = Counter(Appointment.objects.filter(series__isnull=False).values_list("series_id", flat=True))
    every = VisitSeries.objects.values_list("pk", flat=True)
    return [f"series {pk}: {counts[pk]} of {WEEKS}" for pk in every if counts[pk] != WEEKS]


def broken(found: list[Any]) -> list[Any]:
    """What nobody should be answered with: anything raised that is no refusal of the product's own."""
    return [one for one in those(found, BaseException) if not isinstance(one, Refusal)]


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(wanted: Any) -> list[list[Any]]:
        return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

    monkeypatch.setattr(locks, "_lock_rows", read_only)


# -- R1 -----------------------------------------------------------------------------------------------------------


def a_time(number: int) -> datetime:
    """A time of its own for each round, and for the weeks of each round's series."""
    return days_on(local("2026-03-24", "09:00"), number // 8) + timedelta(hours=number % 8)


def test_r1_one_time_is_had_once_whoever_asks_for_a_visit_a_hold_a_series_or_a_class(
    clinic: Clinic, deadlocks: Deadlocks, is_full_trial: bool
) -> None:
    desk, won = Desk(clinic), Counter[str]()
    patients = crowd(clinic, 100 if is_full_trial else 24)
    for number in range(20 if is_full_trial else 4):
        start = a_time(number)
        Random(SEED + number).shuffle(patients)
        found = at_once(*desk.some_of_each(patients, start))
        assert broken(found) == []
        assert at_one_place(start) == 1, standing(start)
        won.update({type(one).__name__ for one in found if not isinstance(one, BaseException)})
    print(f"R1, mixed: rounds won by {dict(won)}")
    assert overlaps() == []
    assert halves() == []
    assert deadlocks.seen() == 0


@pytest.mark.full_trial
def test_r1_control_without_locks_and_constraints_several_have_one_time(
    clinic: Clinic, without_locks: None, without_exclusion: Callable[[], Any]
) -> None:
    desk, most = Desk(clinic), 0
    patients = crowd(clinic, 24)
    with without_exclusion():
        for number in range(MOST_ROUNDS):
            at_once(*desk.some_of_each(patients, a_time(number)))
            most = max(most, at_one_place(a_time(number)))
            print(f"R1 control, mixed: {most} have one time after round {number + 1}")
            if most > 1:
                break
    assert most > 1


# -- R2 -----------------------------------------------------------------------------------------------------------


def busy(desk: Desk, patients: list[Patient], number: int, *, day: int) -> Deed:
    """Takes times in every way there is, moves them and gives half of them back."""
    rng = Random(f"{SEED} {day} {number}")

    def some_time() -> datetime:
        return days_on(local("2026-03-24", "09:00"), day) + timedelta(minutes=10 * rng.randrange(45))

    def took(how: Callable[..., Deed], *more: Any) -> list[Any]:
        found = tried(how(rng.choice(patients), some_time(), number, *more))
        visit = found.appointment if isinstance(found, BookingOutcome) else None
        if visit is None:
            return [found]
        there = MoveRequest(start=some_time())
        moved = tried(lambda: move(visit.pk, there, by=desk.by(number), now=desk.clinic.now))
        if rng.random() < 0.5:
            return [found, moved]
        ended = tried(lambda: cancel(visit.pk, reason="Asked to.", by=desk.by(number), now=desk.clinic.now))
        return [found, moved, ended]

    def work() -> list[Any]:
        ways = [
            (desk.visit,),
            (desk.visit, CLASS),
            (desk.hold,),
            (desk.hold, CLASS),
            (desk.hold_for_nobody,),
            (desk.series,),
        ]
        return [one for how, *more in rng.sample(ways, 3) for one in took(how, *more)]

    return work


def tried(deed: Deed) -> Any:
    """What came of it, or the product's refusal."""
    try:
        return deed()
    except Refusal as refusal:
        return refusal


def busy_day(desk: Desk, patients: list[Patient], clients: int, *, day: int) -> list[Any]:
    found = at_once(*(busy(desk, patients, number, day=day) for number in range(clients)))
    assert broken(found) == []
    return [one for each in found for one in each]


def test_r2_overlapping_visits_holds_series_and_classes_never_overlap(
    clinic: Clinic, deadlocks: Deadlocks, is_full_trial: bool
) -> None:
    desk, clients = Desk(clinic), 100 if is_full_trial else 24
    patients = crowd(clinic, clients)
    found = [one for day in range(5 if is_full_trial else 2) for one in busy_day(desk, patients, clients, day=day)]
    said = Counter(type(one).__name__ for one in found)
    print(f"R2, mixed: {dict(said)}")
    assert said["BookingOutcome"] >= 3
    assert said["BookedSeries"] >= 1
    assert overlaps() == []
    assert deadlocks.seen() == 0


@pytest.mark.full_trial
def test_r2_control_without_locks_and_constraints_they_overlap(
    clinic: Clinic, without_locks: None, without_exclusion: Callable[[], Any]
) -> None:
    desk, patients = Desk(clinic), crowd(clinic, 24)
    with without_exclusion():
        for day in range(MOST_ROUNDS):
            at_once(*(busy(desk, patients, number, day=day) for number in range(24)))
            found = overlaps()
            print(f"R2 control, mixed: {len(found)} overlapping pairs after round {day + 1}")
            if found:
                break
    assert found


# -- R3 -----------------------------------------------------------------------------------------------------------


def both_at_once(desk: Desk, patient: Patient, number: int) -> tuple[Any, Any]:
    """An injection, and a series whose third visit loads the leg the day after it."""
    loads = a_time(number)
    injected = loads - timedelta(days=1)
    ask = desk.clinic.ask(patient, injected)
    first, second = at_once(
        lambda: book(ask, by=desk.clinic.reception, now=desk.clinic.now), desk.series(patient, loads, number)
    )
    return first, second


def are_both_booked(patient: Patient) -> bool:
    stands = Appointment.objects.filter(patient=patient, status="booked")
    return stands.filter(kind="injection").exists() and stands.filter(kind=PHYSIO).exists()


def test_r3_an_injection_and_a_series_that_loads_the_leg_too_soon_are_never_both_booked(
    clinic: Clinic, is_full_trial: bool
) -> None:
    desk, first = Desk(clinic), Counter[str]()
    for number, patient in enumerate(crowd(clinic, 60 if is_full_trial else 12)):
        found = both_at_once(desk, patient, number)
        assert broken(list(found)) == []
        assert not are_both_booked(patient), found
        first["series" if isinstance(found[1], BookedSeries) else "injection"] += 1
    print(f"R3, mixed: first came {dict(first)}")
    assert halves() == []


@pytest.mark.full_trial
def test_r3_control_without_the_lock_both_are_booked(clinic: Clinic, without_locks: None) -> None:
    desk = Desk(clinic)
    for number, patient in enumerate(crowd(clinic, 60)):
        both_at_once(desk, patient, number)
        if are_both_booked(patient):
            print(f"R3 control, mixed: both booked in round {number + 1}")
            return
    pytest.fail("60 races, and never both booked: this trial cannot fail")


# -- R5 -----------------------------------------------------------------------------------------------------------


def test_r5_one_key_many_times_is_one_place_of_a_class(
    clinic: Clinic, token: Callable[[str], str], webs: Callable[[str | None], Web]
) -> None:
    web, secret = webs(None), token("reception")
    ask = {
        "patient": str(clinic.patient("Cole").pk),
        "kind": CLASS,
        "start": local("2026-03-10").isoformat(),
        "practitioner": str(clinic.physiotherapist.pk),
        "room": str(clinic.gym.pk),
    }
    hold_to_book(
        clinic.ask(clinic.patient("Dove"), local("2026-03-10"), kind=CLASS), by=clinic.radiologist, now=clinic.now
    )
    answers = web.all_at_once([lambda: web.post("appointments/", ask, token=secret, key="one") for _ in range(50)])
    assert Counter(answer.status for answer in answers) == {201: 50}
    assert len({answer.raw for answer in answers}) == 1
    assert sorted(one.seat or 0 for one in standing(local("2026-03-10"))) == [1, 2]


def test_r5_a_series_sent_many_times_at_once_is_booked_once(clinic: Clinic) -> None:
    desk, patient = Desk(clinic), clinic.patient("Cole")
    found = at_once(*(desk.series(patient, a_time(0), 0) for _ in range(12)))
    assert Counter(type(one).__name__ for one in found) == {"BookedSeries": 1, "SomeLost": 11}
    assert Appointment.objects.filter(patient=patient).count() == WEEKS

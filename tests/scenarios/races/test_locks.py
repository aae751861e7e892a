"""Whoever comes at the same instant waits or is told to come back: no deadlock, no half state, no lost rule."""

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from injections.assessment import outdated, verdict
from injections.assessment.fact_change import FactChange
from injections.assessment.superseding import Superseded
from injections.booking.book import BookingOutcome
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.merging import merge
from injections.models import Decision, FailedTry, Injection
from injections.patient.injections import correct_injection
from injections.review.decide import DecisionRequest, decide
from injections.safety.policy import DEFAULT
from injections.worklists import lapse
from pht_clinic.errors import Busy, Conflict, Invalid, Refusal
from scheduling.clinic.closures import save_closure
from scheduling.clinic.consequences import Changed, HitsBookings
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.diary import locks
from scheduling.models import Appointment, Closure, Patient, Practitioner, Room
from scheduling.patients.identity_checks import NumberTaken
from tests.clinic import Clinic, close, local
from tests.together import Deadlocks, at_once, those

NINE, ELEVEN, THREE = (local("2026-03-10", at) for at in ("09:00", "11:00", "15:00"))


@pytest.fixture
def second_team(clinic: Clinic) -> tuple[Practitioner, Room]:
    """Another radiologist with another ultrasound room, open as the first."""
    room = save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=clinic.now)
    person = save_practitioner(
        None, {"name": "Dr Adam Frost", "kinds": ["injection", "follow-up"]}, by=clinic.manager, now=clinic.now
    )
    schedule = clinic.practitioner.schedules.filter(weekday=1).values().get()
    schedule |= {"practitioner_id": person.pk, "room_id": room.pk}
    del schedule["id"]
    save_schedule(None, schedule, by=clinic.manager, now=clinic.now)
    return person, room


def booked(clinic: Clinic, name: str, start: Any, **values: Any) -> Appointment:
    outcome = clinic.book(clinic.patient(name), start, kind="follow-up", **values)
    assert outcome.appointment is not None
    return outcome.appointment


def swap(clinic: Clinic, first: Appointment, second: Appointment) -> list[Any]:
    """Each of the two is moved, at the same instant, to where the other's people and room are."""

    def moving(one: Appointment, other: Appointment, start: Any) -> Callable[[], BookingOutcome]:
        return lambda: move(
            one.pk,
            MoveRequest(start=start, practitioner_id=other.practitioner_id, room_id=other.room_id),
            by=clinic.reception,
            now=clinic.now,
        )

    return at_once(moving(first, second, ELEVEN), moving(second, first, THREE))


def test_moves_in_opposite_directions_never_deadlock(
    clinic: Clinic, second_team: tuple[Practitioner, Room], deadlocks: Deadlocks
) -> None:
    """Locks are taken in one order whatever a move comes from and goes to."""
    person, room = second_team
    for number in range(10):
        first = booked(clinic, f"Ash{number}", NINE)
        second = booked(clinic, f"Elm{number}", NINE, practitioner_id=person.pk, room_id=room.pk)
        assert len(those(swap(clinic, first, second), BookingOutcome)) == 2
        for one in (first, second):
            cancel(one.pk, reason="next round", by=clinic.reception, now=clinic.now)
    assert deadlocks.seen() == 0


def test_control_without_the_one_order_they_deadlock(
    clinic: Clinic, second_team: tuple[Practitioner, Room], deadlocks: Deadlocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each locks what it has first and what it wants second: one of the two is told to come back."""
    holds_one = threading.Barrier(2)

    def each_own_first(wanted: Sequence[tuple[type[Any], Collection[int]]]) -> list[list[Any]]:
        return [own_first(model, ids) for model, ids in wanted]

    def own_first(model: type[Any], wanted: Collection[int]) -> list[Any]:
        own_is_first = threading.current_thread() is first_thread[0]
        rows = model._default_manager.select_for_update(no_key=True)
        found = []
        for position, pk in enumerate(sorted(wanted, reverse=not own_is_first)):
            if model is Practitioner and position == 1:
                holds_one.wait(20)
            found.append(rows.get(pk=pk))
        return found

    person, room = second_team
    first = booked(clinic, "Ash", NINE)
    second = booked(clinic, "Elm", NINE, practitioner_id=person.pk, room_id=room.pk)
    first_thread: list[threading.Thread | None] = [None]

    def move_first() -> Any:
        first_thread[0] = threading.current_thread()
        return move(
            first.pk,
            MoveRequest(start=ELEVEN, practitioner_id=person.pk, room_id=room.pk),
            by=clinic.reception,
            now=clinic.now,
        )

    def move_second() -> Any:
        return move(
            second.pk,
            MoveRequest(start=THREE, practitioner_id=first.practitioner_id, room_id=first.room_id),
            by=clinic.reception,
            now=clinic.now,
        )

    monkeypatch.setattr(locks, "_lock_rows", each_own_first)
    results = at_once(move_first, move_second)
    assert len(those(results, Busy)) == 1, results
    assert len(those(results, BookingOutcome)) == 1


def test_a_lock_that_is_not_to_be_had_is_a_busy_refusal(
    clinic: Clinic, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits longer than the limit, nothing is stored, and the answer says when to come back."""
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_MS", 200)
    patient = clinic.patient()
    with owner_connection.transaction():
        owner_connection.execute("SELECT 1 FROM scheduling_patient WHERE id = %s FOR UPDATE", [patient.pk])
        [refused] = at_once(lambda: clinic.book(patient, NINE, kind="follow-up"))
    assert isinstance(refused, Busy)
    assert refused.retry_after_seconds > 0
    assert not Appointment.objects.exists()
    assert clinic.book(patient, NINE, kind="follow-up").appointment is not None


def test_a_task_passes_over_whom_somebody_else_has_locked_and_comes_again(
    clinic: Clinic, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no failure: the patient's turn is the next call, not a minute later. Nor is waiting for one in vain."""
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_MS", 200)
    locked, free = (clinic.fit_patient(name) for name in ("Birch", "Cole"))
    for patient, start in ((locked, NINE), (free, ELEVEN)):
        assert clinic.book(patient, start).appointment is not None
    pending = clinic.book(locked, NINE + timedelta(days=1), override_reason="Asked for").appointment
    assert pending is not None
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
    monkeypatch.setattr(outdated, "effective_policy", lambda: stricter)
    lapse_at = pending.start_at - lapse.DECIDE_BEFORE
    with owner_connection.transaction():
        owner_connection.execute("SELECT 1 FROM scheduling_patient WHERE id = %s FOR UPDATE", [locked.pk])
        assert at_once(lambda: outdated.reassess_outdated(now=clinic.now)) == [1]
        assert at_once(lambda: lapse.lapse_undecided(now=lapse_at)) == [0]
    assert not FailedTry.objects.exists()
    assert outdated.reassess_outdated(now=clinic.now) == 1
    assert lapse.lapse_undecided(now=lapse_at) == 1


def test_the_limit_is_three_seconds() -> None:
    assert locks.LOCK_TIMEOUT_MS == 3000


def test_merging_while_booking_leaves_nothing_on_the_record_that_is_gone(clinic: Clinic) -> None:
    """Either the booking was first and went over, or it is refused because the record was merged."""
    seen = set()
    for number in range(12):
        twin, kept = clinic.patient(f"Twin{number}"), clinic.patient(f"Kept{number}")
        start = NINE + timedelta(minutes=30 * number)
        merged, outcome = at_once(
            lambda twin=twin, kept=kept: merge.merge_patients(
                twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now
            ),
            lambda twin=twin, start=start: clinic.book(twin, start, kind="follow-up"),
        )
        assert isinstance(merged, FactChange), merged
        assert not Appointment.objects.filter(patient=twin).exists()
        if isinstance(outcome, BookingOutcome):
            assert Appointment.objects.filter(patient=kept, status="booked").count() == 1
        else:
            assert isinstance(outcome, Invalid), outcome
            assert not Appointment.objects.filter(patient=kept).exists()
        seen.add(type(outcome))
    assert seen <= {BookingOutcome, Invalid}


def test_merging_two_records_both_ways_at_once_joins_them_once(clinic: Clinic, deadlocks: Deadlocks) -> None:
    for number in range(6):
        one, other = clinic.patient(f"One{number}"), clinic.patient(f"Other{number}")
        results = at_once(
            lambda one=one, other=other: merge.merge_patients(
                one.pk, into_id=other.pk, by=clinic.manager, now=clinic.now
            ),
            lambda one=one, other=other: merge.merge_patients(
                other.pk, into_id=one.pk, by=clinic.manager, now=clinic.now
            ),
        )
        assert len(those(results, FactChange)) == 1, results
        assert len(those(results, Invalid)) == 1
        assert Patient.objects.filter(pk__in=[one.pk, other.pk], merged_into__isnull=True).count() == 1
    assert deadlocks.seen() == 0


def test_two_radiologists_at_once_make_one_decision(clinic: Clinic) -> None:
    """The second finds that it no longer waits."""
    for number in range(6):
        patient = clinic.fit_patient(f"Birch{number}")
        clinic.answer(patient, {"cancer_history": "yes"})
        appointment = clinic.book(patient, NINE + timedelta(hours=number)).appointment
        assert appointment is not None
        assert appointment.status == "pending"
        results = at_once(
            *(
                lambda who=who, pk=appointment.pk: decide(
                    pk, DecisionRequest(outcome="approve", reason="Discussed."), by=who, now=clinic.now
                )
                for who in (clinic.radiologist, clinic.second_radiologist)
            )
        )
        assert len(those(results, Decision)) == 1, results
        assert len(those(results, Conflict)) == 1


def test_a_decision_never_covers_a_fact_that_came_at_the_same_instant(clinic: Clinic) -> None:
    """Whichever is first: a booked visit has no concern that nobody decided on."""
    for number in range(8):
        patient = clinic.fit_patient(f"Birch{number}")
        clinic.answer(patient, {"cancer_history": "yes"})
        appointment = clinic.book(patient, NINE + timedelta(hours=number)).appointment
        assert appointment is not None
        results = at_once(
            lambda pk=appointment.pk: decide(
                pk, DecisionRequest(outcome="approve", reason="Discussed."), by=clinic.radiologist, now=clinic.now
            ),
            lambda patient=patient: clinic.answer(patient, {"cancer_history": "yes", "numbness": "yes"}),
        )
        assert not those(results, Busy), results
        appointment.refresh_from_db()
        newest = appointment.assessments.order_by("-pk").first()
        assert newest is not None
        decided = {
            concern["rule"]
            for decision in Decision.objects.filter(appointment=appointment)
            for concern in decision.covers
        }
        standing = {finding["rule"] for finding in newest.findings if finding["severity"] != "info"}
        assert appointment.status == "pending" or standing <= decided, (number, results, standing, decided)


def test_closing_while_booking_never_leaves_a_booking_inside_unnoticed(clinic: Clinic) -> None:
    """Either the closure was first and the booking is refused, or the closure names the booking and is not made."""
    for number in range(8):
        start = NINE + timedelta(hours=number)
        patient = clinic.patient(f"Birch{number}")
        closed, outcome = at_once(
            lambda start=start: close(
                starts_at=start,
                ends_at=start + timedelta(minutes=30),
                practitioner_id=clinic.practitioner.pk,
                by=clinic.manager,
                now=clinic.now,
            ),
            lambda start=start, patient=patient: clinic.book(patient, start, kind="follow-up"),
        )
        inside = Appointment.objects.filter(start_at=start, status="booked").count()
        closures = Closure.objects.filter(starts_at=start).count()
        assert inside + closures == 1, (closed, outcome)
        if closures:
            assert isinstance(outcome, Invalid), outcome
        else:
            assert isinstance(closed, HitsBookings), closed


def test_a_changed_closure_waits_for_whom_it_closed_before(
    clinic: Clinic,
    second_team: tuple[Practitioner, Room],
    owner_connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Taken from one practitioner and given to another, it locks both."""
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_MS", 200)
    values = {"starts_at": NINE, "ends_at": THREE, "practitioner_id": clinic.practitioner.pk}
    closure = save_closure(None, values, by=clinic.manager, now=clinic.now).row

    def give_to_the_other() -> Any:
        changed = {"practitioner_id": second_team[0].pk}
        return save_closure(closure.pk, changed, by=clinic.manager, now=clinic.now)

    held = "SELECT 1 FROM scheduling_practitioner WHERE id = %s FOR UPDATE"
    for person in (clinic.practitioner, second_team[0]):
        with owner_connection.transaction():
            owner_connection.execute(held, [person.pk])
            [refused] = at_once(give_to_the_other)
        assert isinstance(refused, Busy), person
    [changed] = at_once(give_to_the_other)
    assert isinstance(changed, Changed)


def test_one_record_is_corrected_once(clinic: Clinic) -> None:
    """Two corrections at once: the second is told that the record is no longer the one that stands."""
    patient = clinic.patient()
    row = clinic.earlier_injection(patient, "2025-08").row
    results = at_once(
        *(
            lambda given=given: correct_injection(
                row.pk, reason="A letter came.", changes={"given": given}, by=clinic.reception, now=clinic.now
            )
            for given in ("2025-08-14", "2025-09", "2025")
        )
    )
    assert len(those(results, FactChange)) == 1, results
    assert len(those(results, Superseded)) == 2
    assert Injection.objects.current().filter(patient=patient).count() == 1


def test_one_nhs_number_is_registered_once(clinic: Clinic) -> None:
    """The unique column decides, and the second gets a conflict that names the first."""
    results = at_once(
        *(lambda name=name: clinic.patient(name, nhs_number="9990000018") for name in ("Birch", "Cole", "Dunn"))
    )
    assert len(those(results, Patient)) == 1, results
    assert len(those(results, NumberTaken)) == 2


def test_nothing_but_refusals_comes_of_many_hands_on_one_appointment(clinic: Clinic, deadlocks: Deadlocks) -> None:
    """Moving, cancelling and moving again, all at once: each is done or refused, and one state remains."""
    for number in range(5):
        appointment = booked(clinic, f"Birch{number}", NINE)
        results = at_once(
            *(
                lambda start=start, pk=appointment.pk: move(
                    pk, MoveRequest(start=start), by=clinic.reception, now=clinic.now
                )
                for start in (ELEVEN, THREE)
            ),
            *(
                lambda pk=appointment.pk: cancel(pk, reason="Asked to.", by=clinic.reception, now=clinic.now)
                for _ in range(2)
            ),
        )
        assert not those(results, Busy), results
        assert all(isinstance(result, BookingOutcome | Appointment | Refusal) for result in results), results
        assert len(those(results, Appointment)) == 1
        appointment.refresh_from_db()
        assert appointment.status == "cancelled"
        assert list(appointment.changes.values_list("revision", flat=True)) == list(range(1, appointment.revision + 1))
    assert deadlocks.seen() == 0

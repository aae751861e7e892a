"""R1, R2, R3: many clients at the same instant, over HTTP, against gunicorn with several processes and threads.

R1: one slot. R2: overlapping slots, shared rooms and people. R3: one patient, two times that exclude each other.
The controls take locks and constraints out and must then see what must never be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local
from tests.together import Deadlocks, at_once
from tests.trials.invariants import overlaps
from tests.trials.patients import crowd, days_on
from tests.trials.staging import Answer, Web, percentile

pytestmark = pytest.mark.full_trial(one_in=3)

SEED = 20260302
LONGEST_SECONDS = 3
MOST_ROUNDS = 10
"""A control goes on until it sees the violation; one that does not in so many rounds fails."""
Webs = Callable[[str | None], Web]


@dataclass
class Stage:
    """Who asks whom for what."""

    web: Web
    clinic: Clinic
    token: str

    def book(self, patient: Patient, start: datetime, **values: Any) -> Answer:
        ask = {
            "patient": str(patient.pk),
            "kind": "injection",
            "site": "hamstring-origin",
            "side": "left",
            "start": start.isoformat(),
            "practitioner": str(self.clinic.practitioner.pk),
            "room": str(self.clinic.room.pk),
            **values,
        }
        return self.web.post("appointments/", ask, token=self.token)


# -- R1 -----------------------------------------------------------------------------------------------------------


def ask_for_one_slot(stage: Stage, patients: list[Patient], start: datetime) -> list[Answer]:
    return stage.web.all_at_once([lambda patient=patient: stage.book(patient, start) for patient in patients])


def test_r1_of_many_clients_for_one_slot_exactly_one_is_booked(
    clinic: Clinic, token: Callable[[str], str], webs: Webs, is_full_trial: bool
) -> None:
    stage = Stage(webs(None), clinic, token("reception"))
    patients = crowd(clinic, 200 if is_full_trial else 30)
    taken: list[float] = []
    for number in range(20 if is_full_trial else 3):
        start = local("2026-03-10", "09:00") + timedelta(days=number)
        # nobody's own earlier booking may be what keeps them out
        answers = ask_for_one_slot(stage, patients, start)
        assert Counter(answer.status for answer in answers) == {201: 1, 409: len(patients) - 1}
        assert Appointment.objects.filter(start_at=start).count() == 1
        clashes = [answer.body["clashes"] for answer in answers if answer.status == 409]
        assert all(clashes), "a clash that names nobody: the constraint, not the lock, was first"
        taken += [answer.seconds for answer in answers]
        patients.remove(Appointment.objects.get(start_at=start).patient)
    assert overlaps() == []
    if is_full_trial:
        assert percentile(taken, 0.99) <= LONGEST_SECONDS


@pytest.mark.full_trial
def test_r1_control_without_lock_and_constraint_several_are_booked(
    clinic: Clinic, token: Callable[[str], str], webs: Webs, without_exclusion: Callable[[], Any]
) -> None:
    with without_exclusion():
        stage = Stage(webs("diary-locks"), clinic, token("reception"))
        patients = crowd(clinic, 50)
        for number in range(MOST_ROUNDS):
            answers = ask_for_one_slot(stage, patients, local("2026-03-10", "09:00") + timedelta(days=number))
            booked = sum(answer.status == 201 for answer in answers)
            print(f"R1 control: {booked} of {len(answers)} booked into one slot in round {number + 1}")
            if booked > 1:
                break
        assert booked > 1, Counter(answer.status for answer in answers)
        assert overlaps()


@pytest.mark.full_trial
def test_r1_control_without_the_lock_the_constraint_still_holds(
    clinic: Clinic, token: Callable[[str], str], webs: Webs
) -> None:
    """The backstop by itself: one is booked, whatever else is said to the others."""
    stage = Stage(webs("diary-locks"), clinic, token("reception"))
    answers = ask_for_one_slot(stage, crowd(clinic, 50), local("2026-03-10", "09:00"))
    said = Counter(answer.status for answer in answers)
    assert said[201] == 1, said
    assert overlaps() == []


# -- R2 -----------------------------------------------------------------------------------------------------------

SLOTS = 40


@dataclass
class House:
    """Three people who share two ultrasound rooms, and a crowd in which one patient is asked for again and again."""

    people: list[int]
    rooms: list[int]
    patients: list[Patient]

    @classmethod
    def open(cls, clinic: Clinic, size: int) -> House:
        people, rooms = [clinic.practitioner.pk], [clinic.room.pk]
        second = {"name": "Ultrasound 2", "has_ultrasound": True}
        rooms.append(save_room(None, second, by=clinic.manager, now=clinic.now).pk)
        sessions = list(clinic.practitioner.schedules.values())
        for name in ("Dr Adam Frost", "Dr Mina Rao"):
            values = {"name": name, "kinds": ["injection", "follow-up"]}
            people.append(save_practitioner(None, values, by=clinic.manager, now=clinic.now).pk)
            for session in sessions:
                fresh = {key: value for key, value in session.items() if key != "id"}
                save_schedule(None, fresh | {"practitioner_id": people[-1]}, by=clinic.manager, now=clinic.now)
        return cls(people, rooms, crowd(clinic, size))

    def busy_client(self, stage: Stage, rng: Random, *, day: int) -> Callable[[], list[Answer]]:
        """Books, moves, moves again and, half the time, cancels."""

        def somewhere() -> dict[str, Any]:
            start = local("2026-03-10", "09:00") + timedelta(days=day, minutes=5 * rng.randrange(SLOTS))
            people, rooms = rng.choice(self.people), rng.choice(self.rooms)
            return {"start": start.isoformat(), "practitioner": str(people), "room": str(rooms)}

        def work() -> list[Answer]:
            kind = rng.choice(["injection", "follow-up"])
            patient = self.patients[0] if rng.random() < 0.2 else rng.choice(self.patients)
            target = {} if kind == "injection" else {"site": None, "side": None}
            there = somewhere()
            start = datetime.fromisoformat(there.pop("start"))
            answers = [stage.book(patient, start, kind=kind, **target, **there)]
            if answers[0].status != 201:
                return answers
            at = f"appointments/{answers[0].body['id']}"
            for _ in range(2):
                answers.append(stage.web.post(f"{at}/move/", somewhere(), token=stage.token))
            if rng.random() < 0.5:
                answers.append(stage.web.post(f"{at}/cancel/", {"reason": "Asked to."}, token=stage.token))
            return answers

        return work


def crowd_into(place: House, stage: Stage, size: int, *, day: int) -> list[Answer]:
    """So many busy clients on one day; everything they were told."""
    clients = [place.busy_client(stage, Random(f"{SEED} {day} {client}"), day=day) for client in range(size)]
    told = at_once(*clients)
    broken = [result for result in told if not isinstance(result, list)]
    assert not broken, broken
    return [answer for answers in told for answer in answers]


def test_r2_overlapping_slots_shared_rooms_and_people_never_overlap(
    clinic: Clinic, token: Callable[[str], str], webs: Webs, deadlocks: Deadlocks, is_full_trial: bool
) -> None:
    stage = Stage(webs(None), clinic, token("reception"))
    size = 200 if is_full_trial else 50
    place = House.open(clinic, min(size, 60))
    answers = [answer for day in range(5 if is_full_trial else 2) for answer in crowd_into(place, stage, size, day=day)]
    said = Counter(answer.status for answer in answers)
    print(f"R2: {dict(said)}, {deadlocks.seen()} deadlocks")
    assert set(said) <= {200, 201, 409, 422}
    assert said[201] >= 10
    assert overlaps() == []
    assert deadlocks.seen() == 0
    if is_full_trial:
        assert percentile([answer.seconds for answer in answers], 0.99) <= LONGEST_SECONDS


@pytest.mark.full_trial
def test_r2_control_without_lock_and_constraint_they_overlap(
    clinic: Clinic, token: Callable[[str], str], webs: Webs, without_exclusion: Callable[[], Any]
) -> None:
    with without_exclusion():
        stage = Stage(webs("diary-locks"), clinic, token("reception"))
        place = House.open(clinic, 50)
        for day in range(MOST_ROUNDS):
            crowd_into(place, stage, 50, day=day)
            found = overlaps()
            print(f"R2 control: {len(found)} overlapping pairs after round {day + 1}")
            if found:
                break
        assert found


# -- R3 -----------------------------------------------------------------------------------------------------------

SOON, SIX_WEEKS_LATER = local("2026-03-10", "09:00"), local("2026-04-21", "09:00")


def ask_for_both(stage: Stage, patient: Patient, number: int) -> list[Answer]:
    """One patient, two times six weeks apart, two clients at the same instant; each number has times of its own."""
    later = timedelta(minutes=40 * (number % 12))
    return stage.web.all_at_once(
        [
            lambda start=start: stage.book(patient, days_on(start, number // 12) + later)
            for start in (SOON, SIX_WEEKS_LATER)
        ]
    )


def test_r3_two_times_of_one_patient_are_never_both_booked(
    clinic: Clinic, token: Callable[[str], str], webs: Webs, is_full_trial: bool
) -> None:
    """The second one is judged by the first: blocked by the interval, and booked nowhere."""
    stage = Stage(webs(None), clinic, token("reception"))
    for number, patient in enumerate(crowd(clinic, 200 if is_full_trial else 20)):
        answers = ask_for_both(stage, patient, number)
        assert sorted(answer.status for answer in answers) == [201, 422]
        [booked] = [answer for answer in answers if answer.status == 201]
        [refused] = [answer for answer in answers if answer.status == 422]
        assert booked.body["status"] == "booked"
        assert "repeat-interval" in {finding["rule"] for finding in refused.body["assessment"]["findings"]}
        assert Appointment.objects.filter(patient=patient).count() == 1


@pytest.mark.full_trial
def test_r3_control_without_the_lock_both_are_booked(clinic: Clinic, token: Callable[[str], str], webs: Webs) -> None:
    """Nothing but the lock keeps them apart: no constraint knows the interval."""
    stage = Stage(webs("diary-locks"), clinic, token("reception"))
    for number, patient in enumerate(crowd(clinic, 100)):
        answers = ask_for_both(stage, patient, number)
        if [answer.status for answer in answers] == [201, 201]:
            print(f"R3 control: both booked in round {number + 1}")
            assert {answer.body["status"] for answer in answers} == {"booked"}
            return
    pytest.fail("100 races, and never both booked: this trial cannot fail")

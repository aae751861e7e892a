"""R27: two records are merged and the merge is taken back: both are as they were, and what came between is assigned.

Pairs of invented patients with bookings, calls, messages, decisions and clinical records of each kind on both, drawn by
a seed; some of it written before the merge, some between. 5 pairs in `make test`, 200 in `make trials`. The control
gives nothing back, and the trial sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import models

from injections.assessment.open_calls import open_call
from injections.booking.cancel import cancel
from injections.merging import unmerge
from injections.merging.between import name_of
from injections.merging.merge import merge_patients
from injections.merging.unmerge import Undecided, unmerge_patients
from injections.models import Assessment, Call, Injection
from injections.patient.activities import plan_activity
from injections.patient.injections import correct_injection
from injections.patient.notes import add_note
from injections.review.decide import DecisionRequest, decide
from scheduling.messages.recipients import route_of
from scheduling.models import Appointment, Message, Patient
from scheduling.patients.joining import details, of_patients
from tests.clinic import NOW, Clinic, local, open_clinic
from tests.scheduling.patients.kept_of_contact import EVERYTHING
from tests.trials.patients import days_on

pytestmark = [pytest.mark.django_db, pytest.mark.full_trial(one_in=3)]

SEED = 20260302
Owners = dict[str, int]


@dataclass
class Pair:
    """Two people who are taken for one for a while, and whose everything is by what was meant when it was written."""

    clinic: Clinic
    rng: Random
    source: Patient
    target: Patient
    day: int = 0
    meant: Owners = field(default_factory=dict)

    @property
    def pair(self) -> tuple[Patient, Patient]:
        return self.source, self.target

    def start(self) -> Any:
        """A free time, none twice."""
        self.day += 1
        return days_on(local("2026-03-03", "09:00"), self.day)

    def write(self, of: Patient, on: Patient) -> None:
        """Something new about one of the two, written on the record that stands for them."""
        before = names()
        self.rng.choice(WRITINGS)(self, on)
        self.meant |= dict.fromkeys(names() - before, of.pk)


def names() -> set[str]:
    """Every row of every patient, by its name; verdicts and messages aside, which follow."""
    return {name_of(row) for row in every_row()}


def every_row() -> list[models.Model]:
    return [row for model in of_patients() if model not in (Assessment, Message) for row in model._base_manager.all()]


def owners() -> Owners:
    return {name_of(row): row.patient_id for row in every_row()}  # type: ignore[attr-defined]  # of every row here


def booking(pair: Pair, on: Patient) -> None:
    pair.clinic.book(on, pair.start(), kind="follow-up")


def injection_booking(pair: Pair, on: Patient) -> None:
    """Asked for although it may be too soon: some wait for a decision, and some get one."""
    visit = pair.clinic.book(on, pair.start(), override_reason="Asked for").appointment
    if visit is not None and visit.status == "pending" and pair.rng.random() < 0.7:
        told = DecisionRequest(outcome="override", reason="Weighed", reason_code="other")
        decide(visit.pk, told, by=pair.clinic.radiologist, now=pair.clinic.now)


def call(pair: Pair, on: Patient) -> None:
    if not Call.objects.filter(patient__in=pair.pair, closed_at=None).exists():
        open_call(on, why=Call.Why.UNDECIDED, say="Phone", now=pair.clinic.now)


def earlier(pair: Pair, on: Patient) -> None:
    pair.clinic.earlier_injection(on, f"20{pair.rng.randrange(10, 25)}-0{pair.rng.randrange(1, 10)}", confirm_new=True)


def note(pair: Pair, on: Patient) -> None:
    add_note(on.pk, text=f"Note {pair.rng.random()}", by=pair.clinic.reception, now=pair.clinic.now)


def plan(pair: Pair, on: Patient) -> None:
    start = local("2026-05-01") + timedelta(days=pair.rng.randrange(90))
    by = pair.clinic.reception
    plan_activity(on.pk, kind="travel", start=start, agreed_to_move=False, by=by, now=pair.clinic.now)


def answers(pair: Pair, on: Patient) -> None:
    pair.clinic.answer(on)


def pathway(pair: Pair, on: Patient) -> None:
    pair.clinic.pathway(on)


def report(pair: Pair, on: Patient) -> None:
    pair.clinic.report(on)


WRITINGS: tuple[Callable[[Pair, Patient], None], ...] = (
    booking,
    injection_booking,
    injection_booking,
    call,
    earlier,
    note,
    plan,
    answers,
    pathway,
    report,
)


def a_pair(clinic: Clinic, rng: Random, number: int) -> Pair:
    """Two records, each with some of everything."""
    born = date(1980, 5, 1) + timedelta(days=number)
    besides = rng.choices((EVERYTHING, {}), k=2)
    phone, email = rng.choice(("", "07700 900456")), rng.choice(("", "own@mail.example"))
    source = clinic.fit_patient(f"Rowan{number}", date_of_birth=born, phone=phone, **besides[0])
    target = clinic.fit_patient(f"Rowann{number}", date_of_birth=born, email=email, **besides[1])
    pair = Pair(clinic, rng, source, target)
    pair.meant = {name: whose for name, whose in owners().items() if whose in (source.pk, target.pk)}
    for _ in range(rng.randrange(2, 7)):
        whose = rng.choice((source, target))
        pair.write(whose, whose)
    return pair


def free_the_times(pair: Pair) -> None:
    """Cancel what is open: the next pair's turn."""
    for visit in Appointment.objects.filter(patient__in=pair.pair, status__in=["booked", "pending"]):
        cancel(visit.pk, reason="The next pair's turn", by=pair.clinic.reception, now=pair.clinic.now)


def correct_one(pair: Pair) -> None:
    """An injection of either is corrected between: it says itself whose it is."""
    rows = list(Injection.objects.current().filter(patient__in=pair.pair, origin="elsewhere"))
    if rows:
        row = pair.rng.choice(rows)
        whose = pair.meant[name_of(row)]
        before = names()
        by, now = pair.clinic.reception, pair.clinic.now
        correct_injection(row.pk, reason="A letter", changes={"dose_mg": 20}, confirm_new=True, by=by, now=now)
        pair.meant |= dict.fromkeys(names() - before, whose)


def there_and_back(pair: Pair) -> int:
    """Merge, write on, take it back; returns of how many rows somebody had to say whose they are."""
    source, target, clinic = pair.source, pair.target, pair.clinic
    as_they_were = [details(Patient.objects.get(pk=one.pk)) for one in (source, target)]
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=clinic.now)
    for _ in range(pair.rng.randrange(0, 5)):
        pair.write(pair.rng.choice((source, target)), target)
    correct_one(pair)
    assign: Owners = {}
    try:
        unmerge_patients(source.pk, by=clinic.manager, now=clinic.now)
    except Undecided as refusal:
        undecided: Any = refusal.extra["undecided"]
        assign = {one["row"]: pair.meant[one["row"]] for one in undecided}
        unmerge_patients(source.pk, assign=assign, by=clinic.manager, now=clinic.now)
    assert [details(Patient.objects.get(pk=one.pk)) for one in (source, target)] == as_they_were
    return len(assign)


def violations(pair: Pair) -> list[str]:
    """What stands with the wrong one of the two, or goes to the wrong address; what hangs on a visit included."""
    stands = owners()
    found = [name for name, whose in pair.meant.items() if stands[name] != whose]
    for visit in Appointment.objects.filter(patient__in=pair.pair):
        for row in (*visit.messages.all(), *visit.assessments.all(), *visit.calls.all()):
            if row.patient_id != visit.patient_id:
                found.append(f"{name_of(row)} of {name_of(visit)}")
        address = route_of(visit.patient).recipient
        found += [name_of(one) for one in visit.messages.filter(status="queued").exclude(recipient=address)]
    return found


def test_r27_both_are_as_they_were_and_what_came_between_is_assigned(is_full_trial: bool) -> None:
    clinic, rng = open_clinic(NOW), Random(SEED)
    asked = rows = decided = 0
    count = 200 if is_full_trial else 3
    for number in range(count):
        pair = a_pair(clinic, rng, number)
        asked += there_and_back(pair)
        rows += len(pair.meant)
        assert violations(pair) == []
        decided += sum(visit.decisions.exists() for visit in Appointment.objects.filter(patient__in=pair.pair))
        free_the_times(pair)
    print(f"R27 {count} pairs, {rows} rows, {Message.objects.count()} messages, {decided} decided, {asked} asked about")
    assert asked
    assert decided


def test_r27_control_without_giving_back_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the records stand by themselves again, and nothing is given back to the one that was merged away."""
    monkeypatch.setattr(unmerge, "_give", lambda merge, rows, *, by, now: None)
    clinic, rng = open_clinic(NOW), Random(SEED)
    found: list[str] = []
    for number in range(5):
        pair = a_pair(clinic, rng, number)
        there_and_back(pair)
        found += violations(pair)
        free_the_times(pair)
    assert found

"""Rows that fail in a task each time, before rows that do not: the others come all the same.

Bookings judged by earlier rules, whose judging fails for the patients with the lower ids; the task comes once a minute
and takes 50 patients at most. 60 that fail in `make test`, 300 in `make trials`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.assessment import outdated as chasing
from injections.assessment import reassess, turns, verdict
from injections.models import FailedTry
from injections.safety.policy import DEFAULT
from scheduling.models import Patient
from tests.clinic import NOW, local, open_clinic
from tests.trials.patients import crowd, days_on

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
GOOD, AT_MOST, A_DAY = 10, 50, 13


@dataclass
class Task:
    """The task and its patients by id; judging fails for the `bad` ones, and every try is noted."""

    good: set[int]
    bad: set[int]
    now: datetime = NOW
    tried: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    judge: Callable[..., Any] = reassess.patients

    def patients(self, changed: list[Patient], *, now: datetime, **values: Any) -> Any:
        [patient] = changed
        self.tried[patient.pk].append(now)
        if patient.pk in self.bad:
            raise RuntimeError("these facts cannot be read")
        return self.judge(changed, now=now, **values)

    def run(self, times: int) -> int:
        """Once a minute; how many patients were judged."""
        judged = 0
        for _ in range(times):
            judged += chasing.reassess_outdated(now=self.now, at_most=AT_MOST)
            self.now += MINUTE
        return judged

    def runs_for_everybody(self) -> int:
        return -(-len(self.good | self.bad) // AT_MOST)

    def outdated(self) -> set[int]:
        return set(chasing.outdated_bookings(now=self.now).values_list("patient_id", flat=True))


@pytest.fixture
def task(is_full_trial: bool, monkeypatch: pytest.MonkeyPatch) -> Task:
    """Each patient has one booking; then the clinic tightens a rule."""
    clinic = open_clinic()
    patients = crowd(clinic, (300 if is_full_trial else 60) + GOOD)
    for number, patient in enumerate(patients):
        start = days_on(local("2026-03-09", "08:00"), number // A_DAY) + 45 * MINUTE * (number % A_DAY)
        assert clinic.book(patient, start).appointment is not None
    stricter = DEFAULT.tightened({"repeat_review_months": 5})
    monkeypatch.setattr(verdict, "effective_policy", lambda: stricter)
    monkeypatch.setattr(chasing, "effective_policy", lambda: stricter)
    ids = sorted(patient.pk for patient in patients)
    made = Task(good=set(ids[-GOOD:]), bad=set(ids[:-GOOD]))
    monkeypatch.setattr(reassess, "patients", made.patients)
    return made


@pytest.mark.full_trial(one_in=2)
def test_rows_that_fail_go_behind_the_others_and_come_again_in_their_time(task: Task) -> None:
    """60 and 10 patients need two runs, as if none failed; each that fails is tried 1, 2, 4 … minutes later."""
    bad, runs = set(task.bad), task.runs_for_everybody()
    assert task.run(runs) == GOOD
    print(f"failing rows: {GOOD} judged by {runs} runs, {len(bad)} failed")
    assert task.outdated() == bad
    assert set(FailedTry.objects.values_list("task", "row_id")) == {("reassess-outdated", pk) for pk in bad}
    task.run(90)
    for pk in bad:
        waits = [after - before for before, after in zip(task.tried[pk], task.tried[pk][1:], strict=False)]
        assert len(waits) >= 5
        for failures, wait in enumerate(waits, 1):
            due = turns.wait_after(failures)
            assert due <= wait <= due + runs * MINUTE, (pk, failures, wait)
    assert all(len(task.tried[pk]) == 1 for pk in task.good)

    task.bad.clear()
    assert task.run(60 + runs) == len(bad)
    assert not task.outdated()
    assert not FailedTry.objects.exists()


@pytest.mark.full_trial
def test_control_without_a_stored_next_try_they_starve_the_rest(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same 50 fail at each call, and nobody else's turn ever comes."""
    monkeypatch.setattr(turns, "_put_behind", lambda task, row_id, *, now: None)
    assert task.run(10 * task.runs_for_everybody()) == 0
    assert set(task.tried) == set(sorted(task.bad)[:AT_MOST])
    assert task.outdated() == task.bad | task.good

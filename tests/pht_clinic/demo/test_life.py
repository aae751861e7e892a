"""The past year of the demo's clinic: who is in it, that all of it came by the use cases, and that it fits together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from injections.models import Decision, Injection
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.demo.clinic import fill
from pht_clinic.demo.life import year
from pht_clinic.demo.life.cast import COURSES, YEAR, cast
from pht_clinic.demo.life.stage import Stage
from pht_clinic.demo.opening import opening
from pht_clinic.demo.stories.people import PEOPLE as TOLD
from pht_clinic.errors import Busy
from scheduling.models import Appointment, Message, Patient
from scheduling.states import HOLDING
from tests.clinic import local

TODAY = date(2026, 3, 2)
PEOPLE = 8


def test_the_people_are_the_same_at_every_start_and_no_two_are_alike() -> None:
    people = cast(TODAY)
    assert people == cast(TODAY)
    assert len({(one.given_name, one.family_name) for one in people}) == len(people) == 400
    assert len({one.nhs_number for one in people}) == len(people)
    assert {one.course for one in people} == set(COURSES)
    stories = {one.nhs_number for one in TOLD}
    assert not stories & {one.nhs_number for one in people}


def test_they_come_on_weekdays_of_the_year_before_in_the_order_of_their_numbers() -> None:
    days = [one.arrives_on for one in cast(TODAY)]
    assert days == sorted(days)
    assert TODAY - YEAR < days[0] < TODAY - YEAR + timedelta(days=14)
    assert TODAY - timedelta(days=14) < days[-1] < TODAY
    assert all(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        pytest.param("2026-03-02 08:30", "2026-03-02 08:30", id="from half past eight"),
        pytest.param("2026-03-02 16:30", "2026-03-02 16:30", id="until half past four"),
        pytest.param("2026-03-02 16:31", "2026-03-03 08:50", id="in the evening the next morning"),
        pytest.param("2026-03-02 03:00", "2026-03-02 08:50", id="at night the same morning"),
        pytest.param("2026-03-06 20:00", "2026-03-09 08:50", id="on a Friday evening Monday"),
        pytest.param("2026-04-02 20:00", "2026-04-07 08:50", id="before Easter the Tuesday after it"),
    ],
)
def test_the_demo_opens_in_working_hours(now: str, opens: str) -> None:
    assert opening(local(*now.split())) == local(*opens.split())


@pytest.fixture
def played(tmp_path: Path, smtp_server: Any, db: None) -> Callable[[], datetime]:
    """A clinic with its stories; plays the year of some people and returns what was the present."""
    fill(tmp_path)

    def play() -> datetime:
        present = clock.now()
        for part in range(2):
            year.play_year(part, people=PEOPLE, present=present, told=lambda count, of: None)
        return present

    return play


@pytest.mark.full_trial(one_in=2)
def test_everybody_comes_once_and_nothing_of_the_past_is_left_undone(played: Callable[[], datetime]) -> None:
    present = played()
    theirs = Patient.objects.filter(nhs_number__in=[one.nhs_number for one in cast(clock.today(), how_many=PEOPLE)])
    assert theirs.count() == PEOPLE
    assert not Appointment.objects.filter(end_at__lt=present, status__in=HOLDING).exists()
    of_them = Message.objects.filter(patient__in=theirs)
    assert not of_them.filter(status__in=["queued", "sending"], due_at__lte=present - timedelta(hours=13)).exists()
    assert set(of_them.filter(due_at__lte=present).values_list("status", flat=True)) >= {"sent"}
    assert not of_them.filter(status__in=["failed", "unknown"]).exists()
    assert Injection.objects.given().filter(patient__in=theirs, appointment__isnull=False).exists()

    before = {model: model.objects.count() for model in (Patient, Appointment, Message, Injection, Decision, Entry)}
    played()
    assert before == {model: model.objects.count() for model in before}


@pytest.mark.full_trial
def test_of_each_person_everything_was_written_in_the_order_in_which_it_happened(
    played: Callable[[], datetime],
) -> None:
    present = played()
    for one in cast(clock.today(), how_many=PEOPLE):
        [patient] = Patient.objects.filter(nhs_number=one.nhs_number)
        rows = Entry.objects.filter(patient_ids__contains=[patient.pk]).exclude(verb__startswith="phone-task")
        at = [*rows.order_by("pk").values_list("at", flat=True)]
        assert clock.local_date(at[0]) == one.arrives_on
        assert all(first <= second for first, second in pairwise(at))
        assert at[-1] <= present
        assert set(rows.values_list("actor_kind", "door")) <= {
            ("user", "page"),
            ("patient", "link"),
            ("system", "task"),
        }
        given = Injection.objects.given().filter(patient=patient, appointment__isnull=False).order_by("ended_at")
        ends = [row.ended_at for row in given if row.ended_at]
        assert all(second - first > timedelta(days=85) for first, second in pairwise(ends))


@pytest.mark.full_trial
def test_a_course_that_breaks_off_leaves_nothing_and_is_begun_again(
    played: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = year.play, []

    def breaks(stage: Stage) -> None:
        if not broken:
            broken.append(stage.person)
            stage.until(stage.now + timedelta(minutes=1))
            raise KeyboardInterrupt
        real(stage)

    monkeypatch.setattr(year, "play", breaks)
    with pytest.raises(KeyboardInterrupt):
        played()
    assert not Patient.objects.filter(nhs_number=broken[0].nhs_number).exists()
    played()
    assert Patient.objects.filter(nhs_number=broken[0].nhs_number).count() == 1


@pytest.mark.parametrize(("busy", "comes"), [(3, True), (year.TRIES, False)])
def test_a_time_that_somebody_else_holds_is_tried_again(
    busy: int, comes: bool, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    left = [Busy("Somebody else is changing this right now.")] * busy
    came = []

    def plays(person: Any, staff: Any, *, present: datetime) -> None:
        if left:
            raise left.pop()
        came.append(person)

    monkeypatch.setattr(year, "_play", plays)
    person = replace(cast(TODAY)[0], number=7)
    try:
        year._play_whole(person, None, present=datetime(2026, 3, 2, tzinfo=UTC))  # type: ignore[arg-type]
    except Busy:
        assert not comes
    assert came == ([person] if comes else [])

"""How it is before and after an injection: asked with the questions and after 2 weeks, shown against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from injections.answers.measures import Measure
from injections.answers.outcomes import SaidOutcome, record_outcome
from injections.models import Assessment, Injection, OutcomeMeasure, RecoveryAnswer, Screening, VisaScore
from injections.procedure.record import record_procedure
from injections.statistics import STATISTICS, CountedDays
from injections.timeline.before_after import before_and_after
from pht_clinic.audit.append_only import AppendOnlyError
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.injections.answers.test_sheet import opened, saved
from tests.injections.patient_link.conftest import Linked, fit_answers, linked
from tests.injections.patient_link.test_recovery import ENDED, LATER
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import Browser, browser

__all__ = ["linked"]
BEFORE = {
    "pain_sitting": "6",
    "pain_walking": "3",
    "pain_running": "9",
    "strength": "weaker",
    "goal": "To sit through a film",
    "stage": "2",
    "stage_pain": "4",
}
AFTER = {**LATER, "pain_sitting": "2", "pain_running": "0", "goal_reached": "nearer", "stage": "3", "strength": "same"}


@pytest.fixture
def reception(world: World) -> Browser:
    return browser(world.clinic.users["reception"])


def given_after_answers(linked: Linked) -> Any:
    """A patient who says by link how it is, and is then given an injection."""
    visit = linked.booked()
    linked.opened(visit).post("questions/", **fit_answers(**BEFORE))
    start = visit.start_at
    linked.at(start + timedelta(minutes=40))
    given = replace(GIVEN, started_at=start, ended_at=ENDED)
    record_procedure(visit.pk, given, by=linked.clinic.radiologist, now=linked.clinic.now)
    visit.refresh_from_db()
    return visit


def test_the_patient_says_by_link_how_it_is_before_and_after_and_the_chart_shows_it(linked: Linked) -> None:
    visit = given_after_answers(linked)
    before = OutcomeMeasure.objects.get()
    assert (before.occasion, before.area, before.side, before.appointment) == (
        "before",
        "ischial-tuberosity",
        "left",
        visit,
    )
    assert {name: str(getattr(before, name)) for name in BEFORE} == BEFORE
    assert (before.answered_by, before.recorded_by) == ("patient", None)
    linked.at(local("2026-04-07", "10:00"))
    pages = linked.opened(visit)
    text = pages.get("recovery/")
    assert "Your goal was “To sit through a film”. How close are you to it?" in text
    pages.post("recovery/", **AFTER)
    after = OutcomeMeasure.objects.latest("pk")
    assert after.change == AFTER["change"]
    assert (after.occasion, after.pain_sitting, after.pain_walking, after.goal_reached) == (
        "recovery-14d",
        2,
        None,
        "nearer",
    )
    linked.at(local("2026-05-05", "10:00"))
    linked.opened(visit).post("recovery/", **{**LATER, "pain_sitting": "1"})
    reception = browser(linked.clinic.users["reception"])
    said = reception.get("patient", visit.patient_id)
    assert "Sit bone (ischial tuberosity), left: injection of 24 March 2026" in said
    assert "Sitting 6 before, 1 at 6 weeks. Walking 3 before. Running 9 before, 0 at 2 weeks. Overall better" in said
    assert "Goal, in the patient’s words: “To sit through a film”" in said
    assert "2, isotonic with little hip flexion, pain 4" in said
    assert reception.html.count('<svg class="chart"') >= 1
    assert 'id="pain-1-title"' in reception.html


def test_the_decision_page_says_it_briefly(world: World) -> None:
    visit = world.in_review_zone()
    radiologist = browser(world.clinic.users["radiologist"])
    patient_id = int(visit["patient"])
    assert "Pain before and after" not in radiologist.get("decision", int(visit["id"]))
    body = {"area": "ischial-tuberosity", "side": "left", "pain_sitting": 7, "goal": "To run"}
    world.reception.post(f"/patients/{patient_id}/outcomes/", body)
    said = radiologist.get("decision", int(visit["id"]))
    assert "before an injection. Sitting 7 before. Goal: “To run”." in said
    world.reception.post(f"/patients/{patient_id}/outcomes/", body | {"side": "right", "goal": "To climb"})
    assert "To climb" not in radiologist.get("decision", int(visit["id"]))


def test_reception_asks_it_with_the_questions_and_no_verdict_changes(world: World, reception: Browser) -> None:
    """Rows of their own: no answer is stored again, and nothing is judged again."""
    patient = world.clinic.fit_patient()
    world.book(patient, local("2026-03-10"))
    stored, judged = Screening.objects.count(), Assessment.objects.count()
    form = opened(reception, patient)
    assert not {*BEFORE} & {*form} - {"goal"}, "nothing is ticked"
    assert "The answers are recorded." in saved(reception, patient, form, **BEFORE)
    assert OutcomeMeasure.objects.get().answered_by == "patient"
    assert (Screening.objects.count(), Assessment.objects.count()) == (stored, judged)
    assert Entry.objects.filter(verb="outcome-recorded").count() == 1
    said = saved(reception, patient, opened(reception, patient), goal="x" * 201, stage_pain="3", expect=422)
    assert "Say which stage of the programme this pain belongs to." in said
    assert "x" * 201 in reception.html
    assert OutcomeMeasure.objects.count() == 1


def test_what_cannot_be_said_names_its_fields(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/outcomes/"
    assert pointers(world.reception.post(address, {"pain_sitting": 11, "stage": 5, "side": "up"})) == {
        "#/pain_sitting",
        "#/stage",
        "#/side",
    }
    assert pointers(world.reception.post(address, {"stage_pain": 3})) == {"#/stage"}
    assert pointers(world.reception.post(address, {})) == {"#/pain_sitting"}
    problem(world.manager.post(address, {"pain_sitting": 1}), 403)
    answer = world.reception.post(address, {"pain_sitting": 0, "pain_walking": 10, "stage": 0})
    assert answer.status_code == 201, answer.content
    listed = world.reception.get(address).json()["results"]
    assert [(one["pain_sitting"], one["pain_walking"], one["stage"]) for one in listed] == [(0, 10, 0)]


def test_a_visa_total_is_recorded_with_its_day_and_the_last_of_a_day_counts(world: World, reception: Browser) -> None:
    patient = world.clinic.patient()
    typed = {"total": "101", "scored_on": "3 3 2026", "side": "left", "scored_by": "Ms Oak"}
    said = reception.post("visa-add", patient.pk, data=typed, expect=422)
    assert "100" in said
    assert "The day is in the future." in reception.post(
        "visa-add", patient.pk, data=typed | {"total": "45"}, expect=422
    )
    for total in ("45", "54"):
        reception.post("visa-add", patient.pk, data=typed | {"total": total, "scored_on": "27 2 2026"})
    said = reception.get("patient", patient.pk)
    assert "27 February 2026: 54 out of 100, left, scored by Ms Oak" in said
    assert "45 out of 100" not in said
    assert VisaScore.objects.count() == 2
    address = f"/patients/{patient.pk}/outcomes/"
    wrong = {"visa_h": 0, "on": "1979-01-01", "side": None}
    assert pointers(world.reception.post(address, wrong)) == {"#/on"}
    assert world.reception.post(address, wrong | {"on": "2026-03-02"}).status_code == 201
    assert [one["visa_h"] for one in world.reception.get(address).json()["results"]] == [0, 54, 45]


def test_what_is_recorded_at_once_is_read_as_one_by_its_day(world: World) -> None:
    patient = world.clinic.patient()
    address = f"/patients/{patient.pk}/outcomes/"
    body = {"on": "2026-02-20", "side": "left", "area": "hip-joint", "pain_running": 4, "visa_h": 55}
    made = world.reception.post(address, body)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    later = world.radiologist.post(address, {"pain_running": 3}).json()
    assert (later["on"], later["visa_h"], later["occasion"], later["side"]) == ("2026-03-02", None, "before", "")
    assert world.reception.get(address).json()["results"] == [later, made.json()]
    assert OutcomeMeasure.objects.earliest("pk").answered_at == local("2026-02-20", "00:00")
    problem(world.manager.get(address), 403)


def test_how_it_is_afterwards_names_the_visit_at_which_something_was_given(linked: Linked) -> None:
    visit, clinic = given_after_answers(linked), linked.clinic
    by, now = clinic.reception, local("2026-05-05", "10:00")
    other = clinic.book(clinic.fit_patient("Other"), local("2026-05-12")).appointment
    assert other is not None
    said = Measure(pain_sitting=1, change="better", goal_reached="yes")
    after = SaidOutcome(measure=said, occasion="recovery-6wk", appointment=visit.pk)
    for wrong, fields in (
        (replace(after, appointment=None), ["#/appointment"]),
        (replace(after, appointment=other.pk), ["#/appointment"]),
        (replace(after, appointment=10**9), ["#/appointment"]),
        (replace(after, occasion="before"), ["#/appointment", "#/change"]),
        (
            replace(after, occasion="one day", area="knee", answered_by="a dog"),
            ["#/occasion", "#/area", "#/answered_by"],
        ),
    ):
        with pytest.raises(Invalid) as refused:
            record_outcome(visit.patient_id, wrong, by=by, now=now)
        assert [error.pointer for error in refused.value.errors] == fields
    kept = record_outcome(visit.patient_id, after, by=by, now=now).measure
    assert kept is not None
    assert (kept.appointment, kept.change, kept.answered_at) == (visit, "better", now)


def test_the_rows_are_kept_as_they_were_and_the_database_refuses_what_cannot_be(linked: Linked) -> None:
    visit = given_after_answers(linked)
    row = OutcomeMeasure.objects.get()
    with pytest.raises(AppendOnlyError):
        row.save()
    usual = {
        "patient_id": visit.patient_id,
        "occasion": "before",
        "answered_at": row.answered_at,
        "recorded_at": row.recorded_at,
        "answered_by": "patient",
    }
    amiss: list[dict[str, Any]] = [
        {"pain_sitting": 11},
        {"pain_walking": 11},
        {"pain_running": 11},
        {"stage_pain": 11},
        {"stage": 5},
        {"occasion": "recovery-6wk"},
    ]
    for one in amiss:
        with pytest.raises(IntegrityError), transaction.atomic():
            OutcomeMeasure.objects.create(**usual | one)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisaScore.objects.create(
            patient_id=visit.patient_id, recorded_at=row.recorded_at, scored_on=date(2026, 3, 1), total=101
        )


def test_what_is_before_is_what_was_said_last_in_90_days_and_page_and_statistic_agree(linked: Linked) -> None:
    """Field by field; the boundary itself counts, nothing a moment earlier or later, or elsewhere."""
    visit = given_after_answers(linked)
    [injection] = Injection.objects.all()
    start = injection.started_at
    assert start is not None

    def say(at: datetime, **values: Any) -> None:
        usual = {"occasion": "before", "area": "ischial-tuberosity", "side": "left", "answered_by": "patient"}
        row = {**usual, "patient": visit.patient, "answered_at": at, "recorded_at": datetime.now(UTC), **values}
        OutcomeMeasure.objects.create(**row)

    def seen() -> list[Any]:
        told = before_and_after([injection], list(OutcomeMeasure.objects.all()), list(RecoveryAnswer.objects.all()))
        point = next(one for one in told if one.given_on).points[0]
        day = date(2026, 3, 24)
        counted = STATISTICS["benefit"].count(CountedDays(day, day)).rows[0]
        assert list(counted[2:5]) == point.pains
        return point.pains

    assert seen() == [6, 3, 9]
    say(start - timedelta(days=90, seconds=1), pain_sitting=1)
    say(start + timedelta(seconds=1), pain_sitting=1)
    say(start, pain_sitting=1, side="right")
    say(start, pain_sitting=1, area="hip-joint")
    assert seen() == [6, 3, 9]
    say(start, pain_walking=5, side="")
    assert seen() == [6, 5, 9]
    say(start - timedelta(days=90), pain_running=2)
    assert seen() == [6, 5, 9]


def test_the_statistic_compares_the_same_person_before_and_after(linked: Linked) -> None:
    visit = given_after_answers(linked)
    linked.at(local("2026-04-07", "10:00"))
    linked.opened(visit).post("recovery/", **AFTER)
    found = STATISTICS["benefit"].count(CountedDays(date(2026, 3, 2), date(2026, 4, 26)))
    rows = {row[0]: row[1:] for row in found.rows}
    assert rows["Before"] == (1, 6, 3, 9, None, None, None)
    assert rows["2 weeks"] == (1, 2, None, 0, -4, None, -9)
    assert rows["3 months"] == (0, *[None] * 6)
    assert found.sentence == (
        "1 injection with an answer before, 1 of them with an answer after as well. "
        "Median change of pain while sitting – 2 weeks -4."
    )
    assert found.chart is not None
    assert [text.text for text in found.chart.texts].count("9") == 1

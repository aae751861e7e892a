"""What the rules are told of a patient: which visits, answers, plans and injections are facts, and as what."""

from datetime import datetime, timedelta

import pytest

from injections.answers.pathway import set_pathway
from injections.answers.screening import answer_screening
from injections.booking.book import check
from injections.facts import sections
from injections.facts.history import history_about, requests_of
from injections.patient.activities import plan_activity, withdraw_activity
from injections.safety.facts import Facts, Request
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Patient
from tests.clinic import FIT, Clinic, local
from tests.injections.procedure.test_record import START, give

END = START + timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def facts_of(patient: Patient, now: datetime, *, side: str = "left") -> Facts:
    """The facts for an injection at the hamstring origin a month later."""
    start = local("2026-04-14")
    request = Request(start=start, end=start, site="hamstring-origin", side=side)
    return history_about(patient, now=now).facts(request)


def booked(clinic: Clinic, patient: Patient, start: datetime = START, **ask: object) -> Appointment:
    found = clinic.book(patient, start, override_reason="Asked for", **ask).appointment
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "booked_then", "given_then"),
    [
        (START - SECOND, ["hamstring-origin"], []),
        (START, ["hamstring-origin"], []),
        (END - SECOND, ["hamstring-origin"], []),
        (END, [], ["hamstring-origin"]),
    ],
)
def test_a_visit_in_progress_counts_as_booked_and_from_its_end_on_as_given(
    clinic: Clinic, now: datetime, booked_then: list[str], given_then: list[str]
) -> None:
    """At no moment is it neither, nor both."""
    patient = clinic.fit_patient()
    booked(clinic, patient)
    facts = facts_of(patient, now)
    assert ([one.site for one in facts.booked], [one.site for one in facts.injections]) == (booked_then, given_then)


@pytest.mark.parametrize(
    ("recorded_for", "counts_for"),
    [
        ("both", {"left", "right"}),
        ("unknown", {"left", "right"}),
        (None, {"left", "right"}),
        ("left", {"left"}),
        ("right", {"right"}),
    ],
)
def test_answers_and_pathway_count_for_the_sides_they_were_recorded_for(
    clinic: Clinic, recorded_for: str | None, counts_for: set[str]
) -> None:
    """Both, unknown and none named count for either side; of answers those about the place, the others everywhere."""
    patient = clinic.patient()
    who = {"area": "ischial-tuberosity", "side": recorded_for, "by": clinic.reception, "now": clinic.now}
    answer_screening(patient.pk, screening={"answers": FIT}, **who)  # type: ignore[arg-type]
    set_pathway(patient.pk, pathway={"physiotherapy": "completed"}, **who)  # type: ignore[arg-type]
    found = {side: facts_of(patient, clinic.now, side=side) for side in ("left", "right")}
    answers = {side: facts.screening.answers for side, facts in found.items() if facts.screening}
    assert {side for side, known in answers.items() if known.get("bruising")} == counts_for
    assert {side for side, known in answers.items() if known.get("fever")} == {"left", "right"}
    assert {side for side, facts in found.items() if facts.pathway} == counts_for


def test_what_is_judged_again_has_the_targets_that_were_asked_for(clinic: Clinic) -> None:
    """Into the tendon stays critical, whatever else becomes known."""
    visit = booked(clinic, clinic.fit_patient(), targets=("intratendinous",))
    assert [one.targets for one in requests_of(visit)] == [("intratendinous",)]
    [again] = clinic.answer(visit.patient, {"breastfeeding": "yes"}).reassessed
    assert again.verdict == "blocked"


def test_an_injection_rests_for_its_own_hours(clinic: Clinic) -> None:
    """96 hours instead of 48: physiotherapy after 76 of them is refused, after 96 it is booked."""
    patient = clinic.fit_patient()
    done = give(booked(clinic, patient), clinic, rest_hours=96, rest_reason="Large partial tear")
    assert [one.rest_hours for one in facts_of(patient, START + timedelta(days=1)).injections] == [96]
    assert done.rest_until is not None
    clinic.now = START + timedelta(hours=2)
    assert clinic.book(patient, START + timedelta(hours=76), kind="physiotherapy").refused
    after = clinic.book(patient, done.rest_until + timedelta(minutes=10), kind="physiotherapy").appointment
    assert after is not None
    assert after.status == "booked"


def test_a_withdrawn_activity_counts_no_more(clinic: Clinic) -> None:
    """A race on the day after warns until it is off; another one that stands goes on warning."""
    patient = clinic.fit_patient()
    who = {"by": clinic.reception, "now": clinic.now}
    race, work = (
        plan_activity(patient.pk, kind=kind, start=START + timedelta(days=1), **who).row  # type: ignore[arg-type]
        for kind in ("sport", "manual-work")
    )
    found = []
    for plan in (race, work):
        found.append(facts_of(patient, clinic.now).activities)
        withdraw_activity(plan.pk, **who)  # type: ignore[arg-type]
    assert [[one.kind for one in activities] for activities in found] == [["sport", "manual-work"], ["manual-work"]]
    judged = check(clinic.ask(patient, START), now=clinic.now)
    assert "rest-window" not in [finding.rule for finding in judged.findings]


def test_a_tear_on_one_side_says_nothing_of_the_other(clinic: Clinic) -> None:
    """The report of the left side stays the one that counts there, whatever is seen on the right later."""
    patient = clinic.fit_patient()
    found = {}
    for side in ("right", "left"):
        clinic.report(patient, side=side, tear="partial", tear_grade="2", tear_size_mm=5)
        judged = check(clinic.ask(patient, START), now=clinic.now)
        found[side] = "tendon-tear" in [finding.rule for finding in judged.findings]
    assert found == {"right": False, "left": True}


def test_a_refusal_names_every_problem_up_to_a_hundred() -> None:
    """No answer is many times as long as its request."""
    for wrong, named in ((99, 99), (100, 100), (101, 100)):
        with pytest.raises(Invalid) as refused:
            sections.screening({f"question {number}": "no" for number in range(wrong)})
        assert len(refused.value.errors) == named

"""What a patient plans too soon after an injection that was given is a task for reception. Hazard H23."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from injections.assessment.activity_calls import SAID_ELSEWHERE
from injections.merging.merge import merge_patients
from injections.merging.unmerge import unmerge_patients
from injections.models import Call, Injection
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.injections import correct_injection, withdraw_injection
from injections.review.decide import DecisionRequest, decide
from injections.worklists.close_call import close_call
from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import AFTER, START, booked, give

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDED = START + timedelta(minutes=20)
SOON = ENDED + 47 * HOUR


def treated(clinic: Clinic, **values: object) -> Injection:
    injection = give(booked(clinic), clinic, **values).injection
    clinic.now = AFTER
    return injection


def plan(clinic: Clinic, patient: Patient, start: datetime, kind: str = "sport", *, agreed: bool = False) -> int:
    who = {"by": clinic.reception, "now": clinic.now}
    return plan_activity(patient.pk, kind=kind, start=start, agreed_to_move=agreed, **who).row.pk  # type: ignore[arg-type]


def open_calls() -> list[Call]:
    return list(Call.objects.filter(closed_at=None))


def test_sport_planned_after_the_injection_was_given_is_a_task_for_reception(clinic: Clinic) -> None:
    """Reception records the call; nothing is held back by it, and the next booking is not blocked."""
    patient = treated(clinic).patient
    plan(clinic, patient, SOON)
    [call] = open_calls()
    assert (call.patient, call.why, call.rule) == (patient, "activity", "")
    assert call.say == (
        "Sport on 12 March 2026 at 09:20: The patient's own sport 47 hours after the end of an injection; "
        "rest is 48 hours, until 12 March 2026 10:20. "
        "Ask the patient to move it, and whether the leg is well; a pop, a bruise or weakness goes to a radiologist."
    )
    close_call(
        call.pk, reached="patient", spoke_to="Robin", said="Plays a week later", by=clinic.reception, now=clinic.now
    )
    assert open_calls() == []


@pytest.mark.parametrize(
    ("kind", "after", "agreed", "is_task"),
    [
        ("sport", 48 * HOUR - timedelta(minutes=1), False, True),
        ("sport", 48 * HOUR, False, False),
        ("sport", HOUR, True, False),
        ("manual-work", HOUR, False, True),
        ("travel", HOUR, False, False),
        ("race", 14 * DAY - timedelta(minutes=1), False, True),
        ("race", 14 * DAY, False, False),
        ("race", 3 * DAY, True, False),
        ("sport", -HOUR, False, False),
    ],
)
def test_the_rules_say_what_is_too_soon(
    clinic: Clinic, kind: str, after: timedelta, agreed: bool, is_task: bool
) -> None:
    patient = treated(clinic).patient
    plan(clinic, patient, ENDED + after, kind, agreed=agreed)
    assert bool(open_calls()) is is_task


def test_an_injection_elsewhere_counts_from_either_side(clinic: Clinic) -> None:
    """Whichever of the two is recorded first; known by its day, it ends at midnight."""
    first, second = clinic.patient("Cole"), clinic.patient("Dunn")
    clinic.earlier_injection(first, "2026-03-01")
    plan(clinic, first, local("2026-03-03", "23:00"))
    plan(clinic, second, local("2026-03-03", "23:00"))
    clinic.earlier_injection(second, "2026-03-01")
    assert [call.patient for call in open_calls()] == [first, second]
    plan(clinic, clinic.patient("Eade"), local("2026-03-03", "23:00"))
    assert len(open_calls()) == 2, "nobody was injected"


def test_what_was_known_before_the_injection_was_judged_at_its_visit(clinic: Clinic) -> None:
    """A booked injection waits for review because of it; a task besides would say it twice."""
    visit = booked(clinic)
    plan(clinic, visit.patient, SOON)
    visit.refresh_from_db()
    assert visit.status == "pending"
    assert open_calls() == []
    decide(visit.pk, DecisionRequest(outcome="approve", reason="A walk"), by=clinic.radiologist, now=clinic.now)
    row = give(visit, clinic).injection
    correct_injection(row.pk, reason="A slip", changes={"note": "-"}, by=clinic.radiologist, now=AFTER)
    assert open_calls() == []


def test_a_visit_that_is_over_without_an_outcome_counts_as_given(clinic: Clinic) -> None:
    visit = booked(clinic)
    clinic.now = visit.end_at + HOUR
    plan(clinic, visit.patient, visit.end_at + DAY)
    assert [call.why for call in open_calls()] == ["activity"]


def test_several_plans_are_one_call_that_closes_when_the_last_is_off(clinic: Clinic) -> None:
    patient = treated(clinic).patient
    race = plan(clinic, patient, ENDED + 10 * DAY, "race")
    sport = plan(clinic, patient, SOON)
    [call] = open_calls()
    assert call.say.index("Sport on 12 March") < call.say.index("A race or competition on 20 March 2026")
    withdraw_activity(sport, by=clinic.reception, now=clinic.now)
    [call] = open_calls()
    assert "Sport" not in call.say
    withdraw_activity(race, by=clinic.reception, now=clinic.now)
    assert open_calls() == []
    call.refresh_from_db()
    assert (call.spoke_to, call.said.split(":")[0]) == ("", "Closed automatically")
    assert Entry.objects.get(verb="call-closed").detail == {"with": "activity"}


def test_nobody_phones_twice_about_one_plan_but_about_a_new_one(clinic: Clinic) -> None:
    patient = treated(clinic).patient
    plan(clinic, patient, SOON)
    [call] = open_calls()
    close_call(
        call.pk, reached="patient", spoke_to="Robin", said="Will think about it", by=clinic.reception, now=clinic.now
    )
    plan(clinic, patient, ENDED + 60 * DAY)
    assert open_calls() == []
    clinic.now += HOUR
    plan(clinic, patient, SOON)
    [call] = open_calls()
    assert call.say.count("Sport on 12 March") == 1


def test_a_correction_of_the_injection_moves_the_task_with_it(clinic: Clinic) -> None:
    injection = treated(clinic)
    plan(clinic, injection.patient, ENDED + 60 * HOUR)
    assert open_calls() == []
    who = {"by": clinic.radiologist, "now": clinic.now}
    row = correct_injection(injection.pk, reason="Runs", changes={"rest_hours": 72}, **who).row
    [call] = open_calls()
    assert "rest is 72 hours, until 13 March 2026 10:20" in call.say
    withdraw_injection(row.pk, reason="Another patient", **who)
    assert open_calls() == []


def test_a_plan_of_long_ago_is_past(clinic: Clinic) -> None:
    """Boundary: what began 14 days ago asks nobody to phone."""
    for name, ago in (("Cole", 14 * DAY), ("Dunn", 14 * DAY - timedelta(minutes=1))):
        patient = clinic.patient(name)
        clinic.earlier_injection(patient, "2026-02-15")
        plan(clinic, patient, clinic.now - ago)
    assert [call.patient.family_name for call in open_calls()] == ["Dunn"]


def test_a_plan_on_one_record_follows_an_injection_on_the_other(clinic: Clinic) -> None:
    """One person kept twice; of two calls about one plan one is enough."""
    kept, twin = clinic.patient("Cole"), clinic.patient("Dunn")
    clinic.earlier_injection(kept, "2026-03-01")
    plan(clinic, twin, local("2026-03-03", "23:00"))
    assert open_calls() == []
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    [call] = open_calls()
    assert call.patient == kept
    unmerge_patients(twin.pk, assign={f"call:{call.pk}": twin.pk}, by=clinic.manager, now=clinic.now)
    assert open_calls() == []


def test_two_calls_of_merged_records_become_one(clinic: Clinic) -> None:
    kept, twin = clinic.patient("Cole"), clinic.patient("Dunn")
    for patient, hour in ((kept, "20:00"), (twin, "21:00")):
        clinic.earlier_injection(patient, "2026-03-01")
        plan(clinic, patient, local("2026-03-03", hour))
    assert len(open_calls()) == 2
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    [call] = open_calls()
    assert call.say.count("Sport on 3 March") == 2
    assert Call.objects.exclude(closed_at=None).get().said == SAID_ELSEWHERE

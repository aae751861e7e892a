"""What stands from before is a fact of every later verdict: decisions, calls that are open, whose words a reason is."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from injections.answers.pathway import PathwayNotes, set_pathway
from injections.answers.screening import answer_screening
from injections.assessment.verdict import newest_assessment
from injections.facts.history import history_about
from injections.merging.merge import merge_patients
from injections.models import Call
from injections.review.decide import CallOpen, CriticalStands, DecisionRequest, decide
from injections.safety.facts import EarlierDecision, Facts, Request
from injections.worklists.close_call import close_call
from scheduling.diary.locks import use_case
from scheduling.diary.writing import change
from scheduling.models import Appointment, Patient
from scheduling.states import Status
from tests.clinic import Clinic, local

START = local("2026-03-10")
LEFT = {"area": "ischial-tuberosity", "side": "left"}


def facts_of(patient: Patient, clinic: Clinic, **asked: Any) -> Facts:
    request = Request(**{"site": "hamstring-origin", "side": "left", "start": START, "end": START, **asked})
    return history_about(patient, now=clinic.now).facts(request)


def severities(appointment: Appointment) -> dict[str, str]:
    """Of each finding that is stored with the present assessment."""
    found = newest_assessment(appointment)
    assert found is not None
    return {finding["rule"]: finding["severity"] for finding in found.findings}


def booked(clinic: Clinic, patient: Patient, start: Any = START, **values: Any) -> Appointment:
    made = clinic.book(patient, start, override_reason="Asked for by the surgeon", **values).appointment
    assert made is not None
    return made


def decided(clinic: Clinic, appointment: Appointment, outcome: str, **values: Any) -> None:
    told = DecisionRequest(outcome=outcome, reason="Discussed", **values)
    decide(appointment.pk, told, by=clinic.radiologist, now=clinic.now)


def in_review(clinic: Clinic, patient: Patient, start: Any = START) -> Appointment:
    """Sent to a radiologist by one warning."""
    clinic.answer(patient, {"immunosuppressed": "yes"})
    return booked(clinic, patient, start)


# -- Earlier decisions ------------------------------------------------------------------------------------------


def test_h30_a_delay_is_remembered_until_its_date_and_an_override_ends_it(clinic: Clinic) -> None:
    """The other side and other areas know nothing of it."""
    patient = clinic.fit_patient()
    decided(clinic, in_review(clinic, patient), "delay", delay_until=date(2026, 4, 1))
    said = EarlierDecision(outcome="delay", decided_on=date(2026, 3, 2), until=date(2026, 4, 1), **LEFT)
    assert facts_of(patient, clinic).decisions == (said,)
    other, again = (booked(clinic, patient, local(day)) for day in ("2026-03-30", "2026-03-31"))
    assert severities(other)["earlier-decision"] == "warning"
    assert severities(again)["earlier-decision"] == "warning"
    assert "earlier-decision" not in severities(booked(clinic, patient, local("2026-03-20"), side="right"))
    assert "earlier-decision" not in severities(booked(clinic, patient, local("2026-03-19"), site="hip-joint"))
    decided(clinic, again, "override", reason_code="other")
    assert [one.outcome for one in facts_of(patient, clinic).decisions] == ["delay", "override"]
    assert "earlier-decision" not in severities(other), "the approval is a fact of the other visit as well"


def test_h30_a_decline_is_known_on_the_record_that_is_kept_and_a_question_is_no_decision(clinic: Clinic) -> None:
    """What was decided on a merged record counts; a visit that was entered in error decided nothing."""
    twin, kept = clinic.fit_patient("Twin"), clinic.fit_patient("Kept")
    declined = in_review(clinic, twin)
    decided(clinic, declined, "ask")
    clinic.now += timedelta(minutes=1)
    decided(clinic, declined, "decline")
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    assert [one.outcome for one in facts_of(kept, clinic).decisions] == ["decline"]
    declined.refresh_from_db()
    with use_case():
        change(declined, "enter-in-error", Status.ENTERED_IN_ERROR, by=clinic.manager, now=clinic.now, reason="Typed")
    assert facts_of(kept, clinic).decisions == ()


def test_a_decision_about_physiotherapy_is_none_about_an_injection(clinic: Clinic) -> None:
    """It is decided on where it comes too soon after one; it has no area, and the patient's facts are read on."""
    patient = clinic.fit_patient()
    booked(clinic, patient)
    early = booked(clinic, patient, local("2026-03-11"), kind="physiotherapy")
    assert severities(early)["rest-window"] == "critical"
    decided(clinic, early, "override", reason_code="other")
    assert facts_of(patient, clinic).decisions == ()
    later = booked(clinic, patient, local("2026-09-10"))
    assert "earlier-decision" not in severities(later)


# -- Calls that are open ----------------------------------------------------------------------------------------


def test_a_call_about_one_place_stands_against_every_other_until_it_is_closed(clinic: Clinic) -> None:
    """A tear may be there on the left; the visit for the right hip, asked for first, hears of it in the same change."""
    patient = clinic.fit_patient()
    hip = booked(clinic, patient, site="hip-joint", side="right")
    assert "open-warning-sign" not in severities(hip)
    clinic.now += timedelta(minutes=1)
    clinic.answer(patient, {"sudden_pop": "yes"}, onset="sudden", injury_on="2026-02-20")
    assert severities(hip)["open-warning-sign"] == "critical"
    call = Call.objects.get(closed_at=None)
    close_call(call.pk, reached="patient", spoke_to="Robin", said="Seen today", by=clinic.radiologist, now=clinic.now)
    assert "open-warning-sign" not in severities(hip)


@pytest.mark.parametrize("first", ["hip", "sit bone"])
def test_the_call_that_a_merge_opens_stands_against_whichever_visit_was_asked_for_first(
    clinic: Clinic, first: str
) -> None:
    """One judgement of each would leave the first one's out."""
    kept, twin = clinic.fit_patient("Kept"), clinic.fit_patient("Twin")
    places = {"hip": {"site": "hip-joint", "side": "right"}, "sit bone": {"start": local("2026-03-12")}}
    order = sorted(places, key=lambda name: name != first)
    visits = {name: booked(clinic, kept, **places[name]) for name in order}
    clinic.now += timedelta(minutes=1)
    clinic.report(twin, tear="avulsion")
    Call.objects.update(closed_at=clinic.now)
    clinic.now += timedelta(minutes=1)
    clinic.pathway(twin)
    Call.objects.all().delete()
    merge_patients(twin.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    assert Call.objects.get().rule == "suspected-avulsion"
    assert severities(visits["sit bone"])["suspected-avulsion"] == "critical"
    assert severities(visits["hip"])["open-warning-sign"] == "critical"


def test_h5_a_red_flag_that_is_answered_no_afterwards_opens_nothing_while_its_call_is_open(clinic: Clinic) -> None:
    """Neither approved nor overridden before a clinician has phoned."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"progressive_weakness": "yes"})
    clinic.now += timedelta(minutes=1)
    clinic.answer(patient)
    visit = booked(clinic, patient)
    assert severities(visit)["open-warning-sign"] == "critical"
    with pytest.raises(CriticalStands):
        decided(clinic, visit, "approve")
    with pytest.raises(CallOpen, match="record the call first"):
        decided(clinic, visit, "override", reason_code="other")
    call = Call.objects.get(closed_at=None)
    close_call(call.pk, reached="patient", spoke_to="Robin", said="Was mistyped", by=clinic.radiologist, now=clinic.now)
    decided(clinic, visit, "approve")


def test_a_call_is_about_the_visit_that_is_coming_there(clinic: Clinic) -> None:
    """Of several the first that was asked for at that place; where nothing is coming it names none."""
    patient = clinic.fit_patient()
    visit = booked(clinic, patient)
    booked(clinic, patient, local("2026-03-12"), site="hip-joint", side="right")
    clinic.now += timedelta(minutes=1)
    clinic.report(patient, tear="avulsion")
    assert Call.objects.get().appointment_id == visit.pk


# -- The pathway ------------------------------------------------------------------------------------------------

NOT_POSSIBLE = {"physiotherapy": "not-possible", "not_possible_reason": "Lives on an island"}


def pathway(clinic: Clinic, patient: Patient, by: Any, tried: tuple[str, ...] = (), **values: Any) -> None:
    clinic.now += timedelta(minutes=1)
    content = {**NOT_POSSIBLE, **values}
    set_pathway(patient.pk, pathway=content, notes=PathwayNotes(2, tried), **LEFT, by=by, now=clinic.now)


def reason(clinic: Clinic, patient: Patient) -> str | None:
    found = facts_of(patient, clinic).pathway
    assert found is not None
    return found.not_possible_reason


def test_h22_why_physiotherapy_is_not_possible_counts_in_a_clinicians_words_alone(clinic: Clinic) -> None:
    """It keeps its author while its words stay, whoever stores the rest."""
    patient = clinic.fit_patient()
    pathway(clinic, patient, clinic.reception)
    visit = booked(clinic, patient)
    assert reason(clinic, patient) is None
    assert severities(visit)["conservative-care-first"] == "warning"
    pathway(clinic, patient, clinic.radiologist, specialist_assessment="yes")
    assert reason(clinic, patient) is None, "reception's words, which the radiologist left as they were"
    pathway(clinic, patient, clinic.radiologist, not_possible_reason="In a wheelchair since the stroke")
    assert severities(visit)["conservative-care-first"] == "info"
    pathway(clinic, patient, clinic.reception, not_possible_reason="In a wheelchair since the stroke")
    assert reason(clinic, patient) == "In a wheelchair since the stroke"
    pathway(clinic, patient, clinic.reception, not_possible_reason="Lives on an island")
    assert severities(visit)["conservative-care-first"] == "warning"


def test_an_earlier_injection_that_was_tried_and_is_not_recorded_is_a_finding(clinic: Clinic) -> None:
    """Until it stands in the record."""
    patient = clinic.fit_patient()
    visit = booked(clinic, patient)
    pathway(clinic, patient, clinic.reception, tried=("earlier-injection", "shockwave"))
    assert severities(visit)["injection-history-unknown"] == "warning"
    found = facts_of(patient, clinic).pathway
    assert found is not None
    assert (found.treatments_tried, found.loading_stage) == (("earlier-injection", "shockwave"), 2)
    clinic.earlier_injection(patient, "2023-05")
    assert "injection-history-unknown" not in severities(visit)


def test_however_much_stands_it_is_read_in_one_query(
    clinic: Clinic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    patient = clinic.fit_patient()
    for days in range(3):
        decided(clinic, in_review(clinic, patient, START + timedelta(days=days)), "decline")
        answer_screening(patient.pk, screening={"answers": {"fever": "yes"}}, by=clinic.reception, now=clinic.now)
    with django_assert_num_queries(1):
        history_about(patient, now=clinic.now)

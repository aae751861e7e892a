"""Appointments as pages and lists read them: whose turn it is, what holds them back, and which of them belong where."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.assessment import visits
from injections.assessment.visits import Visit
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.models import Assessment
from injections.safety.assess import CALL_RULES
from injections.visit.arrival import arrive
from injections.visit.outcome import enter_in_error
from injections.visit.own_link import confirm_coming
from pht_clinic.errors import Missing
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment
from tests.clinic import Clinic, local

DAY = date(2026, 3, 10)
HOUR = timedelta(hours=1)


def finding(rule: str, severity: str) -> dict[str, Any]:
    return {"rule": rule, "severity": severity}


RED, CALM = "systemic-red-flag", "repeat-interval"


@pytest.mark.parametrize(
    ("status", "waited_for", "turn"),
    [
        ("pending", "answers", "answers"),
        ("pending", "review", "review"),
        ("pending", "", "review"),
        ("pending", None, "review"),
        ("booked", "answers", ""),
        ("arrived", "review", ""),
        ("cancelled", "review", ""),
    ],
)
def test_it_is_somebodys_turn_only_while_a_visit_is_pending(status: str, waited_for: str | None, turn: str) -> None:
    """Pending without an assessment, or with one that waits for nobody, it is a radiologist's."""
    assessment = None if waited_for is None else Assessment(waiting_for=waited_for, findings=[])
    assert Visit(Appointment(status=status), assessment).waiting_for == turn


@pytest.mark.parametrize(
    ("findings", "is_red", "standing"),
    [
        ([], False, []),
        ([finding(RED, "critical")], True, [RED]),
        ([finding(CALM, "warning"), finding(RED, "critical")], True, [CALM, RED]),
        ([finding(CALM, "critical"), finding(RED, "warning")], False, [CALM, RED]),
        ([finding(RED, "info"), finding(CALM, "info")], False, []),
        ([finding(CALM, "warning"), finding("diabetes", "info")], False, [CALM]),
    ],
)
def test_a_red_flag_is_a_critical_finding_that_asks_for_a_phone_call(
    findings: list[dict[str, Any]], is_red: bool, standing: list[str]
) -> None:
    """Critical for another reason it is none, nor as a warning; information never holds a visit back."""
    assert RED in CALL_RULES
    assert CALM not in CALL_RULES
    visit = Visit(Appointment(status="pending"), Assessment(findings=findings, verdict="review"))
    assert visit.is_red_flag is is_red
    assert [one["rule"] for one in visit.standing] == standing
    assert visit.verdict == "review"


def test_of_a_visit_that_was_never_assessed_nothing_is_said() -> None:
    """Nobody reads it and nobody is kept from deciding on it until a list says so."""
    visit = Visit(Appointment(status="booked"))
    assert (visit.verdict, visit.is_red_flag, visit.standing) == ("", False, [])
    assert (visit.reader, visit.is_own, visit.last_change) == ("", False, None)


def booked(clinic: Clinic, name: str, day: str, at: str = "10:00", **ask: Any) -> Appointment:
    found = clinic.book(clinic.fit_patient(name), local(day, at), **ask).appointment
    assert found is not None
    return found


def talked_over(clinic: Clinic, name: str, at: str) -> Appointment:
    """One visit without a safety check, on the tenth of March."""
    place = {"kind": "follow-up", "practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk}
    return booked(clinic, name, "2026-03-10", at, **place)


def test_the_diary_of_a_day_holds_its_visits_in_order_each_with_its_verdict_and_last_change(clinic: Clinic) -> None:
    """Cancelled ones too, mistakes and other days not. However many there are, it takes three queries."""
    who = {"by": clinic.reception, "now": clinic.now}
    later, moved = booked(clinic, "Birch", "2026-03-10", "15:00"), booked(clinic, "Cole", "2026-03-09", "11:00")
    for name, day in (("Dean", "2026-03-11"), ("Hazel", "2026-03-09")):
        booked(clinic, name, day)
    early = talked_over(clinic, "Elm", "09:00")
    wrong, off = booked(clinic, "Fir", "2026-03-10", "13:00"), booked(clinic, "Gorse", "2026-03-10", "14:00")
    enter_in_error(wrong.pk, reason="Somebody else", by=clinic.manager, now=clinic.now)
    cancel(off.pk, reason="Is ill", **who)
    move(moved.pk, MoveRequest(start=local("2026-03-10", "11:00")), **who)
    confirm_coming(moved.pk, by=PATIENT, now=clinic.now)
    clinic.answer(later.patient, {"breastfeeding": "yes"})
    with CaptureQueriesContext(connection) as queries:
        found = visits.diary_of_day(DAY)
    assert len(queries) <= 3
    assert [(one.appointment, one.verdict, one.last_change and one.last_change.verb) for one in found] == [
        (early, "", "book"),
        (moved, "clear", "move"),
        (off, "clear", "cancel"),
        (later, "clear", "book"),
    ]
    with CaptureQueriesContext(connection) as queries:
        rows = [one.appointment for one in found]
        assert [row.patient.family_name for row in rows] == ["Elm", "Cole", "Gorse", "Birch"]
        assert {(row.practitioner.name, row.room.name) for row in rows} == {("Dr Imogen Hale", "Ultrasound 1")}
        assert [row.injection_request.site for row in rows[1:]] == ["hamstring-origin"] * 3
    assert not queries
    newest = found[-1].assessment
    assert newest is not None
    assert newest == later.assessments.latest("pk")
    assert newest.occasion == "screening-answered"
    assert found[0].assessment is None
    assert [one.last_change for one in visits.with_assessments([early, later])] == [None, None]
    assert list(visits.rows_of_day(DAY)) == [early, moved, off, later]


def test_a_case_is_one_visit_with_its_own_newest_assessment(clinic: Clinic) -> None:
    """Whatever was assessed since of others; a visit that is never assessed is found all the same."""
    visit = booked(clinic, "Birch", "2026-03-10")
    clinic.answer(visit.patient, {"breastfeeding": "yes"})
    other, plain = booked(clinic, "Cole", "2026-03-11"), talked_over(clinic, "Dean", "09:00")
    with CaptureQueriesContext(connection) as queries:
        found = visits.case(visit.pk)
        assert found.appointment.patient.family_name == "Birch"
        assert (found.appointment.practitioner, found.appointment.room) == (clinic.practitioner, clinic.room)
        assert found.appointment.injection_request.site == "hamstring-origin"
    assert len(queries) == 1
    assert (found.appointment, found.assessment) == (visit, visit.assessments.latest("pk"))
    assert visits.case(other.pk).appointment == other
    alone = visits.case(plain.pk)
    assert (alone.appointment, alone.assessment) == (plain, None)
    assert visits.find_appointment(plain.pk) == plain
    for find in (visits.case, visits.find_appointment):
        with pytest.raises(Missing):
            find(10**9)


def test_the_next_clinic_is_the_first_day_after_today_on_which_somebody_comes(clinic: Clinic) -> None:
    """Today's visits are over or on the page already; who was cancelled does not come."""
    assert visits.next_clinic(now=clinic.now) is None
    off = booked(clinic, "Birch", "2026-03-09")
    later, first, _ = (
        booked(clinic, name, day)
        for name, day in (("Cole", "2026-03-12"), ("Dean", "2026-03-10"), ("Elm", "2026-03-02"))
    )
    cancel(off.pk, reason="Is ill", by=clinic.reception, now=clinic.now)
    assert visits.next_clinic(now=clinic.now) == first
    assert visits.next_clinic(now=first.start_at - 2 * HOUR) == later


def test_an_outcome_is_missed_two_hours_after_the_end(clinic: Clinic) -> None:
    """Booked or arrived, of every kind; what injects counts as given. Not of what was cancelled."""
    here, not_here = (booked(clinic, name, "2026-03-10", at) for name, at in (("Birch", "11:00"), ("Cole", "10:00")))
    off, talk = booked(clinic, "Dean", "2026-03-10", "12:00"), talked_over(clinic, "Elm", "09:00")
    who = {"by": clinic.reception, "now": clinic.now}
    arrive(here.pk, **who)
    cancel(off.pk, reason="Is ill", **who)
    overdue = not_here.end_at + 2 * HOUR
    assert list(visits.without_outcome(now=talk.end_at + 2 * HOUR - timedelta(seconds=1))) == []
    assert list(visits.without_outcome(now=overdue - timedelta(seconds=1))) == [talk]
    assert list(visits.without_outcome(now=overdue)) == [talk, not_here]
    assert list(visits.without_outcome(now=overdue + 5 * HOUR)) == [talk, not_here, here]
    assert list(visits.counted_as_given(now=overdue)) == [not_here]


def test_the_history_of_a_visit_is_its_own_the_newest_first(clinic: Clinic) -> None:
    visit = booked(clinic, "Birch", "2026-03-10")
    booked(clinic, "Cole", "2026-03-11")
    arrive(visit.pk, by=clinic.reception, now=clinic.now)
    assert [change.verb for change in visits.changes_of(visit.pk)] == ["arrive", "book"]

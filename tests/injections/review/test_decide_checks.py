"""What is asked before anything is decided: whether it makes sense, who decides, until when, and after which calls."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from injections.booking.move import MoveRequest, move
from injections.models import Call
from injections.review import queue
from injections.review.decide import CallOpen, CriticalStands, DecisionRequest, check_can_approve, check_phoned, decide
from injections.review.who_decides import OwnRequest, decides_alone, own_requests
from injections.statistics.rules import overrides
from injections.statistics.shapes import CountedDays
from injections.worklists.close_call import close_call
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import PATIENT, SYSTEM
from pht_clinic.people.models import User
from scheduling.models import Appointment
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, local
from tests.injections.review.test_decide import START, decide_on, in_review_zone, too_early


def test_nobody_decides_on_their_own_request_and_reception_never(clinic: Clinic) -> None:
    """A radiologist who booked it needs a colleague."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, START, by=clinic.radiologist).appointment
    assert appointment is not None
    with pytest.raises(OwnRequest):
        decide_on(appointment, clinic, "approve")
    for nobody in (clinic.reception, clinic.manager):
        with pytest.raises(Forbidden, match="Only a radiologist decides"):
            decide_on(appointment, clinic, "approve", by=nobody)
    decide_on(appointment, clinic, "approve", by=clinic.second_radiologist)


def test_the_only_radiologist_of_a_single_handed_clinic_says_why_nobody_else_decides(
    clinic: Clinic, settings: Any
) -> None:
    """By a setting, and only while there is no other; the reason stays with the decision. H29"""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, START, by=clinic.radiologist).appointment
    assert appointment is not None
    settings.SINGLE_HANDED = True
    with pytest.raises(OwnRequest):
        decide_on(appointment, clinic, "approve", own_reason="Alone here")
    User.objects.filter(pk=clinic.second_radiologist.user_id).update(is_active=False)
    with pytest.raises(Invalid) as refused:
        decide_on(appointment, clinic, "approve")
    assert [error.pointer for error in refused.value.errors] == ["#/own_reason"]
    assert decide_on(appointment, clinic, "approve", own_reason="Alone here").own_reason == "Alone here"
    others = in_review_zone(clinic, "Cole", start=local("2026-03-10", "11:00"))
    with pytest.raises(Invalid, match="You did not ask for this visit"):
        decide_on(others, clinic, "approve", own_reason="Alone here")
    settings.SINGLE_HANDED = False
    assert not decides_alone(clinic.radiologist)


def test_a_request_is_of_everybody_who_booked_or_moved_it(clinic: Clinic) -> None:
    """Whoever moves it on does not take that away; another visit, and what else one did with it, makes it nobody's."""
    first = in_review_zone(clinic)
    patient = clinic.fit_patient("Cole")
    clinic.answer(patient, {"immunosuppressed": "yes"})
    second = clinic.book(patient, local("2026-03-11"), by=clinic.second_radiologist).appointment
    assert second is not None
    move(first.pk, MoveRequest(start=local("2026-03-12")), by=clinic.radiologist, now=NOW)
    move(first.pk, MoveRequest(start=local("2026-03-13")), by=clinic.reception, now=NOW)
    move(second.pk, MoveRequest(start=local("2026-03-14")), by=clinic.reception, now=NOW)
    both = [Appointment.objects.get(pk=one.pk) for one in (first, second)]
    assert own_requests(both, by=clinic.radiologist) == {first.pk}
    assert own_requests(both, by=clinic.second_radiologist) == {second.pk}
    assert own_requests(both, by=clinic.reception) == {first.pk, second.pk}
    assert own_requests(both, by=clinic.manager) == frozenset()
    with pytest.raises(OwnRequest):
        decide_on(first, clinic, "approve")
    decide_on(first, clinic, "ask", by=clinic.second_radiologist)
    decide_on(first, clinic, "approve", by=clinic.second_radiologist)


def test_what_patients_ask_for_by_link_is_no_users_own_request() -> None:
    """Neither the system nor another patient has asked for it."""
    by_link = Appointment(pk=1, asked_by_id=None)
    assert own_requests([by_link], by=PATIENT) == own_requests([by_link], by=SYSTEM) == frozenset()


@pytest.mark.parametrize(
    ("ask", "fields"),
    [
        (DecisionRequest(outcome="shrug", reason=""), ["#/outcome", "#/reason"]),
        (DecisionRequest(outcome="approve", reason="  "), ["#/reason"]),
        (DecisionRequest(outcome="approve", reason="Seen", reason_code="because"), ["#/reason_code"]),
        (DecisionRequest(outcome="override", reason="Seen"), ["#/reason_code"]),
        (DecisionRequest(outcome="override", reason="Seen", reason_code="because"), ["#/reason_code"]),
        (DecisionRequest(outcome="override", reason="", reason_code="other"), ["#/reason"]),
        (DecisionRequest(outcome="delay", reason="Seen"), ["#/delay_until"]),
        (DecisionRequest(outcome="delay", reason="Seen", delay_until=date(2026, 7, 1)), ["#/delay_until"]),
        (DecisionRequest(outcome="delay", reason="", delay_until=date(2026, 7, 2)), ["#/reason"]),
        (DecisionRequest(outcome="approve", reason="Seen", delay_until=date(2027, 1, 1)), ["#/delay_until"]),
        (DecisionRequest(outcome="decline", reason=" ", delay_until=date(2027, 1, 1)), ["#/reason", "#/delay_until"]),
    ],
)
def test_a_decision_that_makes_no_sense_names_its_fields(ask: DecisionRequest, fields: list[str]) -> None:
    """Before anything is looked up. It is 1 July at the clinic, an hour before midnight in Greenwich."""
    now = datetime.fromisoformat("2026-06-30T23:10+00:00")
    with pytest.raises(Invalid) as refused:
        decide(0, ask, by=PATIENT, now=now)
    assert [error.pointer for error in refused.value.errors] == fields


def test_every_critical_rule_that_stands_is_named() -> None:
    """In words, once there are several; with none of them an approval may go ahead."""
    check_can_approve([])
    with pytest.raises(CriticalStands, match=r"stands \(repeat interval, pregnancy\): override it"):
        check_can_approve(["repeat-interval", "pregnancy"])


def test_every_call_that_is_still_to_be_made_is_named(clinic: Clinic) -> None:
    """Of several only those that nobody has made; what nobody phones about needs none."""
    appointment = too_early(clinic)
    check_phoned(appointment, [])
    check_phoned(appointment, ["repeat-interval", "pregnancy"])
    clinic.answer(appointment.patient, {"fever": "yes", "saddle_or_bladder": "yes"})
    flags = ["systemic-red-flag", "saddle-or-bladder"]
    with pytest.raises(CallOpen, match=r"record the call first \(saddle or bladder, systemic red flag\)"):
        check_phoned(appointment, [*flags, "pregnancy"])
    call = Call.objects.get(rule="systemic-red-flag")
    close_call(call.pk, reached="patient", spoke_to="Robin", said="A cold", by=clinic.radiologist, now=NOW)
    check_phoned(appointment, ["systemic-red-flag"])
    with pytest.raises(CallOpen, match=r"first \(saddle or bladder\)"):
        check_phoned(appointment, flags)


def test_from_its_start_on_nobody_is_asked_to_decide(clinic: Clinic) -> None:
    """It has left the queue, and it is too late to decide; a second before it is not."""
    appointment = in_review_zone(clinic)
    a_second = timedelta(seconds=1)
    queues = [queue.review_queue(now=now) for now in (START - a_second, START)]
    assert [[visit.appointment for visit in found] for found in queues] == [[appointment], []]
    for outcome in ("approve", "ask", "decline"):
        with pytest.raises(WrongState, match="has passed"):
            decide_on(appointment, clinic, outcome, now=START)
    decide_on(appointment, clinic, "approve", now=START - a_second)
    for outcome in ("ask", "decline"):
        with pytest.raises(WrongState, match="does not wait"):
            decide_on(appointment, clinic, outcome)


def test_the_statistics_count_decisions_on_ones_own_request_apart(clinic: Clinic, settings: Any) -> None:
    settings.SINGLE_HANDED = True
    User.objects.filter(pk=clinic.second_radiologist.user_id).update(is_active=False)
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, START, by=clinic.radiologist).appointment
    assert appointment is not None
    today = CountedDays(NOW.date(), NOW.date())
    assert "request of their own" not in overrides(today).sentence
    decide_on(appointment, clinic, "approve", own_reason="Alone here")
    assert "1 decision by the only radiologist on a request of their own." in overrides(today).sentence

"""From the start of a visit on the patient's page carries the safety net, whatever anybody recorded (H16, MES18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from injections.booking.cancel import cancel
from injections.messages.aftercare import safety_net
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.visit.arrival import arrive, no_show
from injections.visit.outcome import enter_in_error
from scheduling.models import Appointment
from tests.injections.patient_link.conftest import VISIT, Linked
from tests.injections.procedure.test_record import GIVEN

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Recorded = Callable[[Linked, Appointment], object]


def has_safety_net(text: str) -> bool:
    """The whole of it, word for word and in its order; none of it is the other answer, and a part of it is neither."""
    lines = [line for block in safety_net() for line in block.lines]
    found = [line for line in lines if line in text]
    assert found in ([], lines)
    assert [text.index(line) for line in found] == sorted(text.index(line) for line in found)
    return bool(found)


def nobody_says(linked: Linked, appointment: Appointment) -> None:
    """Nothing is recorded."""


def cancelled(linked: Linked, appointment: Appointment) -> None:
    cancel(appointment.pk, reason="ill", by=linked.clinic.reception, now=linked.clinic.now)


def given_and_in_error(linked: Linked, appointment: Appointment) -> None:
    """The visit is taken out of the diary; the injection stays and counts."""
    given(linked, appointment)
    in_error(linked, appointment)


def arrived(linked: Linked, appointment: Appointment) -> None:
    arrive(appointment.pk, by=linked.clinic.reception, now=linked.clinic.now)


def given(linked: Linked, appointment: Appointment) -> None:
    done = replace(GIVEN, started_at=VISIT, ended_at=VISIT + 20 * MINUTE)
    record_procedure(appointment.pk, done, by=linked.clinic.radiologist, now=linked.clinic.now)


def not_given(linked: Linked, appointment: Appointment) -> None:
    done = Procedure(result="not-given", reason="fever on the day")
    record_procedure(appointment.pk, done, by=linked.clinic.radiologist, now=linked.clinic.now)


def missed(linked: Linked, appointment: Appointment) -> None:
    no_show(appointment.pk, by=linked.clinic.reception, now=linked.clinic.now)


def in_error(linked: Linked, appointment: Appointment) -> None:
    enter_in_error(appointment.pk, reason="twice", by=linked.clinic.manager, now=linked.clinic.now)


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        (nobody_says, "This appointment has passed"),
        (arrived, "We know that you are here"),
        (given, "After your visit"),
        (not_given, "This appointment has passed"),
        (given_and_in_error, "This appointment is cancelled"),
    ],
)
def test_h16_the_safety_net_stands_from_the_start_on_whatever_was_recorded(
    linked: Linked, recorded: Recorded, says: str
) -> None:
    appointment = linked.booked()
    linked.at(VISIT + HOUR)
    recorded(linked, appointment)
    text = linked.opened(appointment).get()
    assert says in text
    assert has_safety_net(text)


def test_h16_mes18_a_visit_of_yesterday_that_nobody_recorded_shows_it(linked: Linked) -> None:
    """Neither "nothing more to do", nor that they are still here when reception had noted the arrival."""
    silent, here = linked.booked(), linked.booked(VISIT + HOUR, "Here")
    linked.at(VISIT + HOUR)
    arrived(linked, here)
    linked.at(VISIT + 26 * HOUR)
    for appointment in (silent, here):
        text = linked.opened(appointment).get()
        assert "This appointment has passed" in text
        assert "nothing more to do" not in text
        assert has_safety_net(text)


@pytest.mark.parametrize("before", [timedelta(0), timedelta(seconds=30)])
def test_h16_before_the_start_it_is_no_more_than_an_appointment(linked: Linked, before: timedelta) -> None:
    """Boundary: at the start itself it has begun."""
    appointment = linked.booked()
    linked.at(VISIT - before)
    assert has_safety_net(linked.opened(appointment).get()) is (not before)


def test_h16_whoever_came_and_is_treated_early_has_it(linked: Linked) -> None:
    appointment = linked.booked()
    linked.at(VISIT - 10 * MINUTE)
    arrived(linked, appointment)
    assert has_safety_net(linked.opened(appointment).get())


def test_h16_one_that_still_waits_for_a_decision_has_it_too(linked: Linked) -> None:
    appointment = linked.in_review()
    linked.at(VISIT)
    assert has_safety_net(linked.opened(appointment).get())


@pytest.mark.parametrize("recorded", [cancelled, missed, in_error])
def test_who_was_not_treated_is_told_nothing_of_it(linked: Linked, recorded: Recorded) -> None:
    appointment = linked.booked()
    linked.at(VISIT - HOUR if recorded is cancelled else VISIT + HOUR)
    recorded(linked, appointment)
    linked.at(VISIT + 2 * HOUR)
    assert not has_safety_net(linked.opened(appointment).get())


def test_a_visit_without_an_injection_has_none(linked: Linked) -> None:
    clinic = linked.clinic
    talk = clinic.book(clinic.patient("Talk"), VISIT, kind="follow-up").appointment
    assert talk is not None
    linked.at(VISIT + HOUR)
    assert not has_safety_net(linked.opened(talk).get())

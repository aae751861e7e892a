"""Who was written to that their visit was moved at short notice, and does not answer, is phoned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.models import Call
from injections.visit.own_link import confirm_coming
from injections.worklists.moving.carry_out import move_each
from injections.worklists.moving.unanswered import call_the_unanswered, when_due
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment, Closure, Message
from tests.clinic import NOW, Clinic
from tests.injections.worklists.test_moving import choice, chosen, ill, looked_up, sent_through, six

pytestmark = pytest.mark.django_db


def moved_and_told(clinic: Clinic) -> Appointment:
    """One of six, moved out of a closure by the list; the message about it left at once."""
    [first, *_] = visits = six(clinic)
    sent_through(*visits)
    ill(clinic)
    [came] = move_each([choice(first, chosen(looked_up(clinic)))], by=clinic.reception, now=NOW)
    assert not came.problem
    Message.objects.filter(kind="moved").update(status="sent", sent_at=NOW)
    return Appointment.objects.get(pk=first.pk)


def test_who_was_told_and_does_not_answer_is_phoned_once(clinic: Clinic) -> None:
    visit = moved_and_told(clinic)
    day = timedelta(hours=24)
    assert call_the_unanswered(now=NOW + day - timedelta(seconds=1)) == 0
    assert call_the_unanswered(now=NOW + day) == 1
    assert call_the_unanswered(now=NOW + day * 2) == 0
    call = Call.objects.get(why=Call.Why.NOT_ANSWERED)
    assert call.appointment_id == visit.pk
    assert "The visit was moved to Wednesday 11 March 2026 at" in call.say


def test_who_says_that_they_come_is_not_phoned(clinic: Clinic) -> None:
    visit = moved_and_told(clinic)
    confirm_coming(visit.pk, by=PATIENT, now=NOW + timedelta(hours=1))
    assert call_the_unanswered(now=NOW + timedelta(hours=30)) == 0


def test_control_an_ordinary_move_is_not_phoned_about(clinic: Clinic) -> None:
    visit = moved_and_told(clinic)
    Closure.objects.update(at_short_notice=False)
    assert call_the_unanswered(now=NOW + timedelta(hours=30)) == 0
    Closure.objects.update(at_short_notice=True, starts_at=visit.end_at, ends_at=visit.end_at + timedelta(hours=1))
    assert call_the_unanswered(now=NOW + timedelta(hours=30)) == 0


@pytest.mark.parametrize(
    ("hours_before", "due"), [(72, timedelta(hours=24)), (40, timedelta(hours=16)), (20, timedelta(hours=2))]
)
def test_a_visit_that_is_near_is_phoned_about_sooner(hours_before: int, due: timedelta) -> None:
    assert when_due(NOW, NOW + timedelta(hours=hours_before)) == NOW + due

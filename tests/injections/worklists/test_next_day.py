"""A phone call that was arranged at an injection is a task on the next working day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.models import Call, Injection
from injections.patient.injections import withdraw_injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.worklists.close_call import close_call
from injections.worklists.next_day import call_the_next_day
from scheduling.models import Appointment
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import GIVEN

SECOND = timedelta(seconds=1)
PROMISED = ("falls", "call-next-day")


def promised(clinic: Clinic, start: datetime, family_name: str = "Birch", **changes: Any) -> Appointment:
    """A visit at which an injection was given, and a phone call arranged."""
    visit = clinic.book(clinic.fit_patient(family_name), start).appointment
    assert visit is not None
    given = replace(GIVEN, started_at=start, ended_at=start + timedelta(minutes=10), precautions=PROMISED)
    record_procedure(visit.pk, replace(given, **changes), by=clinic.radiologist, now=start + timedelta(minutes=20))
    return visit


def due(now: datetime) -> int:
    return call_the_next_day(now=now)


@pytest.mark.parametrize(
    ("given_on", "due_on"),
    [("2026-03-10", "2026-03-11"), ("2026-03-13", "2026-03-16"), ("2026-04-02", "2026-04-07")],
    ids=["the next day", "over a weekend", "over Easter"],
)
def test_h39_a_promised_call_is_a_task_on_the_next_working_day_and_closed_like_others(
    clinic: Clinic, settings: Any, given_on: str, due_on: str
) -> None:
    settings.BANK_HOLIDAYS = "GB-ENG"
    visit = promised(clinic, local(given_on))
    first = local(due_on, "00:00")
    assert [due(at) for at in (local(given_on, "23:59"), first - SECOND, first, first + SECOND)] == [0, 0, 1, 0]
    call = Call.objects.get(why="next-day")
    assert (call.appointment, call.urgency_words) == (visit, "not urgent")
    assert "Hamstring origin, left" in call.say
    assert "The patient fell in the last 12 months." in call.say
    close_call(call.pk, reached="patient", spoke_to="Robin", said="Well", by=clinic.reception, now=first)
    assert [due(first + timedelta(days=days)) for days in range(1, 16)] == [0] * 15


def test_h39_a_visit_at_which_nothing_was_given_keeps_its_call_and_two_of_a_day_are_one(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert visit is not None
    told = Procedure(result="not-given", reason="Felt faint", precautions=PROMISED)
    record_procedure(visit.pk, told, by=clinic.radiologist, now=local("2026-03-10", "11:00"))
    second = clinic.book(visit.patient, local("2026-03-10", "12:00")).appointment
    assert second is not None
    record_procedure(second.pk, told, by=clinic.radiologist, now=local("2026-03-10", "13:00"))
    assert due(local("2026-03-11", "08:00")) == 1
    call = Call.objects.get()
    assert "Arranged at the visit of 10 March 2026: a phone call on 11 March 2026." in call.say
    close_call(call.pk, reached="patient", spoke_to="R", said="Well", by=clinic.reception, now=clinic.now)
    assert due(local("2026-03-11", "12:00")) == 0


def test_h39_what_was_not_promised_withdrawn_of_the_dead_or_of_long_ago_is_no_task(clinic: Clinic) -> None:
    visit = promised(clinic, local("2026-03-10"))
    row = Injection.objects.get(appointment=visit)
    withdraw_injection(row.pk, reason="Another patient", by=clinic.radiologist, now=local("2026-03-10", "12:00"))
    promised(clinic, local("2026-03-10", "11:00"), "Cole", precautions=("falls",))
    dead = promised(clinic, local("2026-03-10", "12:00"), "Elm")
    clinic.now = local("2026-03-10", "13:00")
    clinic.death(dead.patient, on="2026-03-10")
    assert due(local("2026-03-11", "08:00")) == 0
    promised(clinic, local("2026-03-10", "14:00"), "Oak")
    assert due(local("2026-03-25", "08:00")) == 0

"""Who is told on the phone is told: it is recorded, and nobody has to say the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from injections.booking.book import book
from injections.booking.cancel import Why, cancel
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.models import Call
from injections.review.decide import DecisionRequest, decide
from injections.worklists.close_call import close_call, tasks_to_tell
from injections.worklists.lapse import lapse_undecided
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World
from tests.clinic import Clinic, close, local
from tests.pages_world import browser

START, LATER = local("2026-03-10", "10:00"), local("2026-03-12", "10:00")
PHONED: dict[str, Any] = {"preferred_contact": "phone"}
"""Somebody who is told everything by a person, so that what nobody said is a phone task at once."""
NO_EMAIL: dict[str, Any] = {"email": "", "phone": "07700 900321"}


def booked(clinic: Clinic, *, tell: bool = False, **values: Any) -> Appointment:
    """A visit of somebody who is phoned; told of it while they were on the phone."""
    ask = replace(clinic.ask(clinic.fit_patient(**{**PHONED, **values}), START), tell_patient=tell)
    found = book(ask, by=clinic.reception, now=clinic.now).appointment
    assert found is not None
    return found


def move_it(clinic: Clinic, visit: Appointment) -> None:
    move(visit.pk, MoveRequest(start=LATER, tell_patient=False), by=clinic.reception, now=clinic.now)


def cancel_it(clinic: Clinic, visit: Appointment) -> None:
    why = Why("On the phone", "patient", "cannot-come")
    cancel(visit.pk, reason=why, tell_patient=False, by=clinic.reception, now=clinic.now)


def cancel_and_undo(clinic: Clinic, visit: Appointment) -> None:
    cancel_it(clinic, visit)
    undo(visit.pk, tell_patient=False, by=clinic.reception, now=clinic.now)


def person_is_ill(clinic: Clinic, visit: Appointment) -> None:
    """The practitioner falls ill; the move to another day is agreed on the phone."""
    away = {"starts_at": START - timedelta(hours=4), "ends_at": START + timedelta(hours=8)}
    close(practitioner_id=visit.practitioner_id, confirm=True, by=clinic.manager, now=clinic.now, **away)
    move_it(clinic, visit)


def open_tasks(patient: Patient) -> list[str]:
    return [one.kind for one in tasks_to_tell(patient.pk)]


DEEDS: dict[str, Callable[[Clinic, Appointment], None]] = {
    "booked": lambda clinic, visit: None,
    "moved": move_it,
    "cancelled": cancel_it,
    "cancelled and taken back": cancel_and_undo,
    "moved because somebody is ill": person_is_ill,
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("reached_by", [PHONED, NO_EMAIL, {}], ids=["by phone", "no email", "by email"])
def test_who_knows_is_not_told_again_and_it_is_on_record(clinic: Clinic, deed: str, reached_by: dict[str, Any]) -> None:
    """Whatever they were waiting for before is off as well."""
    visit = booked(clinic, tell=deed != "booked", **reached_by, **({} if reached_by else {"preferred_contact": ""}))
    DEEDS[deed](clinic, visit)
    rows = Message.objects.filter(subject=f"appointment:{visit.pk}").exclude(kind__startswith="reminder")
    assert open_tasks(visit.patient) == []
    assert not rows.filter(status__in=["queued", "sending"]).exists()
    told = rows.filter(status="told")
    assert all(
        (one.told_at, one.closed_by, one.reason) == (clinic.now, _user(clinic), "The patient knows.") for one in told
    )
    assert told.exists()


def _user(clinic: Clinic) -> Any:
    return clinic.users["reception"]


def lapsed(clinic: Clinic) -> Appointment:
    """A visit of somebody who is phoned, which nobody decided in time."""
    patient = clinic.fit_patient(**PHONED)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    Message.objects.filter(appointment=visit).update(status="told", told_at=clinic.now, phone_task=False)
    clinic.now = START - timedelta(hours=1)
    assert lapse_undecided(now=clinic.now) == 1
    return visit


def declined_after_a_red_flag(clinic: Clinic) -> Appointment:
    """Its patient has a red flag, so that the radiologist's "no" is told by phone; so is the flag itself."""
    patient = clinic.fit_patient()
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    clinic.answer(patient, {"fever": "yes"})
    decide(visit.pk, DecisionRequest(outcome="decline", reason="Infection"), by=clinic.radiologist, now=clinic.now)
    return visit


@pytest.mark.parametrize(("make", "kind"), [(lapsed, "cancelled"), (declined_after_a_red_flag, "declined")])
def test_one_call_says_both_where_the_news_and_the_call_are_of_one_visit(
    world: World, make: Callable[[Clinic], Appointment], kind: str
) -> None:
    """A decline and a lapse open a call and a phone task; one call can end both, and says what it ended."""
    clinic = world.clinic
    visit = make(clinic)
    world.at(clinic.now)
    assert open_tasks(visit.patient) == [kind]
    call = Call.objects.get(patient=visit.patient, closed_at=None)
    desk = browser(clinic.users["radiologist"])
    assert "What else you told them" in desk.get("call", call.pk)
    [task] = tasks_to_tell(visit.patient_id)
    form = {"reached": "patient", "said": "Told them, and offered April.", "told": [task.pk]}
    said = desk.post("call", call.pk, data={**form, "reached": "no-answer"}, expect=422)
    assert "Tick these only if you reached the patient or a carer." in said
    desk.post("call", call.pk, data=form)
    assert open_tasks(visit.patient) == []
    task.refresh_from_db()
    assert (task.told_at is not None, task.closed_by) == (True, clinic.users["radiologist"])
    assert task.closed_reason == "Told in a call about something else."
    assert Entry.objects.filter(verb="phone-task-closed", subject=f"message:{task.pk}").exists()


def test_what_was_not_ticked_stays_a_task(clinic: Clinic) -> None:
    visit = lapsed(clinic)
    call = Call.objects.get(patient=visit.patient)
    said = {"spoke_to": "Robin", "said": "Will think about it"}
    with pytest.raises(Invalid):
        close_call(call.pk, reached="someone-else", **said, told=[1], by=clinic.reception, now=clinic.now)
    close_call(call.pk, reached="patient", **said, by=clinic.reception, now=clinic.now)
    assert open_tasks(visit.patient) == ["cancelled"]


def test_nobody_elses_task_is_closed(clinic: Clinic) -> None:
    visit, other = lapsed(clinic), booked(clinic, tell=True, family_name="Oakes")
    Message.objects.filter(appointment=other, kind="confirmed").update(status="failed", phone_task=True)
    [foreign] = tasks_to_tell(other.patient_id)
    call = Call.objects.get(patient=visit.patient)
    close_call(
        call.pk, reached="patient", spoke_to="Robin", said="Yes", told=[foreign.pk], by=clinic.reception, now=clinic.now
    )
    assert open_tasks(other.patient) == ["confirmed"]

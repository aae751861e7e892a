"""A patient no longer agrees to an injection: reminders wait, somebody talks to them, nothing is recorded as given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from injections.assessment.calls_of_consent import VISIT_IS_OFF
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.facts.consent import ConsentWithdrawn, withdrawn_consent
from injections.messages.consent import CONSENT_WITHDRAWN
from injections.models import Call, ConsentWithdrawal, Injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.visit.consent.withdrawal import Withdrawn, WithdrawnAlready, agree_again, withdraw_consent
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.messages.sending import deliver
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.conftest import ClockOffset
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import Browser

TOLD = Withdrawn(said_by="The patient", how="phone", said="I am afraid of the needle.")
REMINDERS = ("reminder-week", "reminder-2-days")


def booked(clinic: Clinic, family_name: str = "Birch", at: str = "09:20") -> Appointment:
    visit = clinic.book(clinic.fit_patient(family_name), local("2026-03-24", at)).appointment
    assert visit is not None
    return visit


def given_at(visit: Appointment) -> Procedure:
    return replace(GIVEN, started_at=visit.start_at, ended_at=visit.start_at + timedelta(minutes=20))


def reminders(visit: Appointment) -> set[tuple[str, str]]:
    return set(Message.objects.filter(appointment=visit, kind__in=REMINDERS).values_list("status", "reason"))


def withdraw(clinic: Clinic, visit: Appointment) -> None:
    withdraw_consent(visit.pk, TOLD, by=clinic.reception, now=NOW)


def test_reminders_are_held_back_with_the_reason_and_the_visit_is_on_the_call_list(clinic: Clinic) -> None:
    visit, other = booked(clinic), booked(clinic, "Cole", "10:20")
    withdraw(clinic, visit)
    assert reminders(visit) == {("cancelled", CONSENT_WITHDRAWN)}
    assert reminders(other) == {("queued", "")}
    call = Call.objects.get()
    assert (call.why, call.appointment_id, call.patient_id) == ("consent", visit.pk, visit.patient_id)
    assert "was withdrawn by phone: The patient. “I am afraid of the needle.”" in call.say
    visit.refresh_from_db()
    assert visit.status == "booked"
    entry = Entry.objects.get(verb="consent-withdrawn")
    assert (entry.patient_ids, entry.actor_name) == ([visit.patient_id], clinic.reception.name)


def test_who_when_and_how_are_kept(clinic: Clinic) -> None:
    visit = booked(clinic)
    withdraw(clinic, visit)
    row = withdrawn_consent(visit)
    assert row is not None
    assert (row.said_by, row.how, row.said, row.recorded_at) == (TOLD.said_by, TOLD.how, TOLD.said, NOW)
    assert row.recorded_by_id == clinic.reception.user_id


def test_agreeing_again_releases_them_and_closes_the_call_and_both_rows_stay(clinic: Clinic) -> None:
    visit = booked(clinic)
    withdraw(clinic, visit)
    with pytest.raises(Invalid):
        agree_again(visit.pk, reason=" ", by=clinic.reception, now=NOW)
    agree_again(visit.pk, reason="Phoned back, wants it", by=clinic.radiologist, now=NOW)
    assert reminders(visit) == {("queued", "")}
    assert withdrawn_consent(visit) is None
    assert Call.objects.get().said == "Closed automatically: the patient agrees again."
    first, second = ConsentWithdrawal.objects.order_by("pk")
    assert (second.supersedes_id, second.is_withdrawn, second.reason) == (first.pk, True, "Phoned back, wants it")
    with pytest.raises(WrongState):
        agree_again(visit.pk, reason="Twice", by=clinic.reception, now=NOW)
    withdraw(clinic, visit)
    assert withdrawn_consent(visit) is not None


def test_a_visit_that_is_cancelled_needs_no_call_and_one_that_comes_back_needs_it_again(clinic: Clinic) -> None:
    visit, other = booked(clinic), booked(clinic, "Cole", "10:20")
    withdraw(clinic, visit)
    withdraw(clinic, other)
    cancel(visit.pk, reason="Does not want it", by=clinic.reception, now=NOW + timedelta(minutes=1))
    closed = Call.objects.get(appointment=visit)
    assert (closed.said, closed.closed_by_id) == (VISIT_IS_OFF, clinic.reception.user_id)
    assert Call.objects.get(appointment=other).closed_at is None
    assert Entry.objects.filter(verb="call-closed", subject=f"call:{closed.pk}").count() == 1
    undo(visit.pk, by=clinic.reception, now=NOW + timedelta(minutes=2))
    [again] = Call.objects.filter(appointment=visit, closed_at=None)
    assert (again.say, again.opened_at) == (closed.say, closed.opened_at)
    agree_again(visit.pk, reason="Phoned back", by=clinic.reception, now=NOW + timedelta(minutes=3))
    cancel(visit.pk, reason="Unwell", by=clinic.reception, now=NOW + timedelta(minutes=4))
    undo(visit.pk, by=clinic.reception, now=NOW + timedelta(minutes=5))
    assert not Call.objects.filter(appointment=visit, closed_at=None).exists()


def test_a_move_is_told_and_its_new_reminders_wait_too(clinic: Clinic) -> None:
    visit = booked(clinic)
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent", sent_at=NOW, handed_over_at=NOW)
    withdraw(clinic, visit)
    later = NOW + timedelta(minutes=5)
    move(visit.pk, MoveRequest(start=local("2026-03-26", "09:20")), by=clinic.reception, now=later)
    assert Message.objects.get(appointment=visit, kind="moved").status == "queued"
    assert {status for status, _ in reminders(visit)} == {"cancelled"}
    newest = Message.objects.filter(appointment=visit, kind__in=REMINDERS, planned_at=later)
    assert newest
    assert {row.reason for row in newest} == {CONSENT_WITHDRAWN}


def test_one_that_was_let_go_otherwise_is_looked_at_as_it_leaves(clinic: Clinic, clock_offset: ClockOffset) -> None:
    visit = booked(clinic)
    withdraw(clinic, visit)
    Message.objects.filter(appointment=visit, kind="confirmed").delete()
    Message.objects.filter(appointment=visit, kind="reminder-week").update(status="queued", reason="")
    due = local("2026-03-17", "12:00")
    deliver.drain(now=lambda: due, seconds=5)
    row = Message.objects.get(appointment=visit, kind="reminder-week")
    assert (row.status, row.reason) == ("skipped", CONSENT_WITHDRAWN)


def test_nothing_is_recorded_as_given_until_they_agree_again(clinic: Clinic) -> None:
    visit = booked(clinic)
    withdraw(clinic, visit)
    now = visit.start_at + timedelta(minutes=40)
    with pytest.raises(ConsentWithdrawn):
        record_procedure(visit.pk, given_at(visit), by=clinic.radiologist, now=now)
    assert not Injection.objects.filter(appointment=visit).exists()
    agree_again(visit.pk, reason="Said so here", by=clinic.radiologist, now=now)
    record_procedure(visit.pk, given_at(visit), by=clinic.radiologist, now=now)
    assert Injection.objects.get(appointment=visit).status == "given"


def test_that_it_was_not_given_is_recorded_all_the_same(clinic: Clinic) -> None:
    visit = booked(clinic)
    withdraw(clinic, visit)
    now = visit.start_at + timedelta(minutes=40)
    record_procedure(visit.pk, Procedure(result="not-given", reason="Changed her mind"), by=clinic.radiologist, now=now)
    assert Injection.objects.get(appointment=visit).status == "not-given"


def test_who_may_and_of_which_visit(clinic: Clinic) -> None:
    visit = booked(clinic)
    with pytest.raises(Forbidden):
        withdraw_consent(visit.pk, TOLD, by=clinic.manager, now=NOW)
    with pytest.raises(Forbidden):
        agree_again(visit.pk, reason="x", by=clinic.manager, now=NOW)
    withdraw(clinic, visit)
    with pytest.raises(WithdrawnAlready):
        withdraw(clinic, visit)
    follow_up = clinic.book(clinic.patient("Dale"), local("2026-03-24", "11:20"), kind="follow-up").appointment
    assert follow_up is not None
    with pytest.raises(WrongState):
        withdraw(clinic, follow_up)


@pytest.mark.parametrize(
    "wrong", [{"said_by": " "}, {"how": "by pigeon"}, {"said": "x" * 2001}, {"said_by": "x" * 201}]
)
def test_what_is_missing_or_too_long_is_named(clinic: Clinic, wrong: dict[str, str]) -> None:
    told = Withdrawn(**{"said_by": "The patient", "how": "phone", **wrong})
    with pytest.raises(Invalid) as refused:
        withdraw_consent(booked(clinic).pk, told, by=clinic.reception, now=NOW)
    assert [error.pointer for error in refused.value.errors] == [f"#/{next(iter(wrong))}"]


def test_the_desk_records_it_and_everybody_sees_it(world: World, reception: Browser, radiologist: Browser) -> None:
    visit = booked(world.clinic)
    assert "Record that consent is withdrawn" in reception.get("appointment", visit.pk)
    assert "held back" in reception.get("consent-withdraw", visit.pk)
    assert "Who withdrew it" in reception.post("consent-withdraw", visit.pk, data={"how": "phone"}, expect=422)
    said = reception.post("consent-withdraw", visit.pk, data={"said_by": "The patient", "how": "phone", "said": "No."})
    assert "The patient withdrew consent to this injection by phone: The patient" in said
    for page in ("appointment", "procedure-step"):
        more = ("identity",) if page == "procedure-step" else ()
        assert "Consent withdrawn" in radiologist.get(page, visit.pk, *more), page
    assert "consent to an injection was withdrawn" in reception.get("call-list").lower()
    said = reception.post("consent-again", visit.pk, data={"reason": "Came in and agrees"})
    assert "the patient agrees again" in said
    assert "The patient withdrew consent" not in reception.get("appointment", visit.pk)


def test_a_program_records_it_too(world: World) -> None:
    visit = booked(world.clinic)
    path = f"/appointments/{visit.pk}/consent"
    told = {"said_by": "The patient", "how": "in-person"}
    answer = world.reception.post(f"{path}/withdrawn/", told)
    assert (answer.status_code, answer.json()["id"]) == (200, str(visit.pk))
    assert withdrawn_consent(visit) is not None
    assert world.reception.post(f"{path}/withdrawn/", told).status_code == 409
    assert world.reception.post(f"{path}/again/", {"reason": "Agrees"}).status_code == 200
    assert withdrawn_consent(visit) is None

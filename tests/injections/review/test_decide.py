"""A radiologist decides: what each outcome leads to, what it covers, and who may not."""

from datetime import date, datetime, timedelta

import pytest

from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.models import Call, Decision
from injections.review.decide import CallOpen, CriticalStands, DecisionRequest, decide
from injections.worklists import lapse
from injections.worklists.close_call import close_call
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from scheduling.diary.locks import StaleRevision
from scheduling.models import Appointment, Message
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, local

START = local("2026-03-10")


def in_review_zone(clinic: Clinic, name: str = "Birch", start: datetime = START) -> Appointment:
    """Pending, because the last injection was between 3 and 4 months ago."""
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, start).appointment
    assert appointment is not None
    return appointment


def too_early(clinic: Clinic, name: str = "Birch", start: datetime = START) -> Appointment:
    """Pending, because reception asked for an override of the 3 months."""
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-10")
    appointment = clinic.book(patient, start, override_reason="Asked for by the surgeon").appointment
    assert appointment is not None
    return appointment


def decide_on(appointment: Appointment, clinic: Clinic, outcome: str, **values: object) -> Decision:
    who = {"by": clinic.radiologist, "now": NOW}
    who |= {name: values.pop(name) for name in ("by", "now", "revision") if name in values}
    ask = DecisionRequest(**{"outcome": outcome, "reason": "Seen and weighed", **values})  # type: ignore[arg-type]
    return decide(appointment.pk, ask, **who)  # type: ignore[arg-type]


def kinds_told(appointment: Appointment) -> set[str]:
    return set(Message.objects.filter(appointment=appointment, status="queued").values_list("kind", flat=True))


def all_sent(appointment: Appointment) -> None:
    Message.objects.filter(appointment=appointment, status="queued").update(status="sent", sent_at=NOW)


def test_an_approved_appointment_is_booked_and_confirmed(clinic: Clinic) -> None:
    """The provisional notice is taken back, the confirmation and the reminder follow."""
    appointment = in_review_zone(clinic)
    decision = decide_on(appointment, clinic, "approve", revision=1)
    appointment.refresh_from_db()
    assert appointment.status == "booked"
    assert [cover["rule"] for cover in decision.covers] == ["repeat-interval"]
    assert {"confirmed", "reminder-2-days"} <= kinds_told(appointment)
    assert "provisional" not in kinds_told(appointment)
    entry = Entry.objects.get(verb="appointment-decided")
    assert (entry.subject, entry.patient_ids) == (f"appointment:{appointment.pk}", [appointment.patient_id])
    assert entry.detail == {"outcome": "approve", "reason_code": ""}


def test_unrelated_changes_leave_an_approval_standing_and_a_new_concern_does_not(clinic: Clinic) -> None:
    """What was decided holds until something comes up that it did not cover."""
    appointment = in_review_zone(clinic)
    decide_on(appointment, clinic, "approve")
    same = clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes", "breastfeeding": "yes"})
    assert [one.status for one in same.reassessed] == ["booked"]
    worse = clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes", "immunosuppressed": "yes"})
    assert [one.status for one in worse.reassessed] == ["pending"]
    again = clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes"})
    assert [one.status for one in again.reassessed] == ["pending"], (
        "once in a radiologist's queue, a radiologist decides"
    )


def test_a_critical_finding_needs_an_override_with_a_code(clinic: Clinic) -> None:
    """Approving is refused; overriding books it and keeps code and text."""
    appointment = too_early(clinic)
    with pytest.raises(CriticalStands):
        decide_on(appointment, clinic, "approve")
    with pytest.raises(Invalid) as refused:
        decide_on(appointment, clinic, "override")
    assert [error.pointer for error in refused.value.errors] == ["#/reason_code"]
    decision = decide_on(appointment, clinic, "override", reason_code="specialist-advice")
    appointment.refresh_from_db()
    assert (appointment.status, decision.reason_code) == ("booked", "specialist-advice")


def test_a_red_flag_is_overridden_only_after_the_call(clinic: Clinic) -> None:
    """Reception cannot close that call; once a radiologist has, the override goes through."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    appointment = clinic.book(patient, START, override_reason="He says it is a cold").appointment
    assert appointment is not None
    with pytest.raises(CallOpen):
        decide_on(appointment, clinic, "override", reason_code="other")
    call = Call.objects.get()
    with pytest.raises(Forbidden):
        close_call(call.pk, reached="patient", spoke_to="Robin", said="A cold, 36.8 °C", by=clinic.reception, now=NOW)
    close_call(call.pk, reached="patient", spoke_to="Robin", said="A cold, 36.8 °C", by=clinic.radiologist, now=NOW)
    decide_on(appointment, clinic, "override", reason_code="other")
    appointment.refresh_from_db()
    assert appointment.status == "booked"
    assert not Call.objects.filter(closed_at__isnull=True).exists(), "the same answers do not call again"


@pytest.mark.parametrize(("outcome", "told"), [("delay", "delayed"), ("decline", "declined")])
def test_delay_and_decline_free_the_time_and_tell_the_patient(clinic: Clinic, outcome: str, told: str) -> None:
    """The appointment is cancelled; the message says which it was, and from when to come back."""
    appointment = in_review_zone(clinic)
    all_sent(appointment)
    until = date(2026, 4, 1) if outcome == "delay" else None
    decide_on(appointment, clinic, outcome, delay_until=until)
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    assert kinds_told(appointment) == {told}
    values = Message.objects.get(appointment=appointment, kind=told).values
    assert values.get("delay_until") == ("1 April 2026" if until else None)
    with pytest.raises(WrongState):
        undo(appointment.pk, by=clinic.reception, now=NOW)


def test_asking_keeps_the_time_and_asks_the_patient(clinic: Clinic) -> None:
    """It stays pending; the patient gets the question. Whoever read it before it was asked looks again."""
    appointment = in_review_zone(clinic)
    assert decide_on(appointment, clinic, "ask").covers == []
    appointment.refresh_from_db()
    assert (appointment.status, appointment.revision) == ("pending", 2)
    assert "information-needed" in kinds_told(appointment)
    with pytest.raises(StaleRevision):
        decide_on(appointment, clinic, "approve", revision=1)


def test_what_changed_since_it_was_opened_is_not_decided_on(clinic: Clinic) -> None:
    """A stale revision is a conflict, and so is a second decision."""
    appointment = in_review_zone(clinic)
    clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes", "immunosuppressed": "yes"})
    with pytest.raises(StaleRevision):
        decide_on(appointment, clinic, "approve", revision=1)
    decide_on(appointment, clinic, "approve", revision=2)
    with pytest.raises(WrongState):
        decide_on(appointment, clinic, "approve")


def test_what_nobody_decided_lapses_two_hours_before_its_start(clinic: Clinic) -> None:
    """At 2 hours to the minute it is cancelled, the patient told and to be phoned; a minute earlier it is not."""
    appointment = in_review_zone(clinic)
    all_sent(appointment)
    assert lapse.lapse_undecided(now=START - timedelta(hours=2, minutes=1)) == 0
    assert lapse.lapse_undecided(now=START - timedelta(hours=2)) == 1
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
    assert kinds_told(appointment) == {"cancelled"}
    assert Call.objects.get().why == "undecided"


def test_what_became_pending_in_the_last_two_hours_lapses_at_its_start(clinic: Clinic) -> None:
    """There is still somebody who could decide while the patient is on the way."""
    patient = clinic.fit_patient()
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    clinic.now = START - timedelta(hours=1)
    clinic.answer(patient, {"immunosuppressed": "yes"})
    assert lapse.lapse_undecided(now=START - timedelta(minutes=1)) == 0
    assert lapse.lapse_undecided(now=START) == 1


def test_of_two_bookings_the_one_asked_for_last_bears_the_finding(clinic: Clinic) -> None:
    """An approved pair does not knock itself out; cancelling the first clears the second."""
    patient = clinic.fit_patient()
    first = clinic.book(patient, START).appointment
    second = clinic.book(patient, local("2026-06-15")).appointment
    assert first is not None
    assert second is not None
    assert (first.status, second.status) == ("booked", "pending")
    decide_on(second, clinic, "approve")
    recorded = clinic.answer(patient, {"breastfeeding": "yes"})
    assert {one.status for one in recorded.reassessed} == {"booked"}


def test_facts_that_changed_just_before_deciding_are_looked_at_first(clinic: Clinic) -> None:
    """While it was read, another visit asked for later came to its end: it counts as given, which nobody has seen."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    coming = clinic.book(patient, local("2026-04-21")).appointment
    soon = clinic.book(patient, START, override_reason="She cannot sit").appointment
    assert coming is not None
    assert soon is not None
    with pytest.raises(StaleRevision) as refused:
        decide_on(coming, clinic, "approve", now=soon.end_at)
    assert refused.value.extra["assessment"]["verdict"] == "blocked"  # type: ignore[index]
    assert not Decision.objects.exists()
    coming.refresh_from_db()
    assert coming.status == "pending"
    decide_on(coming, clinic, "approve", now=soon.end_at - timedelta(minutes=1))


def test_an_overridden_visit_stays_booked_for_a_week_and_is_asked_about_again_on_another_day(clinic: Clinic) -> None:
    """H6: minutes and 7 days leave it covered; the 8th day, and one day earlier than it was made for, do not."""
    appointment = too_early(clinic)
    decide_on(appointment, clinic, "override", reason_code="specialist-advice")
    all_sent(appointment)
    by_minutes = move(appointment.pk, MoveRequest(start=START + timedelta(minutes=20)), by=clinic.reception, now=NOW)
    assert by_minutes.appointment is not None
    assert by_minutes.appointment.status == "booked"
    assert by_minutes.assessment is not None
    assert (by_minutes.assessment.verdict, by_minutes.assessment.waiting_for) == ("blocked", "")
    assert kinds_told(appointment) >= {"moved", "reminder-2-days"}
    in_a_week = move(appointment.pk, MoveRequest(start=START + timedelta(days=7)), by=clinic.reception, now=NOW)
    assert in_a_week.appointment is not None
    assert in_a_week.appointment.status == "booked"
    for days in (-1, 8):
        assert move(
            appointment.pk, MoveRequest(start=START + timedelta(days=days)), by=clinic.reception, now=NOW
        ).refused
    all_the_same = MoveRequest(start=START + timedelta(days=8), override_reason="His only day")
    asked = move(appointment.pk, all_the_same, by=clinic.reception, now=NOW)
    assert asked.appointment is not None
    assert asked.appointment.status == "pending"
    assert kinds_told(appointment) == {"provisional"}


def test_of_two_decisions_of_one_day_the_later_one_counts(clinic: Clinic) -> None:
    """A question and then the approval: it covers, when facts change, when it is moved and when it is decided again."""
    appointment = too_early(clinic)
    decide_on(appointment, clinic, "ask")
    decide_on(appointment, clinic, "override", reason_code="specialist-advice")
    yes = {"steroid_injection_last_12_months": "yes"}
    assert [one.status for one in clinic.answer(appointment.patient, yes | {"breastfeeding": "yes"}).reassessed] == [
        "booked"
    ]
    moved = move(appointment.pk, MoveRequest(start=START + timedelta(minutes=20)), by=clinic.reception, now=NOW)
    assert moved.appointment is not None
    assert moved.appointment.status == "booked"
    clinic.answer(appointment.patient, yes | {"immunosuppressed": "yes"})
    assert decide_on(appointment, clinic, "approve").covers, "the critical one is covered, the new one a warning"


def test_a_question_takes_back_the_override_of_the_same_day(clinic: Clinic) -> None:
    """What was asked last is open: an approval is not enough any more."""
    appointment = too_early(clinic)
    decide_on(appointment, clinic, "override", reason_code="specialist-advice")
    clinic.answer(appointment.patient, {"steroid_injection_last_12_months": "yes", "immunosuppressed": "yes"})
    decide_on(appointment, clinic, "ask")
    with pytest.raises(CriticalStands):
        decide_on(appointment, clinic, "approve")


def test_the_override_of_another_visit_covers_nothing_here(clinic: Clinic) -> None:
    """Two patients with the same history: each is decided on for themselves."""
    first = too_early(clinic)
    second = too_early(clinic, "Cole", local("2026-03-10", "11:00"))
    decide_on(first, clinic, "override", reason_code="specialist-advice")
    with pytest.raises(CriticalStands):
        decide_on(second, clinic, "approve")

"""The messages after an injection, as rows: planned from what was recorded, held back by a call, planned again."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from injections.assessment.open_calls import open_call
from injections.merging import merge
from injections.messages import aftercare
from injections.models import Call, Injection
from injections.patient.injections import correct_injection, withdraw_injection
from injections.procedure.record import record_procedure
from injections.procedure.values import Done, Procedure
from injections.review.decide import DecisionRequest, decide
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.safety.policy import DEFAULT
from injections.worklists.close_call import close_call
from scheduling.messages import desk
from scheduling.messages.sending import deliver
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic, local, open_clinic
from tests.smtp import SmtpServer

START = local("2026-03-10", "14:00")
END = START + timedelta(minutes=20)
RECORDED = START + timedelta(minutes=40)
HOUR = timedelta(hours=1)
State = Message.State
GIVEN = Procedure(
    result="given",
    started_at=START,
    ended_at=END,
    drug="triamcinolone",
    steroid=True,
    dose_mg=Decimal(40),
    strength_mg_ml=Decimal(40),
    volume_ml=Decimal(1),
    batch="T1234",
    consent=dict.fromkeys(CONSENT, True),
    checked_today=dict.fromkeys(CHECKED_TODAY, True),
)


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def booked(clinic: Clinic, start: datetime = START, patient: Patient | None = None, **ask: Any) -> Appointment:
    appointment = clinic.book(patient or clinic.fit_patient(), start, **ask).appointment
    assert appointment is not None
    return appointment


def give(clinic: Clinic, appointment: Appointment, *, now: datetime = RECORDED, **changes: Any) -> Done:
    return record_procedure(appointment.pk, replace(GIVEN, **changes), by=clinic.radiologist, now=now)


def planned(patient: Patient, *statuses: str) -> dict[str, Message]:
    rows = Message.objects.filter(subject=f"patient:{patient.pk}", status__in=statuses or [State.QUEUED])
    found = {row.kind if row.kind != "recovery" else f"recovery {row.occasion[-3:]}": row for row in rows}
    assert len(found) == len(rows)
    return found


def test_everything_is_planned_from_the_actual_end(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    rows = planned(done.injection.patient)
    assert {kind: row.due_at for kind, row in rows.items()} == {
        "aftercare": RECORDED,
        "flare-check": END + 24 * HOUR,
        "rest-over": local("2026-03-13", "09:00"),
        "day-4": local("2026-03-15", "09:00"),
        "recovery 14d": local("2026-03-24", "09:00"),
        "recovery 6wk": local("2026-04-21", "09:00"),
        "recovery-3-months": local("2026-06-10", "09:00"),
    }
    assert rows["aftercare"].expires_at == RECORDED + 72 * HOUR
    text = " ".join(desk.preview(rows["aftercare"]).text.split())
    assert "Rest until Thursday 12 March at 14:20" in text
    assert "The steroid usually starts" in text
    assert "The numbing" not in text


def test_only_what_was_given_is_followed(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), result="not-given", reason="Skin is broken", ended_at=None, started_at=None)
    assert planned(done.injection.patient) == {}


@pytest.mark.parametrize(("hours", "longest", "is_offered"), [(72, 72, False), (72, 96, True)])
def test_one_more_day_is_offered_within_the_longest_rest_that_this_clinic_advises(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, hours: int, longest: int, is_offered: bool
) -> None:
    advised = DEFAULT.tightened({"rest_max_hours": longest})
    monkeypatch.setattr(aftercare, "effective_policy", lambda: advised)
    done = give(clinic, booked(clinic), rest_hours=hours)
    text = " ".join(desk.preview(planned(done.injection.patient)["aftercare"]).text.split())
    assert ("up to one more day" in text) is is_offered


@pytest.mark.parametrize("answer", ["no", "yes"])
def test_only_a_plain_no_leaves_the_diabetes_lines_out(clinic: Clinic, answer: str) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"diabetes": answer}, diabetes_poorly_controlled="no")
    done = give(clinic, booked(clinic, patient=patient), local_anaesthetic={"drug": "lidocaine", "dose_mg": 20})
    text = " ".join(desk.preview(planned(done.injection.patient)["aftercare"]).text.split())
    assert "The numbing wears off" in text
    assert ("diabetes team" in text) is (answer != "no")


def test_two_sides_of_one_visit_get_one_set(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    left = booked(clinic, patient=patient)
    done = give(clinic, left)
    first = planned(patient)
    other = Appointment.objects.get(pk=booked(clinic, START + HOUR, patient, kind="follow-up").pk)
    right = done.injection
    right.pk, right.side, right.appointment_id = None, "right", other.pk
    right.ended_at, right.recorded_at = END + HOUR, RECORDED + HOUR
    right._state.adding = True
    right.save(force_insert=True)
    aftercare.plan_aftercare(right, now=RECORDED + HOUR)
    second = planned(patient)
    assert set(second) == set(first)
    assert second["flare-check"].due_at == END + 25 * HOUR
    assert {row.reason for row in planned(patient, State.CANCELLED).values()} == {
        "Planned again from a later record of the visit."
    }


def test_what_was_sent_is_not_sent_again_for_the_second_side_or_a_correction(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    Message.objects.filter(kind="aftercare").update(status=State.SENT)
    correct_injection(
        done.injection.pk, reason="Other drug", changes={"steroid": False}, by=clinic.radiologist, now=RECORDED + HOUR
    )
    rows = planned(patient)
    assert "aftercare" not in rows
    assert rows["flare-check"].values["steroid"] is False


def test_a_withdrawn_injection_is_followed_no_more(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    withdraw_injection(done.injection.pk, reason="Wrong patient", by=clinic.radiologist, now=RECORDED + HOUR)
    assert planned(done.injection.patient) == {}


def test_a_call_holds_the_next_steps_back_until_it_is_closed(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    opened, closed = RECORDED + HOUR, local("2026-03-14", "11:00")
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Fever after the visit", now=opened)
    assert set(planned(patient)) == {"aftercare", "flare-check", "day-4"}
    call = Call.objects.get(patient=patient)
    close_call(call.pk, reached="patient", spoke_to="the patient", said="All well", by=clinic.radiologist, now=closed)
    rows = planned(patient)
    assert set(rows) >= {"rest-over", "recovery 14d", "recovery 6wk", "recovery-3-months"}
    assert rows["rest-over"].due_at == local("2026-03-15", "09:00")
    assert rows["rest-over"].expires_at == local("2026-03-18", "09:00")
    assert rows["recovery 14d"].due_at == local("2026-03-24", "09:00")


def close_calls(clinic: Clinic, patient: Patient, *, now: datetime) -> None:
    for call in Call.objects.filter(patient=patient, closed_at=None):
        close_call(call.pk, reached="patient", spoke_to="the patient", said="All well", by=clinic.radiologist, now=now)


def correct(clinic: Clinic, done: Done, **changes: Any) -> None:
    correct_injection(done.injection.pk, reason="A slip", changes=changes, by=clinic.radiologist, now=RECORDED)


def test_a_visit_corrected_to_another_day_has_one_set_and_asks_nothing_twice(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    Message.objects.filter(kind="flare-check").update(status=State.SENT)
    correct(clinic, done, given="2026-03-09")
    rows = planned(patient)
    assert "flare-check" not in rows
    assert {row.occasion[:10] for row in rows.values()} == {"2026-03-09"}
    assert rows["day-4"].due_at == local("2026-03-14", "09:00")


def test_when_one_side_was_another_day_each_day_has_its_own_set(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    done = give(clinic, booked(clinic, patient=patient))
    other = booked(clinic, START + HOUR, patient, kind="follow-up")
    right = done.injection
    left_id, right.pk, right.side, right.appointment_id = right.pk, None, "right", other.pk
    right.ended_at, right.recorded_at = END + HOUR, RECORDED
    right._state.adding = True
    right.save(force_insert=True)
    aftercare.plan_aftercare(right, now=RECORDED)
    correct_injection(left_id, reason="A slip", changes={"given": "2026-03-09"}, by=clinic.radiologist, now=RECORDED)
    checks = Message.objects.filter(kind="flare-check", status=State.QUEUED).order_by("occasion")
    assert [(row.occasion, row.appointment_id == other.pk) for row in checks] == [
        ("2026-03-09", False),
        ("2026-03-10", True),
    ]


def test_what_was_held_back_of_a_withdrawn_injection_never_comes(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    patient = done.injection.patient
    withdraw_injection(done.injection.pk, reason="Wrong patient", by=clinic.radiologist, now=RECORDED + HOUR)
    close_calls(clinic, patient, now=RECORDED + 2 * HOUR)
    assert planned(patient) == {}


def test_what_a_person_kept_back_after_the_call_does_not_come_with_the_next(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    patient = done.injection.patient
    close_calls(clinic, patient, now=RECORDED + HOUR)
    desk.withhold(planned(patient)["rest-over"].pk, by=clinic.reception, now=RECORDED + HOUR)
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Fever", now=RECORDED + 2 * HOUR)
    close_calls(clinic, patient, now=RECORDED + 3 * HOUR)
    assert set(planned(patient)) >= {"recovery 14d", "recovery 6wk", "recovery-3-months"}
    assert "rest-over" not in planned(patient)


def test_what_expired_while_the_call_was_open_does_not_come(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    patient = done.injection.patient
    expires_at = local("2026-03-16", "09:00")
    close_calls(clinic, patient, now=expires_at)
    assert "rest-over" not in planned(patient)
    assert "recovery 14d" in planned(patient)
    gone = Message.objects.get(kind="rest-over")
    assert (gone.expires_at, gone.reason) == (expires_at, "Expired while the call was open.")
    aftercare.release(patient, now=RECORDED)
    assert "rest-over" not in planned(patient)


def test_after_a_merge_a_correction_is_followed_at_the_address_that_is_kept(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    kept = clinic.patient("Cole")
    merge.merge_patients(done.injection.patient_id, into_id=kept.pk, by=clinic.manager, now=RECORDED)
    correct(clinic, done, steroid=False)
    call = Call.objects.get()
    close_call(call.pk, reached="patient", spoke_to="the patient", said="All well", by=clinic.radiologist, now=RECORDED)
    queued = Message.objects.filter(status=State.QUEUED, subject__startswith="patient:")
    assert {(row.patient_id, row.recipient, row.values["dear"]) for row in queued} == {
        (kept.pk, "cole@mail.example", "Robin Cole")
    }
    assert queued.filter(kind="rest-over").count() == queued.filter(kind="flare-check").count() == 1


def test_a_complication_holds_them_back_from_the_start_and_a_second_call_too(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    patient = done.injection.patient
    assert "rest-over" not in planned(patient)
    aftercare.release(patient, now=RECORDED + HOUR)
    aftercare.hold_back(patient, now=RECORDED + 2 * HOUR)
    aftercare.release(patient, now=RECORDED + 3 * HOUR)
    assert {"rest-over", "recovery 14d", "recovery 6wk", "recovery-3-months"} <= set(planned(patient))


def test_merging_two_records_sends_what_is_queued_to_the_one_that_stays(clinic: Clinic) -> None:
    appointment = booked(clinic)
    target = clinic.patient("Cole")
    merge.merge_patients(appointment.patient_id, into_id=target.pk, by=clinic.manager, now=RECORDED)
    queued = Message.objects.filter(appointment=appointment, status=State.QUEUED)
    assert {(row.patient_id, row.recipient) for row in queued} == {(target.pk, "cole@mail.example")}


def test_the_week_after_a_visit_arrives_in_order(committed_db: None, smtp_server: SmtpServer) -> None:
    clinic = open_clinic()
    appointment = booked(clinic)
    deliver.drain(now=lambda: clinic.now, seconds=10)
    smtp_server.clear()
    give(clinic, appointment)
    for hour in range(0, 24 * 8, 3):
        deliver.drain(now=lambda at=RECORDED + hour * HOUR: at, seconds=10)  # type: ignore[misc]
    assert [mail["Subject"] for mail in smtp_server.messages] == [
        "Your aftercare information",
        "How are you today?",
        "Your next steps",
        "How are you today?",
    ]
    assert all("injection" not in mail["Subject"].lower() for mail in smtp_server.messages)


def test_what_is_held_back_waits_until_the_last_call_is_closed(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    patient = done.injection.patient
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Fever after the visit", now=RECORDED + HOUR)
    first, last = Call.objects.filter(patient=patient)
    for call, comes in ((first, False), (last, True)):
        close_call(
            call.pk,
            reached="patient",
            spoke_to="the patient",
            said="Well",
            by=clinic.radiologist,
            now=RECORDED + 2 * HOUR,
        )
        assert ({"rest-over", "recovery 14d", "recovery 6wk", "recovery-3-months"} <= set(planned(patient))) is comes


def test_a_tear_on_one_side_does_not_change_the_aftercare_of_the_other(clinic: Clinic) -> None:
    """Injected on the left: a tear on the right keeps no exercise mail away."""
    patient = clinic.fit_patient()
    clinic.report(patient, side="right", tear="partial", tear_grade="low-grade", tear_size_mm=4)
    give(clinic, booked(clinic, patient=patient))
    rows = planned(patient)
    assert "rest-over" in rows
    assert "follow the plan that your clinician gave you" not in " ".join(desk.preview(rows["aftercare"]).text.split())


def test_a_visit_corrected_to_another_day_and_once_more_asks_nothing_twice(clinic: Clinic) -> None:
    """What was sent for the first day is known at the second correction too, which changes no day."""
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    Message.objects.filter(kind="flare-check").update(status=State.SENT)
    correct(clinic, done, given="2026-03-09")
    again = Injection.objects.current().get()
    correct_injection(
        again.pk, reason="Other drug", changes={"drug": "saline"}, by=clinic.radiologist, now=RECORDED + HOUR
    )
    assert "flare-check" not in planned(patient)
    assert "day-4" in planned(patient)


def test_what_is_planned_again_while_a_call_is_open_is_held_back_too(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), complications="fainted")
    correct(clinic, done, steroid=False)
    rows = planned(done.injection.patient)
    assert rows["flare-check"].values["steroid"] is False
    assert not {"rest-over", "recovery 14d", "recovery 6wk", "recovery-3-months"} & set(rows)


@pytest.mark.parametrize(("start", "due_at"), [(START + HOUR, START + HOUR * 1.75), (START + 24 * HOUR, RECORDED)])
def test_the_aftercare_waits_for_another_injection_of_the_same_visit(
    clinic: Clinic, start: datetime, due_at: datetime
) -> None:
    patient = clinic.fit_patient()
    first = booked(clinic, patient=patient)
    other = {"kind": "scan-and-injection", "site": "hip-joint", "side": "right", "override_reason": "Both hurt"}
    second = booked(clinic, start, patient, **other)
    decided = DecisionRequest(outcome="override", reason="Seen", reason_code="other")
    decide(second.pk, decided, by=clinic.radiologist, now=clinic.now)
    give(clinic, first)
    assert planned(patient)["aftercare"].due_at == due_at


def test_a_call_about_one_patient_holds_back_nothing_of_another(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    before = set(planned(done.injection.patient))
    open_call(clinic.patient("Cole"), why=Call.Why.WARNING_SIGN, say="Fever", now=RECORDED + HOUR)
    assert set(planned(done.injection.patient)) == before

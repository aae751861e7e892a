"""What the messages after an injection are made from, and what they leave alone: whose, of which day, which visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from injections.assessment.open_calls import open_call
from injections.messages import aftercare
from injections.models import Call, Injection
from injections.patient.injections import correct_injection
from scheduling.messages import desk
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic, local
from tests.injections.messages.test_aftercare import (
    END,
    HOUR,
    RECORDED,
    START,
    State,
    booked,
    close_calls,
    correct,
    give,
    planned,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HELD = {"rest-over", "recovery 14d", "recovery 6wk", "recovery-3-months"}


def words_of(appointment: Appointment, now: datetime) -> str:
    """What the patient's own page says of the rest and the day."""
    return " ".join(line for block in aftercare.aftercare_of(appointment, now=now) for line in block.lines)


def given_too(injection: Injection, appointment: Appointment, ended_at: datetime, **changes: Any) -> Injection:
    """A second injection of the same patient, as its procedure keeps it; its messages are planned."""
    second = Injection.objects.get(pk=injection.pk)
    second.pk, second.appointment_id = None, appointment.pk
    second.ended_at, second.recorded_at = ended_at, ended_at + 20 * MINUTE
    for name, value in changes.items():
        setattr(second, name, value)
    second._state.adding = True
    second.save(force_insert=True)
    aftercare.plan_aftercare(second, now=second.recorded_at)
    return second


def test_two_patients_of_one_day_each_keep_their_own_messages_and_words(clinic: Clinic) -> None:
    """Whatever is recorded and corrected of the second, nothing of the first is planned again."""
    one = give(clinic, booked(clinic))
    before = {kind: (row.pk, row.due_at) for kind, row in planned(one.injection.patient).items()}
    visit = booked(clinic, START + HOUR, clinic.fit_patient("Cole"))
    assert words_of(visit, RECORDED) == ""
    other = give(clinic, visit, now=RECORDED + HOUR, started_at=START + HOUR, ended_at=END + HOUR, rest_hours=60)
    correct_injection(
        other.injection.pk, reason="A slip", changes={"note": "-"}, by=clinic.radiologist, now=RECORDED + 3 * HOUR
    )
    assert {kind: (row.pk, row.due_at) for kind, row in planned(one.injection.patient).items()} == before
    assert planned(other.injection.patient)["aftercare"].expires_at == RECORDED + 73 * HOUR
    assert "until Thursday 12 March at 14:20" in words_of(one.appointment, RECORDED)
    assert "until Friday 13 March at 03:20" in words_of(visit, RECORDED + HOUR)


def test_a_correction_does_not_keep_the_aftercare_longer(clinic: Clinic) -> None:
    """Its three days count from the moment at which the procedure was recorded, however often it is corrected."""
    done = give(clinic, booked(clinic))
    for hours in (1, 2):
        correct_injection(
            Injection.objects.current().get().pk,
            reason="A slip",
            changes={"note": f"{hours}"},
            by=clinic.radiologist,
            now=RECORDED + hours * HOUR,
        )
        mail = planned(done.injection.patient)["aftercare"]
        assert (mail.due_at, mail.expires_at) == (RECORDED + hours * HOUR, RECORDED + 72 * HOUR)


def test_a_tear_of_whatever_size_keeps_the_exercise_mail_away_while_the_newest_report_shows_it(clinic: Clinic) -> None:
    """One in another area of the same side does not. Each is a day newer than the one before, but for the last."""
    patient = clinic.fit_patient()
    done = give(clinic, booked(clinic, patient=patient))
    torn = {"tear_grade": "2", "tear_size_mm": 6}
    reports: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"area": "greater-trochanter", "tear": "full", **torn}, False),
        ({"tear": "partial", **torn}, True),
        ({"tear": "none"}, False),
        ({"tear": "full", **torn}, True),
        ({"tear": "avulsion"}, True),
        ({"tear": "none", "performed_on": "2026-01-05"}, True),
    )
    for day, (report, is_torn) in enumerate(reports, 23):
        clinic.report(patient, **{"performed_on": f"2026-02-{day}"} | report)
        aftercare.plan_aftercare(done.injection, now=RECORDED)
        assert ("rest-over" not in planned(patient)) is is_torn, report
        text = " ".join(desk.preview(planned(patient)["aftercare"]).text.split())
        assert ("follow the plan that your clinician gave you" in text) is is_torn


@pytest.mark.parametrize(("site", "is_ischial"), [("hamstring-origin", True), ("hip-joint", False)])
def test_only_at_the_sit_bone_the_words_are_about_sitting_and_the_hamstring(
    clinic: Clinic, site: str, is_ischial: bool
) -> None:
    done = give(clinic, booked(clinic))
    other = given_too(
        done.injection, booked(clinic, START + DAY, done.injection.patient, kind="follow-up"), END + DAY, site=site
    )
    mail = Message.objects.get(kind="aftercare", occasion="2026-03-11", status=State.QUEUED)
    assert other.site == site
    assert mail.values["ischial"] is is_ischial


def test_of_a_visit_that_was_on_another_day_only_what_was_asked_already_stays_away(clinic: Clinic) -> None:
    """The question after two weeks is told; that after six weeks is another, and the aftercare named a wrong day."""
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    sent = Message.objects.filter(status=State.QUEUED)
    assert sent.filter(occasion="2026-03-10/14d").update(status=State.UNKNOWN) == 1
    assert sent.filter(kind="aftercare").update(status=State.SENT) == 1
    leaving = {"status": State.SENDING, "lease_expires_at": RECORDED + MINUTE, "handed_over_at": RECORDED}
    assert sent.filter(kind="day-4").update(**leaving) == 1
    correct(clinic, done, given="2026-03-09")
    rows = planned(patient)
    assert set(rows) == {"aftercare", "flare-check", "rest-over", "recovery 6wk", "recovery-3-months"}
    assert "Monday 9 March" in " ".join(desk.preview(rows["aftercare"]).text.split())


def test_a_call_that_is_not_about_the_injection_or_is_closed_holds_nothing_back(clinic: Clinic) -> None:
    """What is planned while a red flag is phoned about, or after the call about the injection, is planned as ever."""
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    open_call(patient, why=Call.Why.WARNING_SIGN, say="Fever after the visit", now=RECORDED)
    close_calls(clinic, patient, now=RECORDED)
    open_call(patient, why=Call.Why.RED_FLAG, say="Phone", now=RECORDED)
    assert set(planned(patient)) > HELD
    correct(clinic, done, steroid=False)
    rows = planned(patient)
    assert set(rows) > HELD
    assert rows["rest-over"].values["steroid"] is False


def test_closed_at_the_hour_at_which_something_is_due_it_comes_at_once(clinic: Clinic) -> None:
    """A minute later it waits for the next morning; how long it is of use moves along."""
    for name, late, day in (("Birch", timedelta(0), "2026-03-13"), ("Cole", MINUTE, "2026-03-14")):
        done = give(clinic, booked(clinic, START + (HOUR if late else timedelta(0)), clinic.fit_patient(name)))
        patient = done.injection.patient
        open_call(patient, why=Call.Why.NOT_BETTER, say="Phone", now=RECORDED)
        assert not HELD & set(planned(patient))
        aftercare.release(patient, now=local("2026-03-13", "09:00") + late)
        row = planned(patient)["rest-over"]
        assert (row.due_at, row.expires_at - row.due_at) == (local(day, "09:00"), 3 * DAY)
        if not late:  # planned again in an evening, it is due as the quiet hours end, and then waits for the morning
            aftercare.plan_aftercare(done.injection, now=local("2026-03-13", "21:00"))
            assert "rest-over" not in planned(patient)
            aftercare.release(patient, now=local("2026-03-14", "08:00"))
            assert planned(patient)["rest-over"].due_at == local("2026-03-14", "09:00")


def test_each_day_has_a_set_of_its_own_made_from_what_was_given_on_it(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic), local_anaesthetic={"drug": "lidocaine", "dose_mg": 20})
    patient = done.injection.patient
    next_day = booked(clinic, START + DAY, patient, kind="follow-up")
    given_too(done.injection, next_day, END + DAY, local_anaesthetic=None, side="right")
    correct(clinic, done, steroid=False)
    checks = Message.objects.filter(kind="flare-check", status=State.QUEUED).order_by("occasion")
    assert [(row.occasion, row.due_at, row.values["anaesthetic"], row.values["steroid"]) for row in checks] == [
        ("2026-03-10", END + 24 * HOUR, True, False),
        ("2026-03-11", END + 48 * HOUR, False, True),
    ]


def test_the_set_of_a_visit_belongs_to_its_last_appointment_whichever_was_recorded_first(clinic: Clinic) -> None:
    done = give(clinic, booked(clinic))
    patient = done.injection.patient
    other = booked(clinic, START + HOUR, patient, kind="follow-up")
    given_too(done.injection, other, END + HOUR, side="right")
    for now in (RECORDED + HOUR, RECORDED + 2 * HOUR):
        rows = planned(patient)
        assert {row.appointment_id for row in rows.values()} == {other.pk}
        assert rows["flare-check"].due_at == END + 25 * HOUR
        aftercare.plan_aftercare(done.injection, now=now)


def moved(appointment: Appointment, kind: str, status: str, start: datetime) -> datetime:
    """Let it stand there as this; tells its end."""
    end = start + 45 * MINUTE
    during = DateTimeTZRange(start, end)
    Appointment.objects.filter(pk=appointment.pk).update(
        kind=kind, status=status, start_at=start, end_at=end, during=during, room_during=during
    )
    return end


def mail_due_at(patient: Patient, injection: Injection) -> datetime:
    aftercare.plan_aftercare(injection, now=RECORDED)
    return planned(patient)["aftercare"].due_at


def test_the_mail_waits_for_what_else_is_injected_within_the_hour_and_for_nothing_else(clinic: Clinic) -> None:
    """For one booked or arrived, also one that should have begun earlier; exactly an hour later still belongs to it."""
    patient = clinic.fit_patient()
    done = give(clinic, booked(clinic, patient=patient))
    other = booked(clinic, START + 3 * HOUR, patient, kind="follow-up")
    assert mail_due_at(patient, done.injection) == RECORDED
    for kind, status, start, is_waited_for in (
        ("injection", "booked", END + 60 * MINUTE, True),
        ("injection", "booked", END + 61 * MINUTE, False),
        ("scan-and-injection", "arrived", END + 30 * MINUTE, True),
        ("scan-and-injection", "booked", END - 5 * MINUTE, True),
        ("follow-up", "booked", END + 30 * MINUTE, False),
        ("physiotherapy", "booked", END + 30 * MINUTE, False),
        ("injection", "cancelled", END + 30 * MINUTE, False),
        ("injection", "noshow", END + 30 * MINUTE, False),
        ("injection", "booked", START - DAY, False),
    ):
        end = moved(other, kind, status, start)
        assert mail_due_at(patient, done.injection) == (end if is_waited_for else RECORDED), (kind, status, start)

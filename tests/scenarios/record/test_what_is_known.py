"""Cases of what is known and what follows from it (REC10, REC15 to REC17, REC25)."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.management import call_command

from injections.assessment.verdict import newest_assessment
from injections.review.decide import DecisionRequest, decide
from scheduling.messages import render
from scheduling.messages.sending import mailer
from scheduling.models import Appointment, Message, Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import give

START = local("2026-03-10", "09:30")


def findings(appointment: Appointment) -> dict[str, dict[str, Any]]:
    stored = newest_assessment(appointment)
    assert stored is not None
    return {finding["rule"]: finding for finding in stored.findings}


def booked(clinic: Clinic, patient: Patient, start: Any = START, **values: Any) -> Appointment:
    made = clinic.book(patient, start, override_reason="Asked for by the surgeon", **values).appointment
    assert made is not None
    return made


# -- REC10: letters that need a joiner ---------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["نیک‌نام", "علی‌رضا", "क्‍ष"], ids=["Persian", "Persian given", "Devanagari"])
def test_a_name_keeps_its_joiner_from_the_desk_to_the_mail(clinic: Clinic, name: str) -> None:
    """In the text, in the page of it, and in the mail as it is handed to the server."""
    patient = clinic.fit_patient("Birch", given_name=name)
    booked(clinic, patient)
    assert Patient.objects.get(pk=patient.pk).given_name == name
    message = Message.objects.get(patient=patient, kind="confirmed")
    letter = render.letter(message, now=clinic.now)
    mail = message_from_bytes(mailer.compose(letter).content, policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_subtype() in ("plain", "html")]
    assert len(parts) == 2
    assert all(name in text for text in (letter.text, letter.html, *parts))


# -- REC15 to REC17: what was given, and what is booked ----------------------------------------------------------


@pytest.mark.django_db
def test_what_the_clinic_gave_after_the_answer_contradicts_nothing(clinic: Clinic) -> None:
    """REC15: "no injection in 12 months" was true when it was said; the next is booked for four months later."""
    patient = clinic.fit_patient()
    visit = booked(clinic, patient, local("2026-03-10"))
    clinic.now = local("2026-03-10", "10:05")
    give(visit, clinic)
    again = booked(clinic, patient, local("2026-07-10"))
    assert "injection-history-unknown" not in findings(again)
    assert "repeat-number" in findings(again)
    clinic.now = local("2026-03-11")
    clinic.answer(patient)
    assert "injection-history-unknown" in findings(again), "said again after the injection it is contradicted"


@pytest.mark.django_db
def test_giving_the_left_leaves_the_right_as_it_was_approved(clinic: Clinic) -> None:
    """REC16: the patient lies on the couch, and nobody is mailed."""
    patient = clinic.fit_patient()
    clinic.report(patient, side="right")
    left = booked(clinic, patient, local("2026-03-10", "10:00"))
    clinic.now += timedelta(minutes=1)
    right = booked(clinic, patient, local("2026-03-10", "11:00"), side="right")
    for visit in (left, right):
        visit.refresh_from_db()
        if visit.status == "pending":
            clinic.now += timedelta(minutes=1)
            override = DecisionRequest(outcome="override", reason="Both sides agreed", reason_code="other")
            decide(visit.pk, override, by=clinic.radiologist, now=clinic.now)
    told = Message.objects.filter(subject=f"appointment:{right.pk}").count()
    assert told
    clinic.now = local("2026-03-10", "10:45")
    give(left, clinic)
    right.refresh_from_db()
    assert right.status == "booked"
    assert Message.objects.filter(subject=f"appointment:{right.pk}").count() == told


@pytest.mark.django_db
def test_a_second_appointment_of_one_day_there_is_too_soon_and_says_the_way_out(clinic: Clinic) -> None:
    """REC17: whoever gives it."""
    patient = clinic.fit_patient()
    booked(clinic, patient)
    refused = clinic.book(patient, local("2026-03-10", "11:00"), site="ischiogluteal-bursa")
    assert refused.appointment is None
    assert refused.assessment is not None
    found = {finding["rule"]: finding for finding in refused.assessment.findings}["repeat-interval"]
    assert found["severity"] == "critical"
    assert "add the target" in found["action"].lower()


# -- REC25: a file of cases --------------------------------------------------------------------------------------


def test_a_file_may_end_in_empty_lines_and_times_may_have_many_decimals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between other lines an empty one is a bad line as before."""
    line = {
        "id": "a1",
        "request": {"site": "hamstring-origin", "side": "left", "start": "2026-02-28T10:00:00.1234567+00:00"},
        "patient": {"date_of_birth": "1980-05-01"},
    }
    text = json.dumps(line)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{text}\n{text}\n\n\n".encode())))
    call_command("assess", "-")
    answers = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert [("error" in one, one["id"]) for one in answers] == [(False, "a1")] * 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{text}\n\n{text}\n".encode())))
    with pytest.raises(SystemExit):
        call_command("assess", "-")
    assert sum("error" in json.loads(one) for one in capsys.readouterr().out.splitlines()) == 1

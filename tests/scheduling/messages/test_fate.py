"""What is said to whoever changes a visit is what becomes of its message: nothing is on its way to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from injections.booking.cancel import cancel
from injections.booking.undo import undo
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import no_show
from scheduling.messages.fate import KNOWN, NEVER_HEARD, fate_of_news
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local, open_clinic

VISIT = local("2026-03-24", "09:20")
NIGHT = local("2026-03-02", "21:00")


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def booked(clinic: Clinic, **values: Any) -> Appointment:
    visit = clinic.book(clinic.fit_patient(**values), VISIT).appointment
    assert visit is not None
    return visit


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({}, "The email goes out now."),
        ({"email": ""}, "The patient has no email address. It becomes a phone task for reception."),
        ({"email_opt_in": False}, "The patient has asked not to get emails. It becomes a phone task for reception."),
    ],
)
def test_mes7_a_booking_says_how_the_patient_is_told(clinic: Clinic, contact: dict[str, Any], said: str) -> None:
    visit = booked(clinic, **contact)
    assert fate_of_news(visit.pk, now=NOW) == said


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({}, "The email goes out on Wednesday 25 March at 09:00."),
        (
            {"email": ""},
            "The patient has no email address. Without one it becomes a phone task on Wednesday 25 March at 09:00.",
        ),
    ],
)
def test_mes7_a_missed_visit_says_when(clinic: Clinic, contact: dict[str, Any], said: str) -> None:
    visit = booked(clinic, **contact)
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent", sent_at=NOW)
    no_show(visit.pk, by=clinic.reception, now=VISIT)
    assert fate_of_news(visit.pk, now=VISIT) == said


def test_mes14_a_decision_at_night_says_when_the_patient_hears(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, VISIT).appointment
    assert visit is not None
    decide(visit.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NIGHT)
    assert fate_of_news(visit.pk, now=NIGHT) == "The email goes out on Tuesday 3 March at 08:00."


def test_where_nothing_is_said_it_says_why(clinic: Clinic) -> None:
    visit = booked(clinic)
    cancel(visit.pk, reason="A slip", by=clinic.reception, now=NIGHT)
    assert fate_of_news(visit.pk, now=NIGHT) == NEVER_HEARD
    other = clinic.book(clinic.fit_patient("Cole"), local("2026-03-25"), kind="follow-up").appointment
    assert other is not None
    Message.objects.filter(appointment=other, kind="confirmed").update(status="sent", sent_at=NOW)
    cancel(other.pk, reason="A slip", by=clinic.reception, now=NIGHT)
    undo(other.pk, by=clinic.reception, now=NIGHT)
    assert Message.objects.filter(appointment=other, status="queued").exclude(kind__startswith="reminder").count() == 0
    assert not Message.objects.filter(appointment=other, kind="confirmed", status="queued").exists()


def test_what_is_known_is_said_to_be_known(clinic: Clinic) -> None:
    visit = booked(clinic)
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent", sent_at=NOW)
    assert fate_of_news(visit.pk, now=NIGHT) == KNOWN

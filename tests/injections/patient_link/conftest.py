"""A clinic whose patients hold their links: the clock stands at its present, and a browser that nobody signed in to."""

from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from injections.procedure.record import record_procedure
from injections.safety.questions import QUESTIONS
from scheduling.models import Appointment
from scheduling.patients import link
from tests.clinic import NOW, Clinic, local, open_clinic
from tests.conftest import ClockOffset
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import text_of

VISIT = local("2026-03-24", "09:20")
BORN = "1 5 1980"


@dataclass
class Pages:
    """One browser at one link. Paths are below the link; `last` is the newest answer."""

    path: str
    client: Client = field(default_factory=Client)
    last: Any = None

    def get(self, page: str = "", *, status: int = 200) -> str:
        self.last = self.client.get(self.path + page)
        assert self.last.status_code == status, (self.last.status_code, text_of(self.last)[:1500])
        return text_of(self.last)

    def post(self, page: str, status: int = 302, **data: Any) -> str:
        """Send a form; a redirect is followed."""
        self.last = self.client.post(self.path + page, data)
        assert self.last.status_code == status, (self.last.status_code, text_of(self.last)[:1500])
        if status == 302:
            self.last = self.client.get(self.last.headers["Location"])
            assert self.last.status_code == 200
        return text_of(self.last)

    def unlock(self, born_on: str = BORN, *, status: int = 302, **data: Any) -> str:
        return self.post("open/", status, born_on=born_on, **data)


@dataclass
class Linked:
    """The clinic, its clock, and how to get to a patient's pages."""

    clinic: Clinic
    clock: ClockOffset

    def at(self, instant: datetime) -> None:
        self.clock.set((instant - datetime.now(UTC)).total_seconds())
        self.clinic.now = instant

    def pages(self, appointment: Appointment) -> Pages:
        """A fresh browser before the door."""
        appointment.refresh_from_db()
        return Pages(f"/p/{link.token_of(appointment.pk, appointment.link_version)}/")

    def opened(self, appointment: Appointment) -> Pages:
        """A browser behind it."""
        pages = self.pages(appointment)
        pages.unlock()
        return pages

    def booked(self, start: datetime = VISIT, family_name: str = "Birch") -> Appointment:
        """A clear injection."""
        appointment = self.clinic.book(self.clinic.fit_patient(family_name), start).appointment
        assert appointment is not None
        assert appointment.status == "booked"
        return appointment

    def in_review(self, family_name: str = "Cole", start: datetime = VISIT) -> Appointment:
        """The last injection was between 3 and 4 months ago."""
        patient = self.clinic.fit_patient(family_name)
        self.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        self.clinic.earlier_injection(patient, "2025-12-10")
        appointment = self.clinic.book(patient, start).appointment
        assert appointment is not None
        assert appointment.status == "pending"
        return appointment

    def without_answers(self, family_name: str = "Dale", start: datetime = VISIT) -> Appointment:
        """Held for the patient's own answers alone."""
        patient = self.clinic.patient(family_name)
        self.clinic.pathway(patient)
        self.clinic.report(patient)
        appointment = self.clinic.book(patient, start).appointment
        assert appointment is not None
        assert appointment.status == "pending"
        return appointment

    def treated(self, family_name: str = "Elder") -> Appointment:
        """An injection that was given; the clock stands 40 minutes after its start."""
        appointment = self.booked(family_name=family_name)
        ended_at = VISIT + timedelta(minutes=20)
        self.at(VISIT + timedelta(minutes=40))
        given = changed(GIVEN, started_at=VISIT, ended_at=ended_at)
        record_procedure(appointment.pk, given, by=self.clinic.radiologist, now=self.clinic.now)
        appointment.refresh_from_db()
        return appointment


@pytest.fixture
def linked(db: None, clock_offset: ClockOffset) -> Linked:
    world = Linked(open_clinic(), clock_offset)
    world.at(NOW)
    return world


def fit_answers(**changes: str) -> dict[str, str]:
    """The questionnaire of somebody without any concern, read again where it opened with answers."""
    plain = {"onset": "gradual", "main_pain_site": "sit-bone", "pain_side": "left"}
    return {**dict.fromkeys(QUESTIONS, "no"), **plain, "confirmed": "on", **changes}

"""A week of one patient's messages: a real worker, a real beat and a real mail server, with the clock moved."""

import re
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.test import Client

from injections.models import Call, RecoveryAnswer
from injections.procedure.record import record_procedure
from pht_clinic.celery import app
from pht_clinic.demo.processes import Child
from scheduling.models import Appointment
from tests.clinic import open_clinic
from tests.conftest import ClockOffset
from tests.injections.patient_link.conftest import GIVEN, Linked, Pages, changed, fit_answers
from tests.smtp import SmtpServer

ONE_DAY = timedelta(days=1)
SECONDS = 40.0


class Inbox:
    """What the patient and the staff got; each mail is looked at once."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self.seen: dict[str, int] = {}

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.server.messages if mail["To"] == address]

    def next(self, address: str, subject: str) -> EmailMessage:
        """The next mail to this address; it must have this subject."""
        deadline = time.monotonic() + SECONDS
        while len(self.to(address)) <= self.seen.get(address, 0):
            got = [str(mail["Subject"]) for mail in self.to(address)]
            assert time.monotonic() < deadline, f"no “{subject}” after {SECONDS:.0f} s; so far {got}"
            time.sleep(0.2)
        mail = self.to(address)[self.seen.get(address, 0)]
        self.seen[address] = self.seen.get(address, 0) + 1
        assert mail["Subject"] == subject
        return mail


def page_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    [link] = set(re.findall(r"https?://\S+?(/p/[^/\s]+/)", body.get_content()))
    return str(link)


@pytest.mark.full_trial(one_in=2)
def test_a_week_of_messages(
    committed_db: None,
    clock_offset: ClockOffset,
    smtp_server: SmtpServer,
    celery_worker_process: Child,
    celery_beat_process: Child,
) -> None:
    patient_at, staff_at = "birch@mail.example", "reception@clinic.example"
    # given: a Monday morning, 8 days before the visit; answers are missing
    monday = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    clock_offset.set((monday - datetime.now(UTC)).total_seconds())
    linked = Linked(open_clinic(monday), clock_offset)
    linked.at(monday)
    clinic = linked.clinic
    inbox = Inbox(smtp_server)
    patient = clinic.patient("Birch")
    clinic.pathway(patient)
    clinic.report(patient)
    start = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)

    # when reception books, the patient is asked for the answers, and books the visit with them
    appointment = clinic.book(patient, start).appointment
    assert appointment is not None
    asked = inbox.next(patient_at, "We need some information from you")
    pages = Pages(page_in(asked), Client())
    pages.unlock(to="questions")
    pages.post("questions/", **fit_answers())
    confirmed = inbox.next(patient_at, "Your appointment on Wednesday 10 June")
    assert page_in(confirmed) == pages.path
    pages.post("confirm/")

    # a week and 2 days before, the reminders come with the same link
    linked.at(datetime(2026, 6, 3, 9, 1, tzinfo=UTC))
    assert page_in(inbox.next(patient_at, "Your appointment on Wednesday 10 June")) == pages.path
    linked.at(start - 2 * ONE_DAY + timedelta(minutes=1))
    assert page_in(inbox.next(patient_at, "Your appointment on Wednesday at 10:00")) == pages.path

    # after the injection: aftercare at once, the question on the day after
    ended_at = start + timedelta(minutes=20)
    linked.at(start + timedelta(minutes=30))
    given = changed(GIVEN, started_at=start, ended_at=ended_at)
    record_procedure(appointment.pk, given, by=clinic.radiologist, now=clinic.now)
    inbox.next(patient_at, "Your aftercare information")
    linked.at(ended_at + ONE_DAY + timedelta(minutes=1))
    how = inbox.next(patient_at, "How are you today?")
    assert page_in(how) == pages.path

    # a warning sign: somebody is told at once, and the next steps wait for the call
    linked.opened(Appointment.objects.get(pk=appointment.pk)).post("recovery/", signs=["temperature"])
    assert RecoveryAnswer.objects.count() == 1
    assert Call.objects.filter(closed_at=None, why="warning-sign").count() == 1
    app.send_task(app.conf.beat_schedule["tell-staff"]["task"])  # as beat does every minute
    subjects = []
    deadline = time.monotonic() + SECONDS
    while "Somebody should be phoned now" not in subjects and time.monotonic() < deadline:
        time.sleep(0.3)
        subjects = [str(mail["Subject"]) for mail in inbox.to(staff_at)]
    assert "Somebody should be phoned now" in subjects
    linked.at(ended_at + 4 * ONE_DAY + ONE_DAY)
    inbox.next(patient_at, "How are you today?")
    assert not [mail for mail in inbox.to(patient_at) if mail["Subject"] == "Your next steps"]
    assert len(inbox.to(patient_at)) == 7

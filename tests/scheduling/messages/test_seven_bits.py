"""A mail server of before 8BITMIME (RFC 5321, 2.4): it takes seven bits and refuses the rest for good (MES10)."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from icalendar import Calendar

from pht_clinic.demo.services import free_port
from scheduling.messages.sending import deliver
from scheduling.models import Message
from tests.clinic import NOW, local, open_clinic
from tests.smtp import SmtpServer

NEWER = ("8BITMIME", "SMTPUTF8", "BINARYMIME", "CHUNKING")


class OldServer(SmtpServer):
    """It names none of the extensions that allow more than seven bits, and means it."""

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """What it can do."""
        session.host_name = hostname
        return [line for line in responses if not line.endswith(NEWER)]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The whole mail is here."""
        content = envelope.original_content or b""
        if not content.isascii():
            return "554 5.6.1 eight bits are not taken here"
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def old_server(settings: Any) -> Iterator[OldServer]:
    server = OldServer(free_port()).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


def test_control_the_server_refuses_eight_bits(old_server: OldServer) -> None:
    with smtplib.SMTP("127.0.0.1", old_server.port) as line:
        line.ehlo()
        assert not any(line.has_extn(name) for name in NEWER)
        with pytest.raises(smtplib.SMTPDataError, match="eight bits"):
            line.sendmail("a@clinic.example", ["b@mail.example"], "Subject: x\r\n\r\nZoë\r\n".encode())
    assert old_server.messages == []


def test_mes10_every_mail_arrives_its_calendar_part_too(
    committed_db: None, old_server: OldServer, settings: Any
) -> None:
    """Names, clinic and place in letters of more than one octet; text, HTML and calendar."""
    settings.CLINIC_NAME, settings.CLINIC_ADDRESS = "Hüfte – Clinic Zoë", "1 Łąkowa, Zürich \U0001f3e5"
    settings.DEFAULT_FROM_EMAIL = "Hüfte – Clinic <appointments@clinic.example>"
    clinic = open_clinic()
    patient = clinic.patient("Müller-Nguyễn", email="a@mail.example")
    assert clinic.book(patient, local("2026-03-24", "09:20"), kind="follow-up").appointment
    assert clinic.book(
        clinic.fit_patient("Źrebięcki", email="b@mail.example"), local("2026-03-24", "11:20")
    ).appointment
    deliver.drain(now=lambda: NOW, seconds=10)
    mails = old_server.messages
    assert len(mails) == 2
    assert set(Message.objects.filter(kind="confirmed").values_list("status", flat=True)) == {"sent"}
    for received, mail in zip(old_server.received, mails, strict=True):
        assert received.content.isascii()
        parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
        assert set(parts) == {"text/plain", "text/html", "text/calendar"}
        assert {part["Content-Transfer-Encoding"] for part in parts.values()} <= {"7bit", "quoted-printable", "base64"}
        assert "Hüfte – Clinic Zoë" in parts["text/plain"].get_content()
        [event] = Calendar.from_ical(parts["text/calendar"].get_content()).walk("VEVENT")
        assert str(event["LOCATION"]) == "Hüfte – Clinic Zoë, 1 Łąkowa, Zürich \U0001f3e5"
        assert event["ORGANIZER"].params["CN"] == "Hüfte – Clinic Zoë"
    texts = " ".join(
        part.get_content() for mail in mails for part in mail.walk() if part.get_content_type() == "text/plain"
    )
    assert all(name in texts for name in ("Müller-Nguyễn", "Źrebięcki"))

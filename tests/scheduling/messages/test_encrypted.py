"""Mail servers that want TLS: trusted ones get the mail, all others get nothing."""

import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pht_clinic.demo.services import free_port
from scheduling.messages.sending import deliver
from scheduling.models import Message
from tests.smtp import SmtpServer

pytestmark = pytest.mark.usefixtures("committed_db")

NOON = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)
VALUES = {
    "dear": "Ann Lee",
    "when": "Tuesday 24 March 2026 at 09:20",
    "day": "Tuesday 24 March",
    "minutes": 30,
    "practitioner": "Dr Imogen Hale",
    "calendar": "",
}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of this machine that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(params=["smtps", "starttls"])
def server(request: pytest.FixtureRequest, certificate: Path, settings: Any) -> Iterator[SmtpServer]:
    """A mail server that talks in TLS only, and settings that lead to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    inbox = SmtpServer(free_port())
    options = (
        {"ssl_context": context} if request.param == "smtps" else {"tls_context": context, "require_starttls": True}
    )
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, ready_timeout=10, **options)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", inbox.port
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = request.param == "smtps", request.param == "starttls"
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def queued() -> Message:
    return Message.objects.create(
        kind="confirmed",
        template="scheduling/mail/confirmed",
        subject="test:1",
        occasion="test",
        values=VALUES,
        recipient="ann@mail.example",
        due_at=NOON,
        planned_at=NOON,
        expires_at=NOON + dt.timedelta(days=1),
    )


def sent_as(message: Message) -> tuple[str, str]:
    deliver.drain(now=lambda: NOON, seconds=10)
    message.refresh_from_db()
    return message.status, message.reason


def test_a_server_we_trust_gets_the_mail(
    server: SmtpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert sent_as(queued()) == ("sent", "")
    assert len(server.received) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(server: SmtpServer) -> None:
    assert sent_as(queued()) == ("queued", "The mail server could not be reached: no secure connection.")
    assert not server.received


def test_a_server_that_never_finishes_its_handshake_lets_the_worker_go(settings: Any) -> None:
    settings.OUTBOX_MESSAGE_SECONDS = 1
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_USE_SSL = True
        started = time.monotonic()
        status, reason = sent_as(queued())
    assert time.monotonic() - started < 3
    assert (status, reason[:40]) == ("queued", "The mail server could not be reached: no")

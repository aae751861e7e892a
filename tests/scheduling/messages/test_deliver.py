"""Sending to a real mail server that says yes, no, later, or nothing at all."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.messages.recipients import DECEASED
from scheduling.messages.sending import claims, deliver
from scheduling.models import Death, Message, Patient
from tests.smtp import Answer, SmtpServer

pytestmark = pytest.mark.usefixtures("committed_db")

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
State = Message.State
VALUES = {
    "dear": "Ann Lee",
    "when": "Tuesday 24 March 2026 at 09:20",
    "day": "Tuesday 24 March",
    "weekday": "Tuesday",
    "time": "09:20",
    "minutes": 30,
    "practitioner": "Dr Imogen Hale",
    "calendar": "",
}


def queued(number: int = 1, **values: Any) -> Message:
    row: dict[str, Any] = {
        "kind": "confirmed",
        "template": "scheduling/mail/confirmed",
        "subject": f"test:{number}",
        "occasion": "test",
        "recipient": f"patient{number}@mail.example",
        "values": VALUES,
        "due_at": NOON,
        "planned_at": NOON,
        "expires_at": NOON + 24 * HOUR,
    }
    return Message.objects.create(**row | values)


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def drain(now: datetime = NOON, *, seconds: float = 15) -> int:
    return deliver.drain(now=lambda: now, seconds=seconds)


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.OUTBOX_MESSAGE_SECONDS = 1


def test_what_is_due_is_sent_and_recorded(smtp_server: SmtpServer) -> None:
    message, later = queued(), queued(2, due_at=NOON + HOUR)
    assert drain() == 1
    sent = fresh(message)
    assert (sent.status, sent.sent_at, sent.attempts, sent.handovers) == (State.SENT, NOON, 1, 1)
    assert fresh(later).status == State.QUEUED
    [mail] = smtp_server.messages
    assert mail["To"] == "patient1@mail.example"
    assert mail["Message-ID"] == f"<{message.uid}@clinic.example>"
    assert smtp_server.received[0].recipients == ("patient1@mail.example",)


def test_many_messages_go_over_one_kept_connection(smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    original = deliver.mailer._Conversation.connect
    monkeypatch.setattr(
        deliver.mailer._Conversation,
        "connect",
        lambda self, *arguments: (opened.append(1), original(self, *arguments))[1],
    )
    for number in range(30):
        queued(number)
    assert drain() == 30
    assert len(smtp_server.received) == 30
    assert len(opened) == 1


def test_one_that_cannot_be_written_fails_alone_and_visibly(smtp_server: SmtpServer) -> None:
    good, broken, unknown, hostile = (
        queued(1),
        queued(2, values={}),
        queued(3, template="nowhere"),
        queued(4, recipient="ann@mail.example\nBcc: x@y.example"),
    )
    assert drain() == 4
    assert fresh(good).status == State.SENT
    for message in (broken, unknown, hostile):
        assert (fresh(message).status, fresh(message).phone_task) == (State.FAILED, True)
    assert len(smtp_server.received) == 1


def test_without_an_address_there_is_a_phone_task(smtp_server: SmtpServer) -> None:
    message = queued(recipient="", reason="The patient has asked not to get emails.")
    drain()
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.SKIPPED, True)
    assert left.reason == "The patient has asked not to get emails."


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["421 closing", "450 later", "451 later", "452 full"])
def test_a_temporary_no_is_tried_again_later(smtp_server: SmtpServer, phase: str, answer: str) -> None:
    message = queued()
    smtp_server.answer(phase, answer)
    drain()
    waiting = fresh(message)
    assert (waiting.status, waiting.attempts, waiting.handovers) == (State.QUEUED, 1, 0)
    assert waiting.due_at == NOON + timedelta(seconds=15)
    assert waiting.reason
    assert not waiting.phone_task
    assert drain(NOON + timedelta(seconds=14)) == 0
    assert drain(NOON + timedelta(seconds=15)) == 1
    assert fresh(message).status == State.SENT
    assert len(smtp_server.received) == 1


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["550 no such person", "552 too big", "554 no"])
def test_a_final_no_fails_at_once_and_is_phoned_about(smtp_server: SmtpServer, phase: str, answer: str) -> None:
    message, other = queued(1), queued(2)
    smtp_server.answer(phase, answer)
    drain()
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.FAILED, True)
    assert answer[:3] in left.reason
    assert fresh(other).status == State.SENT


def test_a_refused_connection_loses_nothing_and_ends_the_round(settings: Any, unused_port: int) -> None:
    settings.EMAIL_PORT = unused_port
    first, second = queued(1), queued(2)
    assert drain() == 1
    assert (fresh(first).status, fresh(second).status) == (State.QUEUED, State.QUEUED)
    assert fresh(first).reason == "The mail server could not be reached: connection refused."
    assert drain(NOON + 25 * HOUR) == 0
    assert (fresh(first).status, fresh(first).phone_task) == (State.SKIPPED, True)
    assert (fresh(second).status, fresh(second).phone_task) == (State.SKIPPED, False)


def test_a_server_without_the_security_asked_for_gets_nothing(smtp_server: SmtpServer, settings: Any) -> None:
    settings.EMAIL_USE_TLS = True
    message = queued()
    drain()
    assert (fresh(message).status, fresh(message).handovers) == (State.QUEUED, 0)
    assert not smtp_server.received


@pytest.mark.parametrize("phase", ["MAIL", "RCPT"])
def test_a_connection_dropped_before_the_content_is_tried_again(smtp_server: SmtpServer, phase: str) -> None:
    message = queued()
    smtp_server.answer(phase, Answer(drop=True))
    drain()
    assert (fresh(message).status, fresh(message).handovers) == (State.QUEUED, 0)
    drain(NOON + HOUR)
    assert fresh(message).status == State.SENT
    assert len(smtp_server.received) == 1


def test_a_connection_dropped_after_the_content_costs_at_most_one_copy(smtp_server: SmtpServer) -> None:
    message = queued()
    smtp_server.answer("DATA", Answer(drop=True), times=5)
    for hour in range(5):
        drain(NOON + hour * HOUR)
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.UNKNOWN, True)
    assert left.reason == f"{claims.UNANSWERED} Phone the patient."
    assert len({mail["Message-ID"] for mail in smtp_server.messages}) == 1
    assert len(smtp_server.received) == 2


def test_a_second_handover_that_is_answered_is_sent(smtp_server: SmtpServer) -> None:
    message = queued()
    smtp_server.answer("DATA", Answer(drop=True))
    drain()
    drain(NOON + HOUR)
    assert fresh(message).status == State.SENT


@pytest.mark.parametrize("phase", ["MAIL", "RCPT"])
def test_a_server_that_answers_once_too_often_has_not_taken_the_mail(smtp_server: SmtpServer, phase: str) -> None:
    """A yes that was said before the content went out belongs to something else."""
    message = queued()
    smtp_server.answer(phase, "250 OK\r\n250 and once more")
    drain()
    assert (fresh(message).status, smtp_server.received) == (State.QUEUED, [])
    drain(NOON + HOUR)
    assert (fresh(message).status, len(smtp_server.received)) == (State.SENT, 1)


def test_a_kept_connection_that_was_closed_is_opened_again(smtp_server: SmtpServer) -> None:
    messages = [queued(number) for number in range(3)]
    smtp_server.answer("MAIL", "250 OK")
    smtp_server.answer("MAIL", Answer(drop=True))
    assert drain() == 3
    assert [fresh(message).status for message in messages] == [State.SENT] * 3
    assert [fresh(message).attempts for message in messages] == [1, 1, 1]


@pytest.mark.parametrize(("phase", "handovers"), [("MAIL", 0), ("RCPT", 0), ("DATA", 1)])
def test_a_server_that_hangs_lets_the_worker_go(
    smtp_server: SmtpServer, impatient: None, phase: str, handovers: int
) -> None:
    message, other = queued(1), queued(2)
    smtp_server.answer(phase, Answer(delay_seconds=2))
    started = time.monotonic()
    assert drain() == 1
    assert time.monotonic() - started < 1.8
    assert (fresh(message).status, fresh(message).handovers) == (State.QUEUED, handovers)
    assert fresh(other).attempts == 0


def test_a_server_that_drips_lets_the_worker_go(settings: Any, impatient: None) -> None:
    with dripping() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        message = queued()
        started = time.monotonic()
        drain()
        assert time.monotonic() - started < 1.8
    assert (fresh(message).status, fresh(message).handovers) == (State.QUEUED, 0)


def test_a_round_ends_when_its_time_is_up(smtp_server: SmtpServer) -> None:
    for number in range(3):
        queued(number)
    assert drain(seconds=0) == 0
    assert drain(seconds=0.0001) <= 1


def test_the_lease_lost_before_the_handover_stops_the_mail(
    smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = queued()
    original = claims.hand_over

    def too_late(claimed: Message, *, now: datetime) -> None:
        Message.objects.filter(pk=claimed.pk).update(status=State.QUEUED, lease_expires_at=None)
        original(claimed, now=now)

    monkeypatch.setattr(claims, "hand_over", too_late)
    drain(seconds=0.05)
    assert not smtp_server.received
    assert fresh(message).status == State.QUEUED


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (6, 480), (7, 600), (500, 600)])
def test_waiting_doubles_up_to_ten_minutes(attempts: int, seconds: int) -> None:
    assert deliver.backoff(attempts) == timedelta(seconds=seconds)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def dripping() -> Iterator[int]:
    """A server that sends one letter of an endless greeting at a time."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        line, _ = listener.accept()
        with line:
            while not stop.wait(0.1):
                try:
                    line.sendall(b"2")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        thread.join(5)
        listener.close()


def test_nothing_is_sent_to_somebody_whose_death_stands(smtp_server: SmtpServer) -> None:
    """However it came to be queued: it is looked at once more with the claim, and nobody has to phone."""
    dead, alive = (
        Patient.objects.create(family_name=name, date_of_birth=NOON.date(), registered_at=NOON)
        for name in ("Dead", "Alive")
    )
    dead.death = Death.objects.create(patient=dead, on="2026", source="A son", recorded_at=NOON)
    dead.save()
    rows = [queued(number, patient=patient) for number, patient in enumerate((dead, alive), 1)]
    drain()
    first, second = map(fresh, rows)
    assert (first.status, first.reason, first.phone_task) == (State.SKIPPED, DECEASED, False)
    assert second.status == State.SENT
    assert len(smtp_server.messages) == 1

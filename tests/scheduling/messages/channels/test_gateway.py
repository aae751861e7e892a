"""Text messages to a real HTTP server that says yes, no, later, or nothing at all."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.messages.channels import gateway as of_gateway
from scheduling.messages.sending import claims, deliver
from scheduling.models import Message
from tests.clinic import Clinic, local, open_clinic
from tests.gateway import Reply, TextGateway
from tests.smtp import SmtpServer

pytestmark = pytest.mark.usefixtures("committed_db")

START = local("2026-03-24", "09:20")
SECOND = timedelta(seconds=1)
State = Message.State


@pytest.fixture
def clinic(committed_db: None) -> Clinic:
    return open_clinic()


def planned(clinic: Clinic, family_name: str = "Birch", start: datetime = START) -> Message:
    """The confirmation of a visit, to somebody who prefers text messages."""
    patient = clinic.fit_patient(family_name, preferred_contact="sms", email="")
    visit = clinic.book(patient, start).appointment
    assert visit is not None
    return Message.objects.get(appointment=visit, kind="confirmed")


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def drain(now: datetime) -> int:
    return deliver.drain(now=lambda: now, seconds=15)


def test_a_confirmation_is_one_sentence_and_the_link(gateway: TextGateway, clinic: Clinic) -> None:
    message = planned(clinic)
    assert (message.channel, message.recipient) == ("sms", "+447700900123")
    assert drain(clinic.now) == 1
    sent = fresh(message)
    assert (sent.status, sent.sent_at, sent.attempts, sent.handovers) == (State.SENT, clinic.now, 1, 1)
    [text] = gateway.taken
    assert text["phone_number"] == "+447700900123"
    assert text["sender"] == "PHT Clinic"
    assert text["reference"] == str(message.uid)
    assert text["text"].startswith("Your appointment is booked for Tuesday 24 March 2026 at 09:20. http")
    assert "/p/" in text["text"]
    assert len(text["text"]) <= 160
    [headers] = gateway.headers
    assert headers["Authorization"] == "Bearer secret-key"
    assert headers["Idempotency-Key"] == str(message.uid)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 503])
def test_a_no_for_now_is_tried_again_later_with_the_same_reference(
    gateway: TextGateway, clinic: Clinic, code: int
) -> None:
    message = planned(clinic)
    gateway.reply(Reply(code, '{"errors": [{"error": "RateLimitError", "message": "Exceeded rate limit"}]}'))
    drain(clinic.now)
    waiting = fresh(message)
    assert (waiting.status, waiting.attempts, waiting.handovers) == (State.QUEUED, 1, 0)
    assert waiting.reason == f"The gateway for text messages refused it: {code} Exceeded rate limit"
    assert waiting.due_at == clinic.now + 15 * SECOND
    assert drain(clinic.now + 14 * SECOND) == 0
    assert drain(clinic.now + 15 * SECOND) == 1
    assert fresh(message).status == State.SENT
    assert len(gateway.taken) == 1
    assert len({headers["Idempotency-Key"] for headers in gateway.headers}) == 1


def test_a_no_for_now_lasts_until_it_expires_and_becomes_a_phone_task(gateway: TextGateway, clinic: Clinic) -> None:
    message = planned(clinic)
    gateway.reply(Reply(429))
    drain(clinic.now)
    Message.objects.filter(pk=message.pk).update(expires_at=clinic.now + 15 * SECOND)
    drain(clinic.now + 15 * SECOND)
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.SKIPPED, True)
    assert left.reason == "Expired: the gateway for text messages would not take it in time."


@pytest.mark.parametrize(
    ("code", "body", "says"),
    [
        (400, '{"errors": [{"message": "phone_number is not valid"}]}', "400 phone_number is not valid"),
        (403, "no JSON", "403"),
        (404, '{"errors": []}', "404"),
        (302, "[[[[", "302"),
    ],
)
def test_a_final_no_fails_at_once_and_is_phoned_about(
    gateway: TextGateway, clinic: Clinic, code: int, body: str, says: str
) -> None:
    message = planned(clinic)
    gateway.reply(Reply(code, body))
    drain(clinic.now)
    left = fresh(message)
    assert (left.status, left.phone_task) == (State.FAILED, True)
    assert left.reason == f"The gateway for text messages refused it: {says}"


@pytest.mark.parametrize(
    "reply", [Reply(takes=True), Reply(drop=True), Reply(502), Reply(504), Reply(delay_seconds=3), Reply(drips=True)]
)
def test_what_nobody_answered_is_sent_once_more_and_then_somebody_looks(
    gateway: TextGateway, clinic: Clinic, settings: Any, reply: Reply
) -> None:
    settings.OUTBOX_MESSAGE_SECONDS = 1
    message = planned(clinic)
    gateway.reply(reply, reply)
    began = time.monotonic()
    drain(clinic.now)
    assert time.monotonic() - began < 3
    first = fresh(message)
    assert (first.status, first.handovers) == (State.QUEUED, 1)
    drain(clinic.now + 15 * SECOND)
    left = fresh(message)
    assert (left.status, left.phone_task, gateway.asked) == (State.UNKNOWN, True, 2)
    assert left.reason == f"{claims.TEXT_UNANSWERED} Phone the patient."


def test_a_gateway_that_is_away_holds_up_no_email_and_no_other_way(
    gateway: TextGateway, clinic: Clinic, smtp_server: SmtpServer
) -> None:
    first, second = planned(clinic), planned(clinic, "Cole", START + timedelta(hours=1))
    by_mail = clinic.book(clinic.fit_patient("Dale"), START + timedelta(hours=2)).appointment
    gateway.stop()
    drain(clinic.now)
    assert (fresh(first).status, fresh(first).handovers, fresh(first).attempts) == (State.QUEUED, 0, 1)
    assert fresh(first).reason == "The gateway for text messages could not be reached: no connection."
    assert (fresh(second).status, fresh(second).attempts) == (State.QUEUED, 0)
    assert Message.objects.get(appointment=by_mail, kind="confirmed").status == State.SENT


def test_a_mail_server_that_is_away_holds_up_no_text_message(
    gateway: TextGateway, clinic: Clinic, smtp_server: SmtpServer
) -> None:
    mails = [clinic.fit_patient("Dale"), clinic.fit_patient("Eden")]
    for number, patient in enumerate(mails):
        clinic.book(patient, START + timedelta(hours=number + 1))
    message = planned(clinic)
    smtp_server.stop()
    drain(clinic.now)
    assert fresh(message).status == State.SENT
    assert not Message.objects.filter(channel="email", status=State.SENT).exists()


def test_it_is_noted_before_anything_is_written_and_a_lost_lease_sends_nothing(
    gateway: TextGateway, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = planned(clinic)
    noted: list[int] = []

    def lose(row: Message, *, now: datetime) -> None:
        noted.append(gateway.asked)
        raise claims.LeaseLost(row.pk)

    monkeypatch.setattr(claims, "hand_over", lose)
    drain(clinic.now)
    assert (noted, gateway.asked, gateway.taken) == ([0], 0, [])
    assert fresh(message).handovers == 0


def test_one_that_was_cancelled_while_it_waited_is_not_sent(gateway: TextGateway, clinic: Clinic) -> None:
    message = planned(clinic)
    Message.objects.filter(pk=message.pk).update(values={**message.values, "start_at": "2026-03-25T09:20:00+00:00"})
    drain(clinic.now)
    assert (fresh(message).status, gateway.asked) == (State.SKIPPED, 0)


def test_once_the_clinic_sends_none_any_more_somebody_phones(
    gateway: TextGateway, clinic: Clinic, settings: Any
) -> None:
    message = planned(clinic)
    settings.SMS_GATEWAY_URL = ""
    drain(clinic.now)
    assert (fresh(message).status, fresh(message).phone_task, gateway.asked) == (State.SKIPPED, True, 0)
    assert fresh(message).reason == deliver.NO_GATEWAY


def test_where_the_words_of_a_no_break_off_its_number_is_the_answer() -> None:
    error = of_gateway.TextRefused(503, "")
    assert (str(error), error.is_permanent) == ("The gateway for text messages refused it: 503", False)
    assert of_gateway.TextRefused(400, "x").is_permanent


def test_at_night_it_waits_like_an_email(gateway: TextGateway, clinic: Clinic) -> None:
    message = planned(clinic)
    Message.objects.filter(pk=message.pk).update(keeps_quiet_hours=True)
    assert drain(datetime(2026, 3, 2, 21, tzinfo=UTC)) == 0
    assert drain(datetime(2026, 3, 3, 8, tzinfo=UTC)) == 1

"""Beat, broker, worker and mail server for real: what is due leaves by itself, and whoever watches can see it."""

import time
from datetime import timedelta
from typing import Any

import pytest

from pht_clinic import clock
from pht_clinic.demo.processes import Child
from pht_clinic.web import metrics
from scheduling import tasks
from scheduling.messages.sending import heartbeat
from scheduling.models import Message
from tests.smtp import Answer, SmtpServer

State = Message.State
VALUES = {
    "dear": "Ann Lee",
    "when": "Tuesday 24 March 2026 at 09:20",
    "day": "Tuesday 24 March",
    "minutes": 30,
    "practitioner": "Dr Imogen Hale",
    "calendar": "",
}


def queued(number: int = 1) -> Message:
    now = clock.now()
    return Message.objects.create(
        kind="confirmed",
        template="scheduling/mail/confirmed",
        subject=f"test:{number}",
        occasion="test",
        values=VALUES,
        recipient=f"patient{number}@mail.example",
        keeps_quiet_hours=False,
        due_at=now,
        planned_at=now,
        expires_at=now + timedelta(days=1),
    )


def wait_until_sent(message: Message, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while Message.objects.get(pk=message.pk).status != State.SENT:
        assert time.monotonic() < deadline, Message.objects.filter(pk=message.pk).values("status", "reason")
        time.sleep(0.1)


@pytest.mark.usefixtures("celery_worker_process")
def test_beat_and_worker_send_what_is_due(celery_beat_process: Child, smtp_server: SmtpServer) -> None:
    messages = [queued(number) for number in range(5)]
    for message in messages:
        wait_until_sent(message, 30)
    assert len(smtp_server.received) == 5
    age = heartbeat.tick_age_seconds()
    assert age is not None
    assert age < 30


@pytest.mark.full_trial
def test_a_worker_killed_in_mid_sending_loses_nothing(
    celery_worker_process: Child, celery_beat_process: Child, smtp_server: SmtpServer, settings: Any
) -> None:
    message = queued()
    smtp_server.answer("RCPT", Answer(delay_seconds=4))
    deadline = time.monotonic() + 20
    while Message.objects.get(pk=message.pk).status != State.SENDING:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    celery_worker_process.kill()
    celery_worker_process.start()
    Message.objects.filter(pk=message.pk).update(lease_expires_at=clock.now() - timedelta(seconds=1))
    wait_until_sent(message, 40)
    assert len({mail["Message-ID"] for mail in smtp_server.messages}) == 1
    assert len(smtp_server.received) <= 2


@pytest.mark.usefixtures("committed_db")
def test_the_gauges_show_a_standstill() -> None:
    assert heartbeat.oldest_overdue_seconds() == 0
    message = queued()
    Message.objects.filter(pk=message.pk).update(due_at=clock.now() - timedelta(minutes=10), phone_task=True)
    assert 590 < heartbeat.oldest_overdue_seconds() < 700
    heartbeat.tick()
    assert "outbox_tick_age_seconds 0" in metrics.text()
    assert "outbox_open_phone_tasks 1" in metrics.text()


def test_rounds_are_bounded_and_ticks_do_not_pile_up(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["drain-outbox"]
    assert entry["task"] == tasks.drain_outbox.name
    assert entry["options"]["expires"] <= entry["schedule"]
    longest = settings.OUTBOX_DRAIN_SECONDS + settings.OUTBOX_MESSAGE_SECONDS
    assert longest < settings.BROKER_VISIBILITY_SECONDS / 2
    assert longest < settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert settings.OUTBOX_MESSAGE_SECONDS < settings.OUTBOX_LEASE_SECONDS

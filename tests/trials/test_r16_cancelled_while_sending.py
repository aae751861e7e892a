"""R16: cancelling or moving races with the sending; what was cancelled or moved before the claim is never mailed.

Whether it was before is told by the order of two moments: the use case had returned before the claim began. 20 races
in `make test`, 500 in `make trials`. The control sends without looking again and takes nothing back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from scheduling.messages.sending import claims, deliver
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local
from tests.smtp import SmtpServer
from tests.together import at_once
from tests.trials.launch_without import rereading
from tests.trials.patients import days_on

SEED = 20260316


@dataclass
class Claims:
    """When the claim of each message began, noted around the real claim."""

    guarded: Callable[..., Message | None]
    began: dict[int, float]

    def __call__(self, *, now: datetime, sent: Message | None = None, without: Collection[str] = ()) -> Message | None:
        began = time.monotonic()
        message = self.guarded(now=now, sent=sent, without=without)
        if message is not None:
            self.began.setdefault(message.pk, began)
        return message


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Claims:
    found = Claims(claims.claim, {})
    monkeypatch.setattr(claims, "claim", found)
    return found


def race(clinic: Clinic, noted: Claims, rng: Random, number: int) -> tuple[Message, bool]:
    """One visit, cancelled or moved while its confirmation is sent; whether that was before the claim."""
    start = days_on(local("2026-03-24", "09:00"), number // 24) + timedelta(minutes=20 * (number % 24))
    appointment = clinic.book(clinic.patient(f"Race{number}"), start, kind="follow-up").appointment
    assert appointment is not None
    confirmation = Message.objects.get(appointment=appointment, kind="confirmed")
    change = (lambda: cancelled(clinic, appointment)) if number % 2 else (lambda: moved(clinic, appointment))
    # on both sides of the claim: at once, a little later, and when the other has long begun
    head_start = rng.choice([-0.05, -0.01, 0.0, 0.0, 0.01, 0.03])
    done: list[float] = []

    def changing() -> None:
        time.sleep(max(0.0, head_start))
        change()
        done.append(time.monotonic())

    def sending() -> int:
        time.sleep(max(0.0, -head_start))
        return deliver.drain(now=lambda: clinic.now, seconds=20)

    results = at_once(changing, sending)
    assert not [result for result in results if isinstance(result, BaseException)], results
    claimed = noted.began.get(confirmation.pk)
    return confirmation, claimed is None or done[0] < claimed


def cancelled(clinic: Clinic, appointment: Appointment) -> Any:
    return cancel(appointment.pk, reason="Asked to.", by=clinic.reception, now=clinic.now)


def moved(clinic: Clinic, appointment: Appointment) -> Any:
    return move(
        appointment.pk, MoveRequest(start=days_on(appointment.start_at, 100)), by=clinic.reception, now=clinic.now
    )


def played(clinic: Clinic, noted: Claims, server: SmtpServer, count: int) -> tuple[int, list[str], int]:
    """How many were changed before the claim, which of those were mailed, and how many were mailed in time."""
    rng = Random(SEED)
    races = [race(clinic, noted, rng, number) for number in range(count)]
    received = {str(mail["Message-ID"]) for mail in server.messages}
    early = [f"<{message.uid}@clinic.example>" for message, was_before in races if was_before]
    in_time = [f"<{message.uid}@clinic.example>" for message, was_before in races if not was_before]
    return len(early), sorted(set(early) & received), len(set(in_time) & received)


def test_r16_what_was_cancelled_or_moved_before_the_claim_is_not_mailed(
    clinic: Clinic, noted: Claims, smtp_server: SmtpServer, is_full_trial: bool
) -> None:
    count = 500 if is_full_trial else 20
    early, mailed, in_time = played(clinic, noted, smtp_server, count)
    print(f"R16: {count} races, {early} changed before the claim, {len(mailed)} of them mailed; {in_time} in time")
    assert not mailed
    assert early > 0
    assert threading.active_count() < 20
    assert not Message.objects.filter(status="sending").exists()


@pytest.mark.full_trial(one_in=3)
def test_r16_control_without_looking_again_they_are_mailed(
    clinic: Clinic, noted: Claims, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling.messages import outbox

    monkeypatch.setattr(deliver, "withheld", deliver.withheld)  # both come back after the test
    monkeypatch.setattr(outbox, "take_back", outbox.take_back)
    rereading()
    early, mailed, _ = played(clinic, noted, smtp_server, 20)
    print(f"R16 control: {len(mailed)} of {early} changed before the claim were mailed")
    assert mailed

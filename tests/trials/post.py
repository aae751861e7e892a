"""Mail under hard conditions: servers that stall or answer as a trial wants, many due messages, calls for the post."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from pht_clinic.celery import app
from scheduling.messages import outbox
from scheduling.models import Appointment, Message
from tests.clinic import Clinic, local
from tests.smtp import Answer, SmtpServer
from tests.trials.staging import wait_until

NEVER_SECONDS = 600


class StallingServer(SmtpServer):
    """Says nothing more to one client, at RCPT or after DATA (then it has the mail); every other client is served."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._stall_at = ""
        self._stalled = threading.Event()

    def stall_at(self, phase: str) -> None:
        """The next client that comes to this phase hears nothing more until it is gone."""
        self._stalled.clear()
        self._stall_at = phase

    @property
    def stalled(self) -> bool:
        """Whether a client hangs, or hung since `stall_at`."""
        return self._stalled.is_set()

    def copies(self) -> Counter[str]:
        """How often each Message-ID was received."""
        return Counter(str(mail["Message-ID"]) for mail in self.messages)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """A recipient is named: nothing of the content has left."""
        await self._perhaps_stall("RCPT")
        return await super().handle_RCPT(server, session, envelope, address, rcpt_options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The whole mail is here; the client waits to hear so."""
        said = await super().handle_DATA(server, session, envelope)
        await self._perhaps_stall("DATA")
        return said

    async def _perhaps_stall(self, phase: str) -> None:
        if self._stall_at == phase:
            self._stall_at = ""
            self._stalled.set()
            await asyncio.sleep(NEVER_SECONDS)  # ends when the client's connection does


class ScriptedServer(SmtpServer):
    """Answers by recipient and phase, as often as it was told to; everybody else is served."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._script: dict[tuple[str, str], list[Answer]] = defaultdict(list)

    def to(self, recipient: str, phase: str, answer: Answer | str, *, times: int = 1) -> None:
        said = Answer(answer) if isinstance(answer, str) else answer
        self._script[recipient, phase] += [said] * times

    def copies(self, recipient: str) -> list[str]:
        """The Message-ID of everything that this recipient got."""
        return [str(mail.message["Message-ID"]) for mail in self.received if mail.recipients == (recipient,)]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """A recipient is named."""
        self._play(address, "RCPT")
        return await super().handle_RCPT(server, session, envelope, address, rcpt_options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The whole mail is here."""
        self._play(envelope.rcpt_tos[0], "DATA")
        return await super().handle_DATA(server, session, envelope)

    def _play(self, address: str, phase: str) -> None:
        self._answers[phase] = [waiting.pop(0)] if (waiting := self._script[address, phase]) else []


def due_messages(clinic: Clinic, count: int) -> list[Message]:
    """So many confirmations that are due now, of one booked visit; each with a patient's address of its own.

    The visit's own patient has none, so that nothing else is ever sent, whoever drains at this very moment.
    """
    visits = Appointment.objects.count()
    start = local("2026-03-24", "08:00") + timedelta(days=visits // 20, minutes=20 * (visits % 20))
    outcome = clinic.book(clinic.patient(f"Post{visits}", email=""), start, kind="follow-up")
    assert outcome.appointment is not None
    planned = Message.objects.get(appointment=outcome.appointment, kind="confirmed")
    outbox.withdraw(outcome.appointment, reason="replaced by the trial's own", now=clinic.now)
    rows = [
        Message(
            kind=planned.kind,
            template=planned.template,
            subject=planned.subject,
            occasion=f"trial:{number}",
            appointment=planned.appointment,
            patient=planned.patient,
            recipient=f"patient{number}@mail.example",
            values=planned.values,
            due_at=clinic.now,
            expires_at=clinic.now + timedelta(days=1),
            keeps_quiet_hours=False,
            planned_at=clinic.now,
        )
        for number in range(count)
    ]
    return Message.objects.bulk_create(rows)


def count_of(*statuses: str) -> int:
    """How many messages are in one of these states."""
    return Message.objects.filter(status__in=statuses).count()


def check_none_failed() -> None:
    """Raises: AssertionError with the reason when one failed: no use in waiting for it."""
    failed = Message.objects.filter(status="failed").values_list("reason", flat=True).first()
    assert failed is None, failed


def call_for_post() -> None:
    """What beat does every 5 seconds."""
    app.send_task("scheduling.tasks.drain_outbox", expires=5)


def drain_until_none_waits(*, seconds: float) -> float:
    """Call for the post again and again until nothing is queued or being sent; the seconds that took."""
    calls = iter(range(10**6))

    def none_waits() -> bool:
        check_none_failed()
        if next(calls) % 25 == 0:
            call_for_post()
        return count_of("queued", "sending") == 0

    return wait_until(none_waits, seconds=seconds, what=f"{count_of('queued', 'sending')} messages still wait")


def kill_a_child_of(pid: int) -> int:
    """SIGKILL for one task process of a worker; its pid."""
    child = next(iter(children_of(pid)))
    os.kill(child, signal.SIGKILL)
    return child


def children_of(pid: int) -> list[int]:
    """The processes whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return sorted(found)

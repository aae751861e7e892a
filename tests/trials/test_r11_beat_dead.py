"""R11: beat is dead for 24 hours. What is still valid then is sent once, what expired is marked so and listed.

The staff are told within 5 minutes of the restart. The control sends whatever is due, however late, and mails for
visits that are over. In `make trials` only: beat's own minute has to pass.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local
from tests.conftest import ClockOffset
from tests.smtp import SmtpServer
from tests.trials.staging import Workers, wait_until

pytestmark = pytest.mark.full_trial

DIES_AT = NOW + timedelta(days=8)
BACK_AT = NOW + timedelta(days=9)
TOLD_SECONDS = 300
EACH = 20
FIRST_VISITS = {
    "reminder-week": local("2026-03-17", "09:20"),  # due on 10 March at 10:00, after DIES_AT
    "reminder-2-days": local("2026-03-12", "10:00"),  # due on 10 March at 10:00
}
OVER_BY_THEN = (local("2026-03-11", "08:00"), local("2026-03-11", "08:20"), local("2026-03-11", "08:40"))
"""Booked while beat was dead, and begun before it is back."""


def at(clock_offset: ClockOffset, instant: datetime) -> None:
    clock_offset.set((instant - datetime.now(UTC)).total_seconds())


def booked(clinic: Clinic, start: datetime, name: str, *, now: datetime) -> Appointment:
    clinic.now = now
    outcome = clinic.book(clinic.patient(name), start, kind="follow-up")
    assert outcome.appointment is not None
    return outcome.appointment


def reminded(clinic: Clinic) -> list[Message]:
    """The reminders of many visits that come due while beat is dead, and stay valid."""
    visits = [
        (kind, booked(clinic, start + timedelta(minutes=20 * number), f"{kind}{number}", now=NOW))
        for kind, start in FIRST_VISITS.items()
        for number in range(EACH)
    ]
    return [Message.objects.get(appointment=visit, kind=kind) for kind, visit in visits]


def too_late(clinic: Clinic) -> list[Message]:
    """Confirmations that nobody sends before the visit begins."""
    now = DIES_AT + timedelta(hours=3)
    visits = [booked(clinic, start, f"Late{start:%H%M}", now=now) for start in OVER_BY_THEN]
    return [Message.objects.get(appointment=visit, kind="confirmed") for visit in visits]


def ids_of(rows: list[Message]) -> set[str]:
    return {f"<{row.uid}@clinic.example>" for row in rows}


def received(server: SmtpServer) -> Counter[str]:
    return Counter(str(mail["Message-ID"]) for mail in server.messages)


@pytest.mark.parametrize("guard", [None, "expiry"], ids=["", "control"])
def test_r11_after_a_day_without_beat(
    clinic: Clinic, clock_offset: ClockOffset, workers: Workers, smtp_server: SmtpServer, guard: str | None
) -> None:
    workers.ready(workers.worker(guard=guard))
    beat = workers.beat()
    valid = reminded(clinic)
    wait_until(
        lambda: Message.objects.filter(kind="confirmed", status="sent").count() == len(valid),
        seconds=60,
        what="the confirmations of the first day",
    )
    beat.kill()
    at(clock_offset, DIES_AT + timedelta(hours=3))
    late = too_late(clinic)
    at(clock_offset, BACK_AT)
    assert not set(received(smtp_server)) & ids_of(valid + late)
    workers.beat("second")
    back_at = time.monotonic()
    wait_until(lambda: ids_of(valid) <= set(received(smtp_server)), seconds=60, what="what is still valid")
    if guard:
        wait_until(lambda: ids_of(late) <= set(received(smtp_server)), seconds=60, what="what is not")
        print(f"R11 control: {len(late)} mails for visits that had begun")
        return
    wait_until(lambda: staff_were_told(smtp_server), seconds=TOLD_SECONDS, what="a word to the staff")
    told_after = time.monotonic() - back_at
    print(f"R11: {len(valid)} sent once, {len(late)} expired, staff told after {told_after:.0f} s")
    found = received(smtp_server)
    assert set(found.values()) == {1}
    assert not set(found) & ids_of(late)
    for row in late:
        row.refresh_from_db()
        assert (row.status, row.reason) == ("skipped", "Expired: it was too late to send it.")
    check_listed(clinic, late)


def staff_were_told(server: SmtpServer) -> bool:
    return any(mail["Subject"] == "Messages were not sent in time" for mail in server.messages)


def check_listed(clinic: Clinic, rows: list[Message]) -> None:
    """Reception finds each of them, with the reason."""
    browser = Client()
    browser.force_login(clinic.users["reception"])
    listed = browser.get(reverse("message-list"), {"status": "skipped"}).content.decode()
    for row in rows:
        assert reverse("message", args=[row.pk]) in listed
    assert listed.count("Expired: it was too late to send it.") >= len(rows)

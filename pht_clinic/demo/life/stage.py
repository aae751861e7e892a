"""The clock and the people of a course that is played: whatever is done is done at the time it is said of, and what
is due meanwhile leaves first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from pht_clinic import clock
from pht_clinic.audit.door import PAGE, Way, way
from pht_clinic.demo.life.cast import Comer
from pht_clinic.demo.life.times import Times
from pht_clinic.people.actors import Actor
from scheduling.messages import desk, hours
from scheduling.messages.sending import deliver
from scheduling.models import Message, Patient

PATIENCE_SECONDS: Final = 60.0


PHONED_AFTER: Final = timedelta(hours=3)


class Present(Exception):
    """The course has come to the present: what is due from now on is the clinic's own work."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts: the desk, the radiologist whose patients these are and a colleague who decides, and the manager."""

    reception: Actor
    radiologist: Actor
    colleague: Actor
    injects: Times
    treats: Times


@dataclass
class Stage:
    """One person's course. `now` moves on by `until` alone, and never past `present`."""

    person: Comer
    staff: Staff
    chance: Random
    now: datetime
    present: datetime
    patient: Patient

    def until(self, then: datetime) -> None:
        """Let time pass: what is due to this patient by then leaves at its own time. Raises: Present."""
        self._send_due(min(then, self.present))
        if then > self.present:
            raise Present
        self.now = max(self.now, then)

    def days(self, count: float) -> None:
        """Let so many days pass, to an hour at which people are up. Raises: Present."""
        self.until(hours.next_open(self.now + timedelta(days=count), clock.zone()))

    def happens(self, share: float) -> bool:
        """Whether what happens to such a share of all people happens here."""
        return self.chance.random() < share

    def _send_due(self, until: datetime) -> None:
        mine = Message.objects.of_patient(self.patient.pk).filter(status=Message.State.QUEUED)
        at = self.now
        while due := mine.filter(due_at__lte=until).order_by("due_at").values_list("due_at", flat=True).first():
            at = hours.next_open(max(at, due), clock.zone())
            if at > until:
                return
            if not deliver.drain(now=partial(_always, at), seconds=PATIENCE_SECONDS):
                at += timedelta(hours=1)
            if at + PHONED_AFTER < self.present:
                self._phone(at + PHONED_AFTER)

    def _phone(self, at: datetime) -> None:
        """The desk tells on the phone what no mail brings."""
        for message in Message.objects.of_patient(self.patient.pk).filter(Message.OPEN_TASK):
            desk.close_task(message.pk, reason="Told on the phone", by=self.staff.reception, now=at)


@contextmanager
def at_the_desk() -> Iterator[None]:
    """What people of the clinic do is done on its pages, and the trail says so."""
    came = way.set(Way(PAGE, device="computer"))
    try:
        yield
    finally:
        way.reset(came)


def _always(instant: datetime) -> datetime:
    return instant

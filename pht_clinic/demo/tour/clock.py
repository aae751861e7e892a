"""The demo's clock, as its page moves it: on alone, to the next morning or by a span; and what left since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from pht_clinic import clock
from pht_clinic.demo.clock_offset import advance
from pht_clinic.demo.noted import ClockMove, note_moved
from pht_clinic.demo.opening import OPENS
from pht_clinic.demo.tour.where import folder
from pht_clinic.errors import Invalid
from pht_clinic.periods import wall_to_utc
from scheduling.availability.bank_holidays import working_days_after
from scheduling.models import Message

MORNING: Final = "morning"
SPANS: Final = {"two-days": timedelta(days=2), "two-weeks": timedelta(weeks=2)}
BUTTONS: Final = ((MORNING, "Next working morning"), ("two-days", "Two days on"), ("two-weeks", "Two weeks on"))
SHOWN: Final = 6
"""Messages that the page names of those that left since the last move."""


@dataclass(frozen=True, slots=True)
class Since:
    """What became of the messages since the clock was moved: how many left and the last of them, how many wait yet."""

    move: ClockMove
    sent: int
    last: list[Message]
    waits: int


def ahead_of(now: datetime, how: str) -> datetime:
    """The instant to which one of the buttons moves a clock that says `now`. Raises: Invalid (there is no such one)."""
    if how in SPANS:
        return now + SPANS[how]
    if how != MORNING:
        raise Invalid.field("how", f"Choose one of {MORNING}, {', '.join(SPANS)}.")
    today = clock.local_date(now)
    return wall_to_utc(working_days_after(today).after(today), OPENS, clock.zone(), fold=0)


def move_on(how: str, *, now: datetime) -> ClockMove:
    """Move the clock of web, worker and beat. Raises: Invalid."""
    move = ClockMove(now, ahead_of(now, how))
    advance(Path(settings.CLOCK_OFFSET_FILE), round((move.to_at - now).total_seconds()))
    note_moved(folder(), move)
    return move


def due(*, now: datetime) -> QuerySet[Message]:
    """What should have left by then and has not."""
    return Message.objects.filter(status__in=[Message.State.QUEUED, Message.State.SENDING], due_at__lte=now)


def since(move: ClockMove, *, now: datetime) -> Since:
    """What left from that move on. Three queries."""
    sent = Message.objects.filter(sent_at__gte=move.to_at).select_related("patient").order_by("-sent_at", "-pk")
    return Since(move, sent.count(), list(sent[:SHOWN]), due(now=now).count())

"""Whoever came without an appointment: here now, or here on a day that is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from injections.assessment.fact_change import settle
from injections.booking.book import BookingOutcome, Coming, book
from injections.booking.request import BookingRequest, check_request
from injections.visit.arrival import arrive
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.availability.sessions import closing_time
from scheduling.diary.locks import use_case
from scheduling.kinds import GRID_MINUTES
from scheduling.states import Status


def starts_now(now: datetime) -> datetime:
    """The time at which a visit that begins now stands in the diary: the present one, down to the grid of 5 minutes."""
    return now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % GRID_MINUTES)


def walk_in(ask: BookingRequest, *, by: Actor, now: datetime) -> BookingOutcome:
    """Book somebody who is here for the present time, whatever `ask` says of it, and mark them as arrived.

    What needs review is pending, and lapses when the clinic closes that day in place of at its start; blocked is
    refused, or pending with an `override_reason`. Nothing is sent: the patient is here.
    Raises: those of `book`.
    """
    check_permitted("arrive", by)
    start = starts_now(now)
    here = replace(ask, start=start)
    with use_case():
        until = closing_time(clock.local_date(now)) or start
        coming = Coming(verb="walk-in", as_of=start, decide_by=max(until, start + timedelta(minutes=GRID_MINUTES)))
        outcome = book(here, coming=coming, by=by, now=now)
        if outcome.appointment is not None and outcome.appointment.status == Status.BOOKED:
            return replace(outcome, appointment=arrive(outcome.appointment.pk, by=by, now=now))
        return outcome


LONGEST_LATE: Final = timedelta(days=30)
"""How long ago a visit may have begun that is entered late."""


def enter_late(ask: BookingRequest, *, by: Actor, now: datetime) -> BookingOutcome:
    """Enter a visit that took place and was not in the books; the note of `ask` is why it was not, as far as said.

    Its patient has arrived, whatever the verdict, which is stored with it; what is critical is answered when its
    procedure is recorded. The patient's other visits are judged by it. Nothing is sent of it; aftercare follows its
    procedure as always.
    Boundary: it may end exactly now, and begin exactly 30 days ago.
    Raises: Invalid (also: it is not over, or too long ago), those of `book`.
    """
    check_permitted("arrive", by)
    kind = check_request(ask)
    if ask.start is not None and ask.start + kind.duration > now:
        raise Invalid.field("start", "It is not over yet. If the patient is here, book them as a walk-in.")
    if ask.start is not None and now - ask.start > LONGEST_LATE:
        raise Invalid.field("start", f"A visit is entered up to {LONGEST_LATE.days} days after it began.")
    with use_case():
        coming = Coming(verb="enter-late", reason=ask.note.strip(), as_of=ask.start, has_happened=True)
        outcome = book(ask, coming=coming, by=by, now=now)
        assert outcome.appointment is not None  # noqa: S101 - no verdict refuses what has happened
        visit = arrive(outcome.appointment.pk, by=by, now=now)
        if kind.needs_check:
            settle(visit, "counted-as-given", visit.patient, by=by, now=now)
        return replace(outcome, appointment=visit)

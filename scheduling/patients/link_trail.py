"""Whoever holds a patient's link needs their date of birth alone to speak for them: on the trail stands where each link
went.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import entry
from pht_clinic.people.actors import SYSTEM, Actor
from pht_clinic.rows import insertion, store

SHOWN: Final = "patient-link-shown"
"""On a screen, from which it may be read, scanned or printed."""
PRINTED: Final = "patient-link-printed"
"""In a file that is made to be printed."""
SENT: Final = "patient-link-sent"
"""Handed over to what carries messages; it may have arrived."""
Link = tuple[int, int]
"""A visit's number and its patient's."""


def note_links(verb: str, links: Iterable[Link], *, by: Actor, now: datetime) -> None:
    """An entry for each of these links, in one round trip."""
    if rows := [_entry(verb, link, by=by, now=now) for link in links]:
        store(*rows)


def noting_sent(link: Link | None, *, now: datetime) -> tuple[str, str]:
    """The statement that notes a link as sent by the clinic itself, and its one value, for whoever makes it part of the
    one that hands the message over. The statement is the same each time: without a link it inserts nothing.
    """
    statement, row = insertion(_entry(SENT, link or (0, 0), by=SYSTEM, now=now))
    return statement, row if link else "[]"


def _entry(verb: str, link: Link, *, by: Actor, now: datetime) -> Entry:
    visit, patient = link
    return entry(verb, by=by, now=now, patients=[patient], subject=f"appointment:{visit}")

"""Whoever holds a patient's link needs their date of birth alone to speak for them: on the trail stands where each link
went.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pht_clinic.audit.record import entry
from pht_clinic.people.actors import Actor
from pht_clinic.rows import store

SHOWN: Final = "patient-link-shown"
"""On a screen, from which it may be read, scanned or printed."""
PRINTED: Final = "patient-link-printed"
"""In a file that is made to be printed."""
SENT: Final = "patient-link-sent"
"""Handed over to what carries messages; it may have arrived."""


def note_links(verb: str, links: Iterable[tuple[int, int]], *, by: Actor, now: datetime) -> None:
    """An entry for each of these links, in one round trip; a link is a visit's number and its patient's."""
    rows = [entry(verb, by=by, now=now, patients=[patient], subject=f"appointment:{visit}") for visit, patient in links]
    if rows:
        store(*rows)

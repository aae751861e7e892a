"""The calendar part of a mail (RFC 5545, 5546): one event that appears, moves and disappears in the patient's calendar.

Pure. Times are UTC. No clinical word, no alarm, nobody's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress


@dataclass(frozen=True, slots=True)
class Entry:
    """What one message tells the calendar. `says` is "confirmed", "tentative" or "cancelled".

    "published" is for a file that the patient fetches: an event without an attendee, which asks for no answer.
    `uid` is the same in every message about the appointment; `sequence` rises with its changes.
    """

    says: str
    uid: str
    sequence: int
    start: datetime
    end: datetime
    written_at: datetime
    clinic: str
    place: str
    organiser: str
    attendee: str

    @property
    def method(self) -> str:
        return {"cancelled": "CANCEL", "published": "PUBLISH"}.get(self.says, "REQUEST")


def calendar_text(entry: Entry) -> str:
    """The content of the part; its lines end in CRLF, as the standard wants."""
    calendar = Calendar()
    calendar.add("prodid", "-//PHT Clinic//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    calendar.add_component(_event(entry))
    text: str = calendar.to_ical().decode("utf-8")
    return text


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("dtstart", entry.start.astimezone(UTC))
    event.add("dtend", entry.end.astimezone(UTC))
    event.add("summary", f"Appointment – {entry.clinic}")
    event.add("location", entry.place)
    event.add("status", "CONFIRMED" if entry.says == "published" else entry.says.upper())
    event.add("transp", "OPAQUE")
    organiser = vCalAddress(f"mailto:{entry.organiser}")
    organiser.params["CN"] = entry.clinic
    event.add("organizer", organiser)
    if not entry.attendee:
        return event
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    attendee.params["RSVP"] = "FALSE"
    attendee.params["PARTSTAT"] = "NEEDS-ACTION"
    event.add("attendee", attendee)
    return event

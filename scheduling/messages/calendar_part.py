"""The calendar part of a mail (RFC 5545, 5546): one event that appears, moves and disappears in the patient's calendar.

Pure. Times are UTC. No clinical word, no alarm, nobody's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What one message tells the calendar. `says` is "confirmed", "tentative" or "cancelled".

    "published" is for a file that the patient fetches: an event without an attendee, which asks for no answer.
    `uid` is the same in every message about the appointment; `sequence` rises with its changes.
    `organiser` is the mailbox that somebody reads: what a calendar answers goes there. `sender` is the address that the
    mail comes from; where that is another, the organiser says so (RFC 5545, 3.2.18), for a calendar takes an event from
    nobody else. `called` is the word for an appointment in the language of its reader.
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
    sender: str
    attendee: str
    called: str = "Appointment"

    @property
    def method(self) -> str:
        return {"cancelled": "CANCEL", "published": "PUBLISH"}.get(self.says, "REQUEST")


def calendar_text(entry: CalendarEntry) -> str:
    """The content of the part; its lines end in CRLF and are folded, as the standard wants."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//PHT Clinic//Appointments//EN")
    calendar.add("method", entry.method)
    calendar.add_component(_event(entry))
    return str(calendar.to_ical(), "utf-8")


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("summary", _one_line(f"{entry.called} – {entry.clinic}"))
    event.add("dtstart", entry.start.astimezone(UTC))
    event.add("dtend", entry.end.astimezone(UTC))
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("uid", _one_line(entry.uid))
    event.add("sequence", entry.sequence)
    event.add("location", _one_line(entry.place))
    event.add("status", "CONFIRMED" if entry.says == "published" else entry.says.upper())
    event.add("transp", "OPAQUE")
    by_another = {"SENT-BY": f"mailto:{entry.sender}"} if entry.sender.lower() != entry.organiser.lower() else {}
    event.add("organizer", _mailbox(entry.organiser, CN=entry.clinic, **by_another))
    if entry.attendee:
        event.add("attendee", _mailbox(entry.attendee, PARTSTAT="NEEDS-ACTION", RSVP="FALSE"))
    return event


def _mailbox(address: str, **parameters: str) -> vCalAddress:
    """An address with its parameters. A quotation mark in one would be escaped as few calendars know (RFC 6868)."""
    plain = {name: _one_line(value).replace('"', "'") for name, value in parameters.items()}
    return vCalAddress(f"mailto:{_one_line(address)}", params=plain)


def _one_line(text: str) -> str:
    """No line breaks and control characters: none of these values has more than one line."""
    return "".join(character if character.isprintable() else " " for character in text)

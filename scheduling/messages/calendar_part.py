"""The calendar part of a mail (RFC 5545, 5546): one event that appears, moves and disappears in the patient's calendar.

Pure. Times are UTC. No clinical word, no alarm, nobody's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST = 75
"""Octets of a line, without its end."""


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
    """The content of the part; its lines end in CRLF and are folded, as the standard wants."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//PHT Clinic//Appointments//EN",
        f"METHOD:{entry.method}",
        "BEGIN:VEVENT",
        f"SUMMARY:{_escaped(f'Appointment – {entry.clinic}')}",
        f"DTSTART:{_utc(entry.start)}",
        f"DTEND:{_utc(entry.end)}",
        f"DTSTAMP:{_utc(entry.written_at)}",
        f"UID:{_escaped(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"LOCATION:{_escaped(entry.place)}",
        f"STATUS:{'CONFIRMED' if entry.says == 'published' else entry.says.upper()}",
        "TRANSP:OPAQUE",
        f"ORGANIZER;CN={_quoted(entry.clinic)}:mailto:{_one_line(entry.organiser)}",
    ]
    if entry.attendee:
        lines.append(f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{_one_line(entry.attendee)}")
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VEVENT", "END:VCALENDAR"))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    return _one_line(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _quoted(text: str) -> str:
    """A parameter's value in quotation marks, which it may not hold itself (3.2)."""
    return '"{}"'.format(_one_line(text).replace('"', "'"))


def _one_line(text: str) -> str:
    """No control characters: nothing that is printed here can begin a line of its own."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def _folded(line: str) -> str:
    """Lines of at most 75 octets, each further one begun by a space (3.1); no character is torn apart."""
    octets = line.encode()
    if len(octets) <= _LONGEST:
        return line
    parts, start = [], 0
    while start < len(octets):
        end = start + _LONGEST - (start > 0)
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        parts.append(octets[start:end].decode())
        start = end
    return "\r\n ".join(parts)

"""One mail that the demo's mailbox keeps: read once, as its pages show it. No Django."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar

_STAMP = "%Y%m%dT%H%M%S%f"
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


def zone() -> ZoneInfo:
    """The clinic's, as its processes are told it."""
    return ZoneInfo(os.environ.get("CLINIC_TIME_ZONE", "").strip() or "Europe/London")


def name_for(arrived_at: datetime) -> str:
    """What a mail that arrives now is kept as: the real moment, so that names sort, and that of the clinic's clock."""
    ahead = Path(os.environ.get("CLOCK_OFFSET_FILE") or os.devnull)
    seconds = float((ahead.read_text().strip() if ahead.exists() else "") or 0)
    return f"{arrived_at:{_STAMP}}_{arrived_at + timedelta(seconds=seconds):{_STAMP}}"


def is_to_staff(address: str) -> bool:
    """Whether an address is one of the clinic's own, to which what the staff are told goes."""
    own = parseaddr(os.environ.get("DEFAULT_FROM_EMAIL") or "@clinic.example")[1]
    return address.rpartition("@")[2].lower() == own.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Event:
    """What a calendar part says: each line a label and its words."""

    lines: tuple[tuple[str, str], ...]


class KeptMail:
    """A file of the mailbox; nothing of it is escaped."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if not isinstance(message, EmailMessage):
            raise TypeError("the default policy makes EmailMessage")
        self.message = message

    def header(self, name: str) -> str:
        return str(self.message[name] or "(none)")

    @property
    def to(self) -> str:
        """The address alone."""
        return parseaddr(str(self.message["To"] or ""))[1]

    @property
    def received_at(self) -> datetime:
        """When it arrived, on the clinic's clock and in its zone; of a name without that, when it really did."""
        stamp = self.name.rpartition("_")[2]
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).astimezone(zone())

    @cached_property
    def text(self) -> str:
        return self._body("plain")

    @cached_property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))  # plain or html
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""

    @property
    def framed(self) -> str:
        """The HTML for a frame: its links open beside it, for the clinic's pages stand in no frame."""
        return re.sub(r"<head>", '<head><base target="_blank">', self.html, count=1)

    @property
    def policy(self) -> str:
        """What this HTML may do in its frame: show the very styles that stand in it, and nothing else."""
        digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(self.html))
        allowed = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests) or "'none'"
        return (
            f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
            "sandbox allow-popups allow-popups-to-escape-sandbox"
        )

    @property
    def events(self) -> list[Event]:
        """Of its calendar parts; one that cannot be read says so."""
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        return [event for part in parts for event in _events_of(str(part.get_content()))]

    @property
    def attached(self) -> list[str]:
        """What goes with it beside its text, its HTML and its calendar part."""
        shown = {"text/plain", "text/html", "text/calendar"}
        parts = [part for part in self.message.walk() if not part.is_multipart()]
        others = [part for part in parts if part.get_content_type() not in shown]
        return [f"{part.get_content_type()} {part.get_filename() or ''}".strip() for part in others]

    def holds(self, words: str) -> bool:
        """Whether every one of the words stands in its subject, its address or its text."""
        where = f"{self.header('Subject')} {self.to} {self.text}".lower()
        return all(word in where for word in words.lower().split())


def _events_of(text: str) -> list[Event]:
    try:
        calendar = Calendar.from_ical(text)
    except ValueError:
        return [Event((("Calendar part", "cannot be read"),))]
    method = str(calendar.get("method", "none"))
    return [_event(found, method) for found in calendar.walk("VEVENT")]


def _event(found: Mapping[str, object], method: str) -> Event:
    said = [
        ("Summary", str(found.get("summary", ""))),
        ("What it does", f"{method}, {found.get('status', 'no status')}"),
    ]
    for label, name in (("Starts", "dtstart"), ("Ends", "dtend")):
        at = getattr(found.get(name), "dt", None)
        if isinstance(at, datetime):
            there = f"{at.astimezone(zone()):%A %-d %B %Y at %H:%M %Z}, in the clinic"
            said.append((label, f"{there}; {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"))
    said += [("Where", str(found.get("location", ""))), ("Change", f"number {found.get('sequence', '0')}")]
    return Event(tuple(said))

"""The demo's mailbox: takes every mail, keeps it as a file, and shows it on pages of its own.

    python -m pht_clinic.demo.inbox SMTP_PORT PAGE_PORT FOLDER

Nothing is ever passed on. Both ports listen on the loopback address only, and the pages only read.
"""

import html
import os
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlencode, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pht_clinic.demo.folders import OWNERS_ALONE
from pht_clinic.demo.kept_mail import Event, KeptMail, is_to_staff, name_for

PAGES = Path(__file__).with_name("inbox_pages")
LINK = re.compile(r"https?://[^\s&<>\"']+")
POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HOSTS = ("localhost", "127.0.0.1")
_CALENDAR = ("its calendar part",)
PATIENTS, STAFF = "patients", "staff"
"""Whose mails a list may be of, beside those of one address."""


class Keeper:
    """Writes each mail that arrives to a file, named by the moment of its arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        """Keep one mail."""
        name = name_for(datetime.now(UTC))
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        unfinished = self.folder / f"{name}.unfinished"
        unfinished.write_bytes(content)
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 Kept"


class Pages(BaseHTTPRequestHandler):
    """The list of mails at /, one mail at /NAME, its HTML alone at /NAME.html; everything else is 404."""

    folder: Path

    def do_GET(self) -> None:
        """Answer one request. One for another host is of a page elsewhere, whose name leads to this machine."""
        if self.headers.get("Host", "").rpartition(":")[0] not in HOSTS:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        address = urlsplit(self.path)
        name, _, kind = address.path.lstrip("/").partition(".")
        file = self.folder / f"{name}.eml"
        if (name, kind) == ("inbox", "css"):
            self._answer("text/css", (PAGES / "inbox.css").read_text())
        elif not name and not kind:
            self._answer("text/html", listing(self.folder, **_asked(address.query)))
        elif not re.fullmatch(r"\w+", name) or kind not in ("", "html") or not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
        elif kind == "html":
            mail = KeptMail(file)
            self._answer("text/html", mail.framed, policy=mail.policy)
        else:
            self._answer("text/html", page_of(file))

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: what patients are written is no matter for a log."""

    def _answer(self, kind: str, text: str, *, policy: str = POLICY) -> None:
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _asked(query: str) -> dict[str, str]:
    asked = parse_qs(query)
    return {name: asked.get(name, [""])[0].strip() for name in ("to", "text")}


def listing(folder: Path, *, to: str = "", text: str = "") -> str:
    """The page of the mails, newest first: all, or those to patients, staff or one address, that hold the words."""
    every = [KeptMail(file) for file in sorted(folder.glob("*.eml"), reverse=True)]
    found = [mail for mail in every if _is_for(mail, to) and mail.holds(text)]
    rows = "".join(_fill("row.html", _in_a_row(mail)) for mail in found)
    none = "No emails yet: they come a few seconds after a booking." if not every else "No email matches."
    return _fill(
        "list.html",
        {
            "count": f"{len(found)} of {len(every)}" if len(found) < len(every) else str(len(every)),
            "rows": rows,
            "none": "" if found else _fill("none.html", {"words": none}),
            "text": html.escape(text),
            "home": _home(),
            "choices": _choices(every, to),
        },
    )


def _is_for(mail: KeptMail, to: str) -> bool:
    if to in (PATIENTS, STAFF):
        return is_to_staff(mail.to) == (to == STAFF)
    return not to or mail.to == to


def _choices(mails: Iterable[KeptMail], to: str) -> str:
    """Whose mails can be chosen: everybody, patients, staff, and each address that got one."""
    named = {"": "Everybody", PATIENTS: "Patients", STAFF: "Staff: what waits, and alarms"}
    named |= {address: address for address in sorted({mail.to for mail in mails})}
    return "".join(
        _fill(
            "choice.html",
            {"value": html.escape(value), "words": html.escape(words), "selected": " selected" if value == to else ""},
        )
        for value, words in named.items()
    )


def _in_a_row(mail: KeptMail) -> dict[str, str]:
    return {**_head(mail), "name": mail.name, "whose": "Staff" if is_to_staff(mail.to) else "Patient"}


def page_of(file: Path) -> str:
    """The page of one mail: as a phone shows it, as text, its calendar part, and the names of what is attached."""
    mail = KeptMail(file)
    text = LINK.sub(lambda match: _fill("link.html", {"url": match.group()}), html.escape(mail.text))
    shown = {
        "name": mail.name,
        "text": text,
        "frame": _fill("frame.html", {"name": mail.name}) if mail.html else _fill("none.html", {"words": "No HTML."}),
        "calendar": "".join(map(_event, mail.events)) or _fill("none.html", {"words": "No calendar part."}),
        "attached": html.escape(", ".join([*mail.attached, *_CALENDAR[: len(mail.events)]]) or "nothing"),
    }
    theirs = html.escape(urlencode({"to": mail.to}))
    return _fill("mail.html", {**shown, **_head(mail), "theirs": theirs, "home": _home()})


def _home() -> str:
    """The address of the demo's page, escaped."""
    return html.escape(f"{os.environ.get('PUBLIC_BASE_URL', '').rstrip('/')}/demo/")


def _event(event: Event) -> str:
    rows = (
        _fill("line.html", {"label": html.escape(label), "words": html.escape(words)}) for label, words in event.lines
    )
    return _fill("event.html", {"lines": "".join(rows)})


def _head(mail: KeptMail) -> dict[str, str]:
    """What the pages show of a mail's head, escaped."""
    said = {
        "subject": mail.header("Subject"),
        "to": mail.to or mail.header("To"),
        "sender": mail.header("From"),
        "received": f"{mail.received_at:%A %-d %B %Y at %H:%M}",
    }
    return {name: html.escape(text) for name, text in said.items()}


def _fill(page: str, escaped: Mapping[str, str]) -> str:
    """One of the pages with its blanks filled in; the values are escaped already."""
    return Template((PAGES / page).read_text()).substitute(escaped)


def main(smtp_port: int, page_port: int, folder: Path) -> None:
    """Serve until the process is ended."""
    os.umask(OWNERS_ALONE)
    folder.mkdir(parents=True, exist_ok=True)
    # with a name of its own it does not ask a resolver for one at every connection
    Controller(
        Keeper(folder), hostname="127.0.0.1", port=smtp_port, ready_timeout=20, server_hostname="localhost"
    ).start()
    handler = type("DemoPages", (Pages,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", page_port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

"""The demo's mailbox: takes every mail, keeps it as a file, and shows it on a page of its own.

    python -m pht_clinic.demo.inbox SMTP_PORT PAGE_PORT FOLDER

Nothing is ever passed on. Both ports listen on the loopback address only, and the page only reads.
"""

import email
import email.policy
import html
import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PAGES = Path(__file__).with_name("inbox_pages")
LINK = re.compile(r"https?://[^\s&<>\"']+")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Keeper:
    """Writes each mail that arrives to a file, named by the moment of its arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        """Keep one mail."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        unfinished = self.folder / f"{stamp}.unfinished"
        unfinished.write_bytes(content)
        unfinished.rename(self.folder / f"{stamp}.eml")
        return "250 Kept"


class Pages(BaseHTTPRequestHandler):
    """The list of mails at /, one mail at /NAME; everything else is 404."""

    folder: Path

    def do_GET(self) -> None:
        """Answer one request."""
        name = self.path.lstrip("/")
        if name == "":
            self._answer("text/html", listing(self.folder))
        elif name == "inbox.css":
            self._answer("text/css", (PAGES / name).read_text())
        elif re.fullmatch(r"\w+", name) and (self.folder / f"{name}.eml").is_file():
            self._answer("text/html", page_of(self.folder / f"{name}.eml"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: what patients are written is no matter for a log."""

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def listing(folder: Path) -> str:
    """The page of all mails, newest first."""
    files = sorted(folder.glob("*.eml"), reverse=True)
    rows = "".join(_fill("row.html", {"name": file.stem, **_headers(_read(file))}) for file in files)
    return _fill("list.html", {"count": str(len(files)), "rows": rows})


def page_of(file: Path) -> str:
    """The page of one mail: its headers, its text, and the names of what is attached."""
    message = _read(file)
    body = message.get_body(preferencelist=("plain",))
    text = html.escape(str(body.get_content())) if body is not None else ""
    text = LINK.sub(lambda match: _fill("link.html", {"url": match.group()}), text)
    parts = [part for part in message.walk() if not part.is_multipart() and part is not body]
    attached = ", ".join(f"{part.get_content_type()} {part.get_filename() or ''}".strip() for part in parts)
    attached = html.escape(attached or "none")
    return _fill("mail.html", {"text": text, "attached": attached, **_headers(message)})


def _read(file: Path) -> EmailMessage:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    return message


def _headers(message: EmailMessage) -> dict[str, str]:
    """What the pages show of a mail's headers, escaped."""
    shown = {"subject": "Subject", "to": "To", "sender": "From", "date": "Date"}
    return {name: html.escape(str(message[header] or "(none)")) for name, header in shown.items()}


def _fill(page: str, escaped: Mapping[str, str]) -> str:
    """One of the pages with its blanks filled in; the values are escaped already."""
    return Template((PAGES / page).read_text()).substitute(escaped)


def main(smtp_port: int, page_port: int, folder: Path) -> None:
    """Serve until the process is ended."""
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

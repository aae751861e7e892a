"""Handing one mail over to the mail server. The only file that imports `django.core.mail`.

A kept connection, a deadline for the whole of each message however slowly the server drips, and a word to the caller
just before DATA: from there on nobody but the server knows whether the mail has left.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate, parseaddr
from functools import lru_cache
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

from scheduling.messages import envelope
from scheduling.messages.render import Letter

CONNECT_SECONDS = 4
_OK, _GO_ON, _SERVICE_CLOSING = 250, 354, 421
_TAKEN = (_OK, 251)
_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)


class Refused(Exception):
    """The server answered no; nothing has left. `is_permanent`: it will never take this one."""

    def __init__(self, code: int, text: str) -> None:
        self.is_permanent = code in _PERMANENT
        super().__init__(f"The mail server refused it: {code} {text}")


class Unreachable(Exception):
    """There is no talking to the server now; nothing has left."""


class Unanswered(Exception):
    """The content was handed over and no answer came: it may or may not have left."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter in the form in which it travels."""

    sender: str
    recipient: str
    content: bytes


def compose(letter: Letter) -> Mail:
    """Put a letter into its envelope. Raises: ValueError for an address or a header that cannot be one."""
    parts = [("text/plain", letter.text), ("text/html", letter.html)]
    if letter.calendar:
        event, method = letter.calendar
        parts.append((f'text/calendar; method="{method}"', event))
    headers = (
        ("Subject", letter.subject),
        ("From", _address(settings.DEFAULT_FROM_EMAIL)),
        ("To", recipient := _recipient(letter.recipient)),
        ("Reply-To", _address(settings.DEFAULT_REPLY_TO)),
        ("Date", formatdate()),
        ("Message-ID", letter.message_id),
        ("Auto-Submitted", "auto-generated"),
    )
    # its own id is as unlikely in its parts as a number drawn for it, which would first be looked for in all of them
    boundary = f"=={letter.message_id.strip('<>').partition('@')[0]}=="
    return Mail(
        sender=_bare(settings.DEFAULT_FROM_EMAIL),
        recipient=recipient,
        content=envelope.alternatives(headers, parts, boundary=boundary),
    )


def _recipient(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValueError("the recipient's address is not valid") from error
    return address if address.isascii() else sanitize_address(address, settings.DEFAULT_CHARSET)


@lru_cache(maxsize=8)
def _address(setting: str) -> str:
    """One of the clinic's own addresses, with or without a name, as it stands in a header."""
    return sanitize_address(setting, settings.DEFAULT_CHARSET)


@lru_cache(maxsize=8)
def _bare(setting: str) -> str:
    return parseaddr(setting)[1]


class Post:
    """A connection kept over the messages of one round; opened when the first one wants to go."""

    def __init__(self) -> None:
        self._deadline = _Deadline(settings.OUTBOX_MESSAGE_SECONDS)
        self._backend = _Backend(self._deadline)

    def __enter__(self) -> Post:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._deadline.running():
            self._backend.leave()
        self._deadline.end()

    def send(self, mail: Mail, *, before_content: Callable[[], None]) -> None:
        """Hand one mail over. `before_content` is called between RCPT and DATA and may stop it by raising.

        Raises: Refused, Unreachable, Unanswered, and what `before_content` raises. The connection is dropped then.
        """
        handed_over = False

        def note() -> None:
            nonlocal handed_over
            before_content()
            handed_over = True

        try:
            with self._deadline.running():
                self._converse(mail, note)
        except smtplib.SMTPRecipientsRefused as error:
            raise _answer(*next(iter(error.recipients.values())), handed_over=handed_over) from None
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code, error.smtp_error, handed_over=handed_over) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _silence(error, handed_over=handed_over) from None

    def _converse(self, mail: Mail, note: Callable[[], None]) -> None:
        """One transaction. A kept connection that was closed meanwhile is opened afresh, once."""
        while True:
            was_kept = False
            try:
                was_kept = self._backend.connect()
                self._backend.deliver(mail, note)
                return
            except BaseException as error:
                self._backend.drop()
                if not (was_kept and isinstance(error, _GoneAtMail)):
                    raise


class _GoneAtMail(smtplib.SMTPServerDisconnected):
    """The server hung up when the sender was named: nothing of this mail has been said."""


def _answer(code: int, text: bytes | str, *, handed_over: bool) -> Exception:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if code == _SERVICE_CLOSING and not handed_over:
        return Unreachable(f"The mail server is closing: {code} {words}")
    if code in _TEMPORARY or code in _PERMANENT:
        return Refused(code, words)
    return _silence(ValueError(f"answer {code}"), handed_over=handed_over)


def _silence(error: Exception, *, handed_over: bool) -> Exception:
    if handed_over:
        return Unanswered("The connection broke after the message was handed over.")
    why = next((words for kind, words in _WHY if isinstance(error, kind)), "it did not answer as expected")
    return Unreachable(f"The mail server could not be reached: {why}.")


_WHY: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLError, "no secure connection"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "connection refused"),
    (smtplib.SMTPServerDisconnected, "the connection broke"),
    (OSError, "no connection"),
)


class _Deadline:
    """Cuts the connection when a message takes longer than its seconds, whatever the server is doing.

    One thread watches over a whole round. It sleeps until the running message could be late at the earliest, so
    messages that are on time cost it nothing.
    """

    _LATE_SECONDS = 0.1

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._line: socket.socket | None = None
        self._until: float | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._watcher: threading.Thread | None = None

    def watch(self, line: socket.socket) -> None:
        """A second handle on the same connection: it stays valid when TLS takes the first one over."""
        self.forget()
        self._line = line.dup()

    def forget(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._stand_by, daemon=True)
            self._watcher.start()
        self._until = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self._lock:
                self._until = None

    def end(self) -> None:
        """The round is over."""
        self._ended.set()

    def _stand_by(self) -> None:
        pause = self.seconds
        while not self._ended.wait(pause):
            with self._lock:
                left = self.seconds if self._until is None else self._until - time.monotonic()
                if left <= 0:
                    self._cut()
            pause = left if left > 0 else self._LATE_SECONDS

    def _cut(self) -> None:
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Conversation(smtplib.SMTP):
    """SMTP that says when it is about to hand the content over, and lets its connection be watched."""

    deadline: _Deadline

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, min(timeout, CONNECT_SECONDS))  # type: ignore[misc]
        line.settimeout(timeout)
        self.deadline.watch(line)
        return line

    def hand_over(self, mail: Mail, before_content: Callable[[], None]) -> None:
        """One mail: MAIL, RCPT, DATA and its content. What the server says to them raises as in `sendmail`."""
        self.ehlo_or_helo_if_needed()
        code, text = self._name_sender(mail)
        if code != _OK:
            raise smtplib.SMTPSenderRefused(code, text, mail.sender)
        code, text = self.docmd(f"RCPT TO:<{mail.recipient}>")
        if code not in _TAKEN:
            raise smtplib.SMTPRecipientsRefused({mail.recipient: (code, text)})
        before_content()
        code, text = self.docmd("DATA")
        if (
            code != _GO_ON
        ):  # nor is 250 a yes here: it belongs to something else, and nothing has been said yet
            raise smtplib.SMTPDataError(code, text)
        self.send(_dotted(mail.content))
        code, text = self.getreply()
        if code != _OK:
            raise smtplib.SMTPDataError(code, text)

    def _name_sender(self, mail: Mail) -> tuple[int, bytes]:
        options = f" SIZE={len(mail.content)}" if self.has_extn("size") else ""
        if self.has_extn("8bitmime") and not mail.content.isascii():
            options += " BODY=8BITMIME"
        try:
            code, text = self.docmd(f"MAIL FROM:<{mail.sender}>{options}")
        except smtplib.SMTPServerDisconnected as error:
            raise _GoneAtMail(str(error)) from error
        if code == _SERVICE_CLOSING:
            raise _GoneAtMail("421")
        return code, text


def _dotted(content: bytes) -> bytes:
    """The content as DATA wants it (RFC 5321, 4.5.2); its lines end in CRLF, the last one too."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    return (b"." + dotted if dotted.startswith(b".") else dotted) + b".\r\n"


class _EncryptedConversation(smtplib.SMTP_SSL, _Conversation):
    """The same inside TLS from the first byte; the plain connection below is what is watched."""


class _Backend(EmailBackend):
    """Django's way of opening a connection from the EMAIL_ settings, and nothing more of it."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__(timeout=min(settings.EMAIL_TIMEOUT, deadline.seconds))
        self._deadline = deadline

    @property
    def connection_class(self) -> Any:
        base = _EncryptedConversation if self.use_ssl else _Conversation
        # it connects while it is made, so it must know its deadline before
        return type(base.__name__, (base,), {"deadline": self._deadline})

    def connect(self) -> bool:
        """Whether the connection was there already."""
        return not self.open()

    def deliver(self, mail: Mail, note: Callable[[], None]) -> None:
        if not isinstance(self.connection, _Conversation):
            raise smtplib.SMTPServerDisconnected("there is no connection")
        self.connection.hand_over(mail, note)

    def drop(self) -> None:
        """Hang up without a word: after an error nobody knows what the server would make of one."""
        half_open: smtplib.SMTP | None = getattr(self, "_partial_connection", None)
        for connection in (self.connection, half_open):
            if connection is not None:
                connection.close()
        self.connection = self._partial_connection = None
        self._deadline.forget()

    def leave(self) -> None:
        """Say goodbye, if there is somebody to say it to."""
        if self.connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.connection.quit()
        self.drop()

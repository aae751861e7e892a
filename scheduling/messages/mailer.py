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
from email.utils import parseaddr
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

from scheduling.messages.render import Letter

CONNECT_SECONDS = 4
_SERVICE_CLOSING = 421
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
    try:
        validate_email(letter.recipient)
    except ValidationError as error:
        raise ValueError("the recipient's address is not valid") from error
    email = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        settings.DEFAULT_FROM_EMAIL,
        [letter.recipient],
        reply_to=[settings.DEFAULT_REPLY_TO],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    email.attach_alternative(letter.html, "text/html")
    if letter.calendar:
        event, method = letter.calendar
        # exactly this type: Django adds the charset itself
        email.attach_alternative(event, f"text/calendar; method={method}")
    content = email.message()
    # its own id is as unlikely in its parts as a number drawn for it, which would first be looked for in all of them
    content.set_boundary(f"=={letter.message_id.strip('<>').partition('@')[0]}==")
    return Mail(
        sender=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        recipient=sanitize_address(letter.recipient, settings.DEFAULT_CHARSET),
        content=content.as_bytes(linesep="\r\n"),  # type: ignore[call-arg]  # Django's own
    )


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

    before_data: Callable[[], None] | None = None
    deadline: _Deadline

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, min(timeout, CONNECT_SECONDS))  # type: ignore[misc]
        line.settimeout(timeout)
        self.deadline.watch(line)
        return line

    def mail(self, sender: str, options: Any = ()) -> tuple[int, bytes]:
        try:
            code, text = super().mail(sender, options)
        except smtplib.SMTPServerDisconnected as error:
            raise _GoneAtMail(str(error)) from error
        if code == _SERVICE_CLOSING:
            self.close()
            raise _GoneAtMail("421")
        return code, text

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.before_data is not None:
            self.before_data()
        return super().data(msg)


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
        self.connection.before_data = note
        self.connection.sendmail(mail.sender, [mail.recipient], mail.content)

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

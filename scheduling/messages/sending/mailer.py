"""Handing one mail over to the mail server. The only file that imports `django.core.mail`.

A kept connection, a deadline for the whole of each message however slowly the server drips, and a word to the caller
just before DATA: from there on nobody but the server knows whether the mail has left.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.charset import QP, Charset
from email.utils import parseaddr
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

from scheduling.messages.kinds import Enclosure
from scheduling.messages.render import Letter
from scheduling.messages.sending.deadline import Deadline

CONNECT_SECONDS = 4
_SERVICE_CLOSING = 421
_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EVENT = "appointment.ics"
_SEVEN_BITS = Charset("utf-8")
_SEVEN_BITS.body_encoding = QP  # which every server can take, with or without 8BITMIME


class Refused(Exception):
    """The server answered no; nothing has left. `is_permanent`: it will never take this one."""

    def __init__(self, code: int, text: str) -> None:
        self.is_permanent = code in _PERMANENT
        super().__init__(f"{self.who} refused it: {code} {text}")

    who = "The mail server"


class Unreachable(Exception):
    """There is no talking to the server now; nothing has left."""


class Unanswered(Exception):
    """The content was handed over and no answer came: it may or may not have left."""


Send = Callable[[Callable[[], None]], str]
"""Hands one written mail over; called with what is called just before its content leaves. Returns what the other side
calls it, "" where it says nothing. Raises: as `Post.send`.
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter in the form in which it travels."""

    sender: str
    recipient: str
    content: bytes


def compose(letter: Letter) -> Mail:
    """Put a letter into its envelope. Raises: ValueError (for an address or a header that cannot be one)."""
    mail = written(letter)
    mail.encoding = _SEVEN_BITS
    made = mail.message()
    return Mail(
        sender=parseaddr(made["From"])[1],
        recipient=parseaddr(made["To"])[1],
        content=made.as_bytes(linesep="\r\n"),  # type: ignore[call-arg] # Django's own parameter
    )


def written(letter: Letter, *, event_as_file: bool = False) -> EmailMultiAlternatives:
    """A letter as Django's message. `event_as_file`: the calendar part is attached, for who takes no third text.

    Raises: ValueError (as `compose`).
    """
    _check(letter)
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        settings.DEFAULT_FROM_EMAIL,
        [letter.recipient],
        reply_to=[settings.DEFAULT_REPLY_TO],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated", **_opting_out(letter)},
    )
    mail.attach_alternative(letter.html, "text/html")
    as_files = event_as_file or len(letter.calendars) > 1  # of several texts a mail program shows one
    for event, method in letter.calendars:
        if as_files:
            mail.attach(_EVENT, event.encode(), f"text/calendar; charset=utf-8; method={method}")
        else:
            mail.attach_alternative(event, f"text/calendar; method={method}")  # Django adds the charset
    if letter.enclosure:
        mail.attach(*_named(letter.enclosure))
    return mail


def _opting_out(letter: Letter) -> dict[str, str]:
    """How a mail program ends such mails by one click. Source: RFC 8058, 3.1."""
    if not letter.opt_out:
        return {}
    return {"List-Unsubscribe": f"<{letter.opt_out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _named(enclosure: Enclosure) -> tuple[str, bytes, str]:
    return enclosure.name, enclosure.content, enclosure.content_type


def _check(letter: Letter) -> None:
    """Django looks for line breaks in every header; this for whatever else no header may hold. Raises: ValueError."""
    if _CONTROL.search(letter.subject):
        raise ValueError("the subject holds a line break or another control character")
    try:
        validate_email(letter.recipient)
    except ValidationError as error:
        raise ValueError("the recipient's address is not valid") from error
    for own in (settings.DEFAULT_FROM_EMAIL, settings.DEFAULT_REPLY_TO):
        sanitize_address(own, settings.DEFAULT_CHARSET)  # raises where it is not one address


class Post:
    """A connection kept over the messages of one round; opened when the first one wants to go."""

    def __init__(self) -> None:
        self._deadline = Deadline(settings.OUTBOX_MESSAGE_SECONDS)
        self._backend = _Backend(self._deadline)

    def __enter__(self) -> Post:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._deadline.running():
            self._backend.leave()
        self._deadline.end()

    def ready(self, letter: Letter) -> Send:
        """Write a letter, to be handed over. Raises: ValueError (as `compose`)."""
        mail = compose(letter)

        def hand_over(before_content: Callable[[], None]) -> str:
            self.send(mail, before_content=before_content)
            return ""

        return hand_over

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


class _Conversation(smtplib.SMTP):
    """SMTP that says when it is about to hand the content over, and lets its connection be watched."""

    deadline: Deadline
    before_content: Callable[[], None]

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        seconds = min(timeout, CONNECT_SECONDS)
        line: socket.socket = super()._get_socket(host, port, seconds)  # type: ignore[misc]  # not in the stub
        line.settimeout(timeout)
        self.deadline.watch(line)
        return line

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """Name the sender; a server that hangs up at this is told apart."""
        try:
            code, text = super().mail(sender, options)
        except smtplib.SMTPServerDisconnected as error:
            raise _GoneAtMail(str(error)) from error
        if code == _SERVICE_CLOSING:
            raise _GoneAtMail("421")
        return code, text

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand the content over, and say so just before."""
        self.before_content()
        return super().data(msg)


class _EncryptedConversation(smtplib.SMTP_SSL, _Conversation):
    """The same inside TLS from the first byte; the plain connection below is what is watched."""


class _Backend(EmailBackend):
    """Django's way of opening a connection from the EMAIL_ settings, and nothing more of it."""

    def __init__(self, deadline: Deadline) -> None:
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
        self.connection.before_content = note
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

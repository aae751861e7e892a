"""A real SMTP server for tests: it keeps what it gets, and answers what it is told to."""

import asyncio
import email
import email.policy
import time
from collections import defaultdict
from dataclasses import dataclass
from email.message import EmailMessage
from types import SimpleNamespace

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Answer:
    """What the server says instead of yes: after `delay_seconds`, or hangs up without a word (`drop`)."""

    text: str = "250 OK"
    delay_seconds: float = 0.0
    drop: bool = False


@dataclass(frozen=True)
class Received:
    """One mail that the server took, and from whom to whom it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        if not isinstance(parsed, EmailMessage):
            raise TypeError("the default policy makes EmailMessage")
        return parsed


class SmtpServer:
    """Listens on 127.0.0.1 from `start` to `stop`; while stopped, connections are refused."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[Received] = []
        self._answers: dict[str, list[Answer]] = defaultdict(list)
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """The value of EMAIL_URL that leads here."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """Everything received, in the order of arrival."""
        return [mail.message for mail in self.received]

    def start(self) -> "SmtpServer":
        """Begin to listen."""
        # with a name of its own it asks no resolver for one, at every connection and in the one thread that serves all
        self._controller = Controller(
            self._hooks(), hostname="127.0.0.1", port=self.port, ready_timeout=10, server_hostname="localhost"
        )
        self._controller.start()
        return self

    def _hooks(self) -> SimpleNamespace:
        """What aiosmtpd calls, and no more: it looks at every attribute of its handler at every connection, and
        `messages` parses all mails there are.
        """
        names = [name for name in dir(type(self)) if name.startswith("handle_")]
        return SimpleNamespace(**{name: getattr(self, name) for name in names})

    def stop(self) -> None:
        """Stop listening; what was received stays."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def answer(self, phase: str, answer: Answer | str, *, times: int = 1) -> None:
        """Give this answer the next `times` times in a phase: MAIL, RCPT or DATA (after the whole mail).

        A mail whose DATA is answered with 250, or with a dropped connection, counts as received.
        """
        wanted = Answer(answer) if isinstance(answer, str) else answer
        self._answers[phase].extend([wanted] * times)

    def wait_for(self, count: int, *, seconds: float = 30.0) -> list[EmailMessage]:
        """Wait until so many mails arrived.

        Raises: AssertionError with what did arrive, when it takes longer.
        """
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > deadline:
                subjects = [message["Subject"] for message in self.messages]
                raise AssertionError(f"{len(subjects)} of {count} mails after {seconds:.0f} s: {subjects}")
            time.sleep(0.05)
        return self.messages

    def clear(self) -> None:
        """Forget mails and planned answers."""
        self.received.clear()
        self._answers.clear()

    # aiosmtpd calls these by name.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        """The sender is named."""
        text = await self._say("MAIL", server)
        if text.startswith("2"):
            envelope.mail_from = address
        return text

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """A recipient is named."""
        text = await self._say("RCPT", server)
        if text.startswith("2"):
            envelope.rcpt_tos.append(address)
        return text

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The whole mail is here."""
        planned = self._answers["DATA"][0] if self._answers["DATA"] else Answer()
        if planned.drop or planned.text.startswith("2"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return await self._say("DATA", server)

    async def _say(self, phase: str, server: SMTP) -> str:
        planned = self._answers[phase].pop(0) if self._answers[phase] else Answer()
        if planned.delay_seconds:
            await asyncio.sleep(planned.delay_seconds)
        if planned.drop and server.transport is not None:
            server.transport.close()
        return planned.text

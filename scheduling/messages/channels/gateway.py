"""Handing one text message over to the clinic's gateway: a JSON API over HTTP.

POST to SMS_GATEWAY_URL with the key as a bearer token and `phone_number`, `text`, `sender`, `reference`. The reference
is the row's own and the same at every try, so that a gateway that knows it sends nothing twice. Any 2xx is a yes.

The rest is as with mail (`mailer.py`): a deadline for the whole of each message however slowly the other side drips,
and a word to the caller just before the request is written: from there on nobody but the gateway knows whether it left.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import httpx
from django.conf import settings

from scheduling.messages.render import Letter
from scheduling.messages.sending.deadline import Deadline
from scheduling.messages.sending.mailer import CONNECT_SECONDS, Refused, Unanswered, Unreachable

_LATER: Final = frozenset({408, 425, 429})
"""No for now: too many requests, or too slow ones. So is every 5xx but those of a gateway in between."""
_NOBODY_KNOWS: Final = frozenset({502, 504})
"""The answer of somebody in between, who did not hear what became of it."""
_LONGEST_ANSWER: Final = 10_000


class TextRefused(Refused):
    """The gateway answered no; nothing has left. `is_permanent`: it will never take this one."""

    def __init__(self, code: int, text: str) -> None:
        Exception.__init__(self, f"The gateway for text messages refused it: {code} {text}".strip())
        self.is_permanent = code < 500 and code not in _LATER


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text in the form in which it travels; `recipient` is a number as `+447700900123`."""

    recipient: str
    text: str
    reference: str


def compose(letter: Letter) -> TextMessage:
    """What is handed over of a letter that was written as a text message."""
    return TextMessage(letter.recipient, letter.text, letter.message_id.strip("<>").partition("@")[0])


class Gateway:
    """The way to the gateway for one round. Each message has a connection of its own: of one that was kept nobody could
    say whether the other side still reads.
    """

    def __init__(self) -> None:
        self._deadline = Deadline(settings.OUTBOX_MESSAGE_SECONDS)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadline.forget()
        self._deadline.end()

    def send(self, message: TextMessage, *, before_content: Callable[[], None]) -> None:
        """Hand one message over. `before_content` is called when the connection stands, before anything is written, and
        may stop it by raising.

        Raises: Refused, Unreachable, Unanswered, and what `before_content` raises.
        """
        handed_over = False

        def follow(event: str, info: dict[str, Any]) -> None:
            nonlocal handed_over
            if event == "connection.connect_tcp.complete":
                self._deadline.watch(info["return_value"].get_extra_info("socket"))
            elif event == "http11.send_request_headers.started":
                before_content()
                handed_over = True

        try:
            with self._deadline.running(), self._client() as client:
                code, said = _ask(client, message, follow)
        except httpx.HTTPError as error:
            if handed_over:
                raise Unanswered("The connection to the gateway broke after the message was handed over.") from None
            raise Unreachable(f"The gateway for text messages could not be reached: {_why(error)}.") from None
        finally:
            self._deadline.forget()
        if code in _NOBODY_KNOWS:
            raise Unanswered(f"The gateway for text messages did not say what became of it: {code}.")
        if not 200 <= code < 300:
            raise TextRefused(code, said)

    def _client(self) -> httpx.Client:
        seconds = min(settings.EMAIL_TIMEOUT, self._deadline.seconds)
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        return httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False)


def _ask(client: httpx.Client, message: TextMessage, follow: Callable[[str, dict[str, Any]], None]) -> tuple[int, str]:
    """The status of the answer, and of a no its words."""
    body = {
        "phone_number": message.recipient,
        "text": message.text,
        "sender": settings.SMS_SENDER,
        "reference": message.reference,
    }
    headers = {"Authorization": f"Bearer {settings.SMS_GATEWAY_KEY}", "Idempotency-Key": message.reference}
    with client.stream(
        "POST", settings.SMS_GATEWAY_URL, json=body, headers=headers, extensions={"trace": follow}
    ) as answer:
        return answer.status_code, "" if answer.is_success else _words_of(answer)


def _words_of(answer: httpx.Response) -> str:
    """What a no says: the `message` of its first error, "" where it says nothing that can be read."""
    read = b""
    with suppress(httpx.HTTPError):  # the status is the answer, whatever becomes of its words
        for part in answer.iter_bytes():
            read += part
            if len(read) > _LONGEST_ANSWER:
                break
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        said = json.loads(read)
        return " ".join(str(said["errors"][0]["message"]).split())
    return ""


def _why(error: httpx.HTTPError) -> str:
    return "no answer in time" if isinstance(error, httpx.TimeoutException) else "no connection"

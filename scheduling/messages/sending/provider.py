"""Handing one mail over by a provider's API, with the same promises as by SMTP: a word to the caller just before the
request leaves, a deadline for the whole of it, and an answer that says whether the mail has left.

anymail knows how each provider wants its request and what it answers; what that means for the message stands here.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.conf import settings
from django.utils.module_loading import import_string
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from scheduling.messages.render import Letter
from scheduling.messages.sending import mailer, providers
from scheduling.messages.sending.deadline import Deadline

_NOT_OF_THIS_ONE: Final = frozenset({401, 403, 404, 405, 408, 425, 429})
"""Answers that say nothing of this mail: a wrong key or address, or too much at once."""
_MAY_HAVE_TAKEN_IT: Final = frozenset({502, 504})
_LONGEST_WORDS: Final = 120


class RefusedByProvider(mailer.Refused):
    """The provider answered that it will never take this mail."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.is_permanent = True

    who = "The mail provider"


class ProviderPost:
    """A connection to the provider, kept over the messages of one round."""

    def __init__(self, provider: providers.Provider) -> None:
        self._provider = provider
        self._deadline = Deadline(settings.OUTBOX_MESSAGE_SECONDS)
        self._backend = _backend(provider, self._deadline)

    def __enter__(self) -> ProviderPost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._backend.close()
        self._deadline.forget()
        self._deadline.end()

    def ready(self, letter: Letter) -> mailer.Send:
        """Write a letter, to be handed over. Raises: ValueError (as `mailer.compose`)."""
        mail: Any = mailer.written(letter, event_as_file=True)
        mail.metadata = {providers.OF_A_MESSAGE: letter.message_id.strip("<>").partition("@")[0]}
        mail.extra_headers |= self._provider.keeps_id
        if self._provider.tracks:
            mail.track_clicks = mail.track_opens = False

        def hand_over(before_content: Callable[[], None]) -> str:
            return self._send(mail, before_content)

        return hand_over

    def _send(self, mail: Any, before_content: Callable[[], None]) -> str:
        """Raises: as `mailer.Post.send`."""
        self._backend.before_content = before_content
        try:
            with self._deadline.running():
                self._backend.open()
                self._backend.send_messages([mail])
        except AnymailRecipientsRefused as error:
            raise RefusedByProvider(error.status_code or 400, "it does not write to this address") from None
        except AnymailRequestsAPIError as error:
            response: Any = getattr(error, "response", None)
            raise _silence(error) if response is None else _answer(response) from None
        except AnymailError as error:
            raise RefusedByProvider(400, f"it cannot be sent that way ({type(error).__name__})") from None
        return str(mail.anymail_status.message_id or "")[:200]


def _backend(provider: providers.Provider, deadline: Deadline) -> Any:
    """anymail's own, which says when the request is about to leave, follows nobody elsewhere and can be cut off."""

    backend: Any = import_string(provider.backend)

    class Backend(backend):  # type: ignore[misc]  # whichever it is
        before_content: Callable[[], None]

        def create_session(self) -> requests.Session:
            session = super().create_session()
            session.max_redirects = 0
            for scheme in ("https://", "http://"):
                session.mount(scheme, _Adapter(deadline))
            return session  # type: ignore[no-any-return]  # anymail has no types

        def post_to_esp(self, payload: Any, message: Any) -> Any:
            self.before_content()
            return super().post_to_esp(payload, message)

    seconds = min(settings.EMAIL_TIMEOUT, deadline.seconds)
    timeout = (min(seconds, mailer.CONNECT_SECONDS), seconds)
    return Backend(timeout=timeout, **providers.backend_options(provider))


class _Adapter(HTTPAdapter):
    """Lets each connection be watched by the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _watched(HTTPConnectionPool, HTTPConnection, self._deadline),
            "https": _watched(HTTPSConnectionPool, HTTPSConnection, self._deadline),
        }


def _watched(pool: Any, connection: Any, deadline: Deadline) -> Any:
    def new_line(self: Any) -> Any:
        line = connection._new_conn(self)
        deadline.watch(line)
        return line

    watched = type(connection.__name__, (connection,), {"_new_conn": new_line})
    return type(pool.__name__, (pool,), {"ConnectionCls": watched})


def _answer(response: Any) -> Exception:
    """What an answer other than yes means."""
    code = int(response.status_code)
    if code < 300 or code in _MAY_HAVE_TAKEN_IT:
        return mailer.Unanswered(f"Nobody knows whether the mail provider took it: {code}.")
    if code in _NOT_OF_THIS_ONE or not 400 <= code < 500:
        return mailer.Unreachable(f"The mail provider takes nothing now: {code} {_words_of(response)}".strip())
    return RefusedByProvider(code, _words_of(response))


def _silence(error: Exception) -> Exception:
    """No answer came: whether anything has left hangs on how far the request got."""
    why = error.__cause__
    if isinstance(why, requests.TooManyRedirects | requests.exceptions.InvalidURL | requests.exceptions.SSLError):
        return mailer.Unreachable("The mail provider could not be reached: its address does not answer as expected.")
    reason = why.args[0] if why is not None and why.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(why, requests.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(reason, _NEVER_THERE):
        return mailer.Unreachable("The mail provider could not be reached: no connection.")
    return mailer.Unanswered("The connection broke after the message was handed over.")


_NEVER_THERE = (NewConnectionError, NameResolutionError, ConnectTimeoutError, ssl.SSLError)


def _words_of(response: Any) -> str:
    """What the provider says in words, if it does."""
    said: Any = ""
    with suppress(ValueError, AttributeError):
        told = response.json()
        said = told.get("message") or told.get("Message") or told.get("errors")
        if isinstance(said, list) and said and isinstance(said[0], dict):
            said = said[0].get("message")
    words = said if isinstance(said, str) else ""
    return " ".join(words.split())[:_LONGEST_WORDS]

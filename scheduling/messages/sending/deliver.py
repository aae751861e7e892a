"""Sending what is due, one message at a time, so that a killed worker loses nothing and nobody gets a third copy.

1. Take back what a vanished worker left (`claims.end_leases`) and close what has expired.
2. Claim the message that has been due longest, and record on the way that the one before it was sent.
3. Look at its patient and its appointment once more: are they alive, and is what it says still true?
4. Write it, hand it over outside any transaction, and record what the server said. What goes on paper or by phone is a
   task from here on.
5. Go on until nothing is due or the time is up; what goes by a server that cannot be reached waits for the next round.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial

from scheduling.messages.channels import gateway, sms
from scheduling.messages.render import language_of, letter, text_message
from scheduling.messages.sending import claims, mailer, providers
from scheduling.messages.sending.claims import State
from scheduling.messages.sending.still_true import withheld
from scheduling.messages.undelivered import by_post
from scheduling.models import Message, Patient

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=10)
NO_ADDRESS = "There is no email address."
NO_GATEWAY = "The clinic no longer sends text messages."
UNWRITABLE = "This message could not be written. Tell the manager."


def drain(*, now: Callable[[], datetime], seconds: float) -> int:
    """Send what is due, for at most about `seconds`; how many messages were dealt with. `now` is the clock."""
    stop_at = time.monotonic() + seconds
    claims.end_leases(now=now())
    claims.expire(now=now())
    by_post.phone_what_would_come_too_late(now=now())
    count, sent = 0, None
    without: set[str] = set()
    with providers.open_post() as post, gateway.Gateway() as texts:
        ways = _Ways(post, texts)
        try:
            while time.monotonic() < stop_at:
                message, sent = claims.claim(now=now(), sent=sent, without=without), None
                if message is None:
                    break
                count += 1
                fate = _deal_with(message, ways, now=now)
                if fate is _Fate.NO_SERVER:
                    without.add(message.channel)
                if fate is _Fate.SENT:
                    sent = message
        finally:
            if sent is not None:
                claims.finish(sent, State.SENT, now=now())
    return count


@dataclass(frozen=True, slots=True)
class _Ways:
    """How messages leave in one round."""

    post: providers.AnyPost
    texts: gateway.Gateway

    def of(self, message: Message, *, now: datetime) -> mailer.Send:
        """The message written, and what hands it over. Raises: what writing it raises."""
        if message.channel == Patient.Contact.SMS:
            return partial(self._text, gateway.compose(text_message(message)))
        return self.post.ready(letter(message, now=now))

    def _text(self, text: gateway.TextMessage, before_content: Callable[[], None]) -> str:
        self.texts.send(text, before_content=before_content)
        return ""


class _Fate(Enum):
    """What became of a claimed message; one that was sent is not recorded yet."""

    SENT = auto()
    RECORDED = auto()
    NO_SERVER = auto()


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 15 s, 30 s, 1 min, … up to 10 min."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 10)), LONGEST_WAIT)


def _deal_with(message: Message, ways: _Ways, *, now: Callable[[], datetime]) -> _Fate:
    """One claimed message."""
    try:
        if found := withheld(message):
            claims.finish(message, State.SKIPPED, reason=found.why, phone_task=found.is_task, now=now())
            return _Fate.RECORDED
        if why := _for_a_person(message):
            claims.finish(message, State.SKIPPED, reason=why, phone_task=True, now=now())
            return _Fate.RECORDED
        message.language = language_of(message)
        send = ways.of(message, now=now())
    except Exception as error:  # noqa: BLE001 - the worker's outer loop: one message must not stop the others
        # the error's own words may hold what the patient's record says
        log.error("message %s cannot be written: %s", message.pk, type(error).__name__)
        reason = f"{UNWRITABLE} {message.what_to_do}"
        claims.finish(message, State.FAILED, reason=reason, phone_task=True, now=now())
        return _Fate.RECORDED
    return _send(message, send, now=now)


def _for_a_person(message: Message) -> str:
    """Why somebody at the desk phones, or posts it, "" where it leaves by itself."""
    if not message.recipient:
        return message.reason or (by_post.TO_POST if message.is_letter else NO_ADDRESS)
    return NO_GATEWAY if message.channel == Patient.Contact.SMS and not sms.is_on() else ""


def _send(message: Message, send: mailer.Send, *, now: Callable[[], datetime]) -> _Fate:
    try:
        message.provider_id = send(lambda: claims.hand_over(message, now=now()))
    except mailer.Refused as error:
        log.warning("message %s was refused, attempt %s", message.pk, message.attempts)
        if error.is_permanent:
            claims.finish(message, State.FAILED, reason=str(error), phone_task=True, now=now())
        else:
            _wait(message, error, was_refused=True, now=now)
        return _Fate.RECORDED
    except mailer.Unanswered as error:
        log.warning("message %s was handed over without an answer", message.pk)
        if message.handovers >= claims.MOST_HANDOVERS:
            is_text = message.channel == Patient.Contact.SMS
            reason = f"{claims.TEXT_UNANSWERED if is_text else claims.UNANSWERED} {message.what_to_do}"
            claims.finish(message, State.UNKNOWN, reason=reason, phone_task=True, now=now())
        else:
            _wait(message, error, was_refused=False, now=now)
        return _Fate.NO_SERVER
    except mailer.Unreachable as error:
        log.warning("what takes a message by %s cannot be reached", message.channel)
        _wait(message, error, was_refused=True, now=now)
        return _Fate.NO_SERVER
    except claims.LeaseLost:
        log.warning("message %s: the lease ended before it was handed over", message.pk)
        return _Fate.RECORDED
    return _Fate.SENT


def _wait(message: Message, error: Exception, *, was_refused: bool, now: Callable[[], datetime]) -> None:
    claims.put_back(message, reason=str(error), was_refused=was_refused, due_at=now() + backoff(message.attempts))

"""Sending what is due, one message at a time, so that a killed worker loses nothing and nobody gets a third copy.

1. Take back what a vanished worker left (`claims.end_leases`) and close what has expired.
2. Claim the message that has been due longest, and record on the way that the one before it was sent.
3. Look at its patient and its appointment once more: are they alive, and is what it says still true?
4. Write it, hand it over outside any transaction, and record what the mail server said.
5. Go on until nothing is due, the time is up, or the mail server cannot be reached.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from scheduling.messages.kinds import UnknownKind, Withheld, of_template
from scheduling.messages.recipients import DECEASED
from scheduling.messages.render import letter
from scheduling.messages.sending import claims, mailer
from scheduling.messages.sending.claims import State
from scheduling.models import Message
from scheduling.states import Status

log = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=10)
NO_ADDRESS = "There is no email address."
UNWRITABLE = "This message could not be written. Tell the manager."
_NO_LONGER_TRUE = {
    Status.PENDING: "Not sent: the appointment is waiting for review.",
    Status.BOOKED: "Not sent: the appointment stands again.",
    Status.ARRIVED: "Not sent: the patient has arrived.",
    Status.FULFILLED: "Not sent: the appointment has taken place.",
    Status.CANCELLED: "Not sent: the appointment was cancelled.",
    Status.NOSHOW: "Not sent: the patient did not come.",
    Status.ENTERED_IN_ERROR: "Not sent: the appointment was entered in error.",
}
_MOVED = "Not sent: the appointment was moved after this was planned."


def drain(*, now: Callable[[], datetime], seconds: float) -> int:
    """Send what is due, for at most about `seconds`; how many messages were dealt with. `now` is the clock."""
    stop_at = time.monotonic() + seconds
    claims.end_leases(now=now())
    claims.expire(now=now())
    count, sent = 0, None
    with mailer.Post() as post:
        try:
            while time.monotonic() < stop_at:
                message, sent = claims.claim(now=now(), sent=sent), None
                if message is None:
                    break
                count += 1
                fate = _deal_with(message, post, now=now)
                if fate is _Fate.NO_SERVER:
                    break
                if fate is _Fate.SENT:
                    sent = message
        finally:
            if sent is not None:
                claims.finish(sent, State.SENT, now=now())
    return count


class _Fate(Enum):
    """What became of a claimed message; one that was sent is not recorded yet."""

    SENT = auto()
    RECORDED = auto()
    NO_SERVER = auto()


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 15 s, 30 s, 1 min, … up to 10 min."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 10)), LONGEST_WAIT)


def _deal_with(message: Message, post: mailer.Post, *, now: Callable[[], datetime]) -> _Fate:
    """One claimed message."""
    try:
        withheld = _withheld(message)
        if withheld:
            claims.finish(message, State.SKIPPED, reason=withheld.why, phone_task=withheld.is_task, now=now())
            return _Fate.RECORDED
        if not message.recipient:
            claims.finish(message, State.SKIPPED, reason=message.reason or NO_ADDRESS, phone_task=True, now=now())
            return _Fate.RECORDED
        mail = mailer.compose(letter(message, now=now()))
    except Exception as error:  # noqa: BLE001 - the worker's outer loop: one message must not stop the others
        # the error's own words may hold what the patient's record says
        log.error("message %s cannot be written: %s", message.pk, type(error).__name__)
        reason = f"{UNWRITABLE} {message.what_to_do}"
        claims.finish(message, State.FAILED, reason=reason, phone_task=True, now=now())
        return _Fate.RECORDED
    return _send(message, mail, post, now=now)


def _send(message: Message, mail: mailer.Mail, post: mailer.Post, *, now: Callable[[], datetime]) -> _Fate:
    try:
        post.send(mail, before_content=lambda: claims.hand_over(message, now=now()))
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
            reason = f"{claims.UNANSWERED} {message.what_to_do}"
            claims.finish(message, State.UNKNOWN, reason=reason, phone_task=True, now=now())
        else:
            _wait(message, error, was_refused=False, now=now)
        return _Fate.NO_SERVER
    except mailer.Unreachable as error:
        log.warning("the mail server cannot be reached")
        _wait(message, error, was_refused=True, now=now)
        return _Fate.NO_SERVER
    except claims.LeaseLost:
        log.warning("message %s: the lease ended before it was handed over", message.pk)
        return _Fate.RECORDED
    return _Fate.SENT


def _wait(message: Message, error: Exception, *, was_refused: bool, now: Callable[[], datetime]) -> None:
    claims.put_back(message, reason=str(error), was_refused=was_refused, due_at=now() + backoff(message.attempts))


def _withheld(message: Message) -> Withheld | None:
    """Why this must not be sent any more, None when it still holds: by its visit, or by what its kind looks at."""
    if why := _why_not(message):
        return Withheld(why)
    try:
        look = of_template(message.template).withheld
    except UnknownKind:
        return None  # cannot be written either, and fails there
    return look(message) if look else None


def _why_not(message: Message) -> str:
    """Why this must not be sent any more, "" when it still holds. Notes the appointment's revision on the row.

    Appointment and patient were read with the claim: what was moved, cancelled or put under review before it is never
    mailed, and nothing to somebody whose death was recorded before it.
    """
    if message.patient is not None and message.patient.has_died:
        return DECEASED
    if message.appointment is None:
        return ""
    status, start_at = message.appointment.status, message.appointment.start_at
    message.revision = message.appointment.revision
    try:
        kind = of_template(message.template)
    except UnknownKind:
        return ""  # cannot be written either, and fails there
    if status not in kind.true_while:
        return _NO_LONGER_TRUE[Status(status)]
    planned_for = message.values.get("start_at")  # without one it cannot be written, and fails there
    if kind.needs_its_start and planned_for and planned_for != start_at.astimezone(UTC).isoformat():
        return _MOVED
    return ""

"""Reads that take long go to the replica, where it shows all that was there when they were asked; else to the primary.

1. Without a replica, in a block that is one already, or while it rests, the primary answers.
2. The primary says up to where its log is written. Whoever has written in this very transaction reads there.
3. The replica has a quarter of a second to be that far: it then shows whatever anybody had committed by then, one's own
   writes among it. One that is promoted, or a copy of something else, never is.
4. It is read, for at most READ_SECONDS. A replica that goes away, cancels the statement or stops in the middle costs
   nothing but time: the same is read again from the primary, and for some seconds nobody asks the replica.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from pht_clinic.replica import standing
from pht_clinic.replica.deadline import deadline
from pht_clinic.replica.scope import PRIMARY, REPLICA, is_aside, reading
from pht_clinic.watching.counts import REPLICA_READS

log = logging.getLogger(__name__)

READ_SECONDS: Final = 5.0
"""The most that a read may take of the replica, from its first question to its last row."""
LOOK_SECONDS: Final = 1.0
"""The same of a look at how far it is. A connection that has to be made first may take 2 s (`connect_timeout`)."""
REST_SECONDS: Final = {"away": 5.0, "no replica": 5.0, "late": 1.0}
"""For how long nobody of this process asks a replica of which this was found."""
_rests_until = 0.0

Found = TypeVar("Found")


def read_aside(read: Callable[[], Found], *, holds_locks: bool = False) -> Found:
    """What `read` finds, in the replica or the primary.

    It only reads, and may be called a second time; it judges nothing. `holds_locks`: what this transaction has written
    so far is nothing that `read` looks for.
    """
    if is_aside():
        return read()
    if not _is_worth_asking():
        return _primary(read)
    primary = standing.present()
    if primary.position is None or (primary.has_written and not holds_locks):
        REPLICA_READS.labels("own writes").inc()
        return _primary(read)
    try:
        replica = connections[REPLICA]
        replica.ensure_connection()
        with deadline(replica, seconds=LOOK_SECONDS):
            why = _why_not(primary)
        if why is None:
            with deadline(replica, seconds=READ_SECONDS), reading(REPLICA):
                found = read()
            REPLICA_READS.labels("replica").inc()
            return found
    except (OperationalError, InterfaceError) as error:
        log.warning("the replica did not answer: %s", type(error.__cause__ or error).__name__)
        connections[REPLICA].close()
        why = "away"
    _rest(why)
    return _primary(read)


def _primary(read: Callable[[], Found]) -> Found:
    with reading(PRIMARY):
        return read()


def _is_worth_asking() -> bool:
    if REPLICA not in settings.DATABASES:
        return False
    if time.monotonic() < _rests_until:
        REPLICA_READS.labels("resting").inc()
        return False
    return True


def _why_not(primary: standing.PrimaryPosition) -> str | None:
    """Why it is not read from the replica; None where it is."""
    found = standing.caught_up(primary)
    if not found.is_replica or not found.is_of_primary:
        return "no replica"
    return None if found.is_as_far else "late"


def _rest(why: str) -> None:
    global _rests_until
    _rests_until = time.monotonic() + REST_SECONDS[why]
    REPLICA_READS.labels(why).inc()


@dataclass(frozen=True, slots=True)
class ReplicaLook:
    """Whether the replica answers as one of this primary, and how far it is behind: 0 where it shows all that the
    primary holds, else the seconds since the newest transaction that it shows.
    """

    answers: bool
    behind_seconds: float | None = None


def look() -> ReplicaLook | None:
    """How the replica is, for those who watch. None without one."""
    if REPLICA not in settings.DATABASES:
        return None
    primary = standing.present()
    try:
        connections[REPLICA].ensure_connection()
        with deadline(connections[REPLICA], seconds=LOOK_SECONDS):
            found = standing.copy_of(primary)
    except (OperationalError, InterfaceError):
        connections[REPLICA].close()
        return ReplicaLook(answers=False)
    if not found.is_replica or not found.is_of_primary:
        return ReplicaLook(answers=False)
    return ReplicaLook(answers=True, behind_seconds=0.0 if found.is_as_far else found.seconds)

"""How far primary and replica are: what each says of itself, and whether the one is a copy of all that the other holds.

The log's position is what decides, never a clock: a replica that has replayed everything up to where the primary was on
its disk shows each transaction that was answered by then. Only what does not wait for the disk may be missing, and
nothing of it is a person's act that was answered: counts of limits, a message on its way, lines of an import before the
end of their step.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.db import connections

from pht_clinic.replica.scope import PRIMARY, REPLICA

CATCH_UP_SECONDS: Final = 0.25
"""For so long a question waits for the replica before it goes to the primary."""
_BETWEEN_SECONDS: Final = 0.01
_OF_PRIMARY: Final = """
    SELECT pg_current_xact_id_if_assigned() IS NOT NULL,
           CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn()::text END,
           CASE WHEN pg_is_in_recovery() THEN NULL ELSE left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) END,
           (SELECT system_identifier FROM pg_control_system())
"""
_OF_REPLICA: Final = """
    SELECT pg_is_in_recovery(),
           coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false),
           lpad(upper(to_hex((SELECT timeline_id FROM pg_control_checkpoint()))), 8, '0') = %s
             AND (SELECT system_identifier FROM pg_control_system()) = %s,
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
"""


@dataclass(frozen=True, slots=True)
class PrimaryPosition:
    """Where the primary is at this moment: the position up to which its log is on the disk, the timeline and the
    cluster that this position is of. `has_written`: the transaction that asks has changed or locked something itself.
    """

    has_written: bool
    position: str | None
    timeline: str | None
    cluster: int


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What the replica says of itself, compared with the primary. `seconds` since the newest transaction that it has
    replayed was committed; None before the first.
    """

    is_replica: bool
    is_as_far: bool
    is_of_primary: bool
    seconds: float | None


def present() -> PrimaryPosition:
    """Where the primary is. One query in whatever transaction is open."""
    with connections[PRIMARY].cursor() as cursor:
        cursor.execute(_OF_PRIMARY)
        return PrimaryPosition(*cursor.fetchone())


def copy_of(primary: PrimaryPosition) -> ReplicaState:
    """How far the replica is. One query, in no transaction."""
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(_OF_REPLICA, [primary.position, primary.timeline, primary.cluster])
        return ReplicaState(*cursor.fetchone())


def caught_up(primary: PrimaryPosition) -> ReplicaState:
    """The same, once the replica is as far as the primary was, or when CATCH_UP_SECONDS are over."""
    until = time.monotonic() + CATCH_UP_SECONDS
    while True:
        found = copy_of(primary)
        is_settled = found.is_as_far or not found.is_replica or not found.is_of_primary
        if is_settled or time.monotonic() >= until:
            return found
        time.sleep(_BETWEEN_SECONDS)

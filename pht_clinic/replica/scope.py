"""From which database a query set reads: the primary, but inside the one block that may read the replica.

What is judged, booked, written or locked never stands in such a block: each of its ways to the database asks
`check_primary`, or is refused by the router, whether there is a replica or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import models

PRIMARY: Final = "default"
REPLICA: Final = "replica"
_READS: ContextVar[str | None] = ContextVar("_READS", default=None)
"""What the block reads; None outside of any."""


class MayNotReadReplica(RuntimeError):
    """A mistake of ours: something that judges, books, locks or writes was called in a block that may read the replica,
    or a row that was read there was about to be written.
    """


@contextmanager
def reading(alias: str) -> Iterator[None]:
    """Query sets of this block read that database. For `reading.py` beside alone."""
    mark = _READS.set(alias)
    try:
        yield
    finally:
        _READS.reset(mark)


@contextmanager
def of_primary() -> Iterator[None]:
    """Inside a block that may read the replica, a part that does not: what rules read as well, there to be shown."""
    mark = _READS.set(None)
    try:
        yield
    finally:
        _READS.reset(mark)


def is_aside() -> bool:
    """Whether this is a block that may read the replica."""
    return _READS.get() is not None


def alias_to_read() -> str:
    """Where a statement of our own, past the query builder, is asked in such a block; the primary outside of any."""
    return _READS.get() or PRIMARY


def check_primary() -> None:
    """Called where something is read to be judged, or locked to be changed. Raises: MayNotReadReplica."""
    if is_aside():
        raise MayNotReadReplica("what is judged or locked is read from the primary")


class Router:
    """Django's question which database it is to use. Where none is said it stays as it would be without a replica."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """What the block reads. What hangs on a row of the replica is read from the primary once the block is over."""
        if is_aside():
            return alias_to_read()
        return PRIMARY if _is_of_replica(hints) else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        """Never in such a block, a locking read included, and never a row of the replica. Rows that are put together
        in such a block out of what was read, one naming the other, are of where it reads. Raises: MayNotReadReplica.
        """
        instance = hints.get("instance")
        if is_aside() and instance is not None and not isinstance(instance, model):
            return alias_to_read()
        if is_aside() or _is_of_replica(hints):
            raise MayNotReadReplica(f"{model._meta.label} is written or locked in the primary, as it stands there")
        return None

    def allow_relation(self, obj1: models.Model, obj2: models.Model, **hints: Any) -> bool | None:
        """In such a block, between what a query set read and what a statement of ours did. Outside never: a row of the
        replica cannot be named by one that is written.
        """
        return True if is_aside() else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """The replica gets its tables from the primary."""
        return False if db == REPLICA else None


def _is_of_replica(hints: dict[str, Any]) -> bool:
    instance = hints.get("instance")
    return instance is not None and instance._state.db == REPLICA

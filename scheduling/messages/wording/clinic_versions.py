"""What the clinic says of itself: what holds now, what held once, and what a message was sent with. Reading only.

The newest version holds, for every process from the moment that it is saved. A message carries the version with which
it was claimed, so what left can be shown as it was. Versions never change: a process reads each of them once.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from pht_clinic.clinic_words import ClinicWords, first_words, said_with
from scheduling.models import ClinicVersion, Message

ALONG: Final = f"(SELECT to_jsonb(said) FROM {ClinicVersion._meta.db_table} AS said ORDER BY said.version DESC LIMIT 1)"  # noqa: S608 - our own tables
"""The version in force, read beside something else."""
_last_read: ClinicWords | None = None


def read_words() -> ClinicWords:
    """What holds now; one statement. While the database does not answer, what this process read last, else what the
    environment says: a page that tells of it names a phone number all the same.

    Raises: DatabaseError (inside a transaction, which is over then).
    """
    global _last_read
    try:
        _last_read = words_of(newest())
    except (DatabaseError, InterfaceError):
        if connection.in_atomic_block:
            raise
        return _last_read or first_words()
    return _last_read


def newest() -> ClinicVersion | None:
    """The version in force, None where the environment still says it."""
    return ClinicVersion.objects.order_by("-version").first()


def in_force_at(at: datetime) -> ClinicWords:
    """What held at this instant, as what was written then has it at its head; a version holds from its own instant on.
    Before the first one what the environment says.
    """
    return words_of(ClinicVersion.objects.filter(at__lte=at).order_by("-version").first())


def versions() -> list[ClinicVersion]:
    """Every version, the one in force first."""
    return list(ClinicVersion.objects.order_by("-version"))


def words_of(version: ClinicVersion | None) -> ClinicWords:
    """What this version says; None is the environment."""
    if version is None:
        return first_words()
    return ClinicWords(**{one.name: getattr(version, one.name) for one in fields(ClinicWords)})


def as_sent(message: Message) -> AbstractContextManager[None]:
    """Inside the block the clinic says of itself what this message says of it: what held when it was claimed, once it
    is on its way, has left or was seen to by somebody; else what holds now.
    """
    is_past = message.status == Message.State.SENDING or message.handovers or message.closed_at
    if not is_past:
        return nullcontext()
    return said_with(first_words() if message.clinic_id is None else _of_version(message.clinic_id))


@lru_cache(maxsize=512)
def _of_version(version: int) -> ClinicWords:
    return words_of(ClinicVersion.objects.get(version=version))

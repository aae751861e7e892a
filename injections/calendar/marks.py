"""What tells a visit from what it may have become since a page showed it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from scheduling.models import Appointment

_MARKS = ("pk", "revision", "coming_confirmed_at")
"""The revision rises with every change of a visit but for the patient's word that they are coming."""


def marks_of(rows: Iterable[Appointment]) -> list[tuple[object, ...]]:
    """Of visits that were read; no query."""
    return sorted(tuple(getattr(one, name) for name in _MARKS) for one in rows)


def stored_marks(rows: QuerySet[Appointment]) -> list[tuple[object, ...]]:
    """The same, read alone. One query."""
    return sorted(rows.values_list(*_MARKS))


def held_marks(rows: Iterable[Appointment]) -> list[tuple[object, ...]]:
    """Of times that somebody is just booking: those that lapsed are no longer among them."""
    return sorted((one.pk, one.held_until) for one in rows)

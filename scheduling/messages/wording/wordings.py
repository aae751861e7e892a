"""Which of the clinic's own words a message is written with: reading only.

The version in use is noted on a row when it is claimed, so a message is sent with the words that hold at that moment,
and what it was sent with can be shown later. Versions never change: a process reads each of them once.
"""

from __future__ import annotations

from functools import lru_cache

from scheduling.messages.kinds import of_template
from scheduling.messages.wording.own_words import STANDARD, Words, still_printable
from scheduling.models import Message, Wording

TYPED = "wording"
"""The value of a row that carries its words itself: a test of a wording that is perhaps not saved."""


def of(message: Message) -> Words:
    """The own words of a row: typed for it, of the version that it was claimed with, or none."""
    if is_typed(message):
        return Words(**message.values[TYPED])
    return STANDARD if message.wording_id is None else _of_version(message.wording_id)


def is_typed(message: Message) -> bool:
    """Whether the row is a test of a wording."""
    return TYPED in message.values


def to_come(message: Message) -> Words:
    """Those of a row as a page shows it: one that was never claimed would go out with the present version."""
    if message.attempts or is_typed(message):
        return of(message)
    return words_of(current(message.template))


def current(template: str) -> Wording | None:
    """The version in use, None where the clinic has never had words of its own."""
    return Wording.objects.filter(template=template).order_by("-version").first()


def all_current() -> dict[str, Wording]:
    """The version in use of every kind that has one, by template; one query."""
    rows = Wording.objects.order_by("template", "-version").distinct("template")
    return {row.template: row for row in rows}


def versions(template: str) -> list[Wording]:
    """Every version, the one in use first."""
    return list(Wording.objects.filter(template=template).order_by("-version"))


def words_of(version: Wording | None) -> Words:
    """The words of a version, none where there is none. A part that its kind can no longer print is the standard one.

    Raises: UnknownKind.
    """
    if version is None:
        return STANDARD
    words = Words(version.subject_line, version.opening, version.closing)
    return still_printable(words, of_template(version.template))


@lru_cache(maxsize=512)
def _of_version(pk: int) -> Words:
    return words_of(Wording.objects.get(pk=pk))

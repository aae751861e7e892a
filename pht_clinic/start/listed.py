"""Every setting of the environment: what it is, of which kind, whether it is secret; and what it is in this process.

The list is `settings.toml`, from which docs/settings.md is made. What is not on it is not shown to anybody.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

LIST: Final = Path(__file__).with_name("settings.toml")
TOPICS: Final = {
    "clinic": "The clinic",
    "visits": "Visits",
    "safety": "Safety and procedures",
    "messages": "Sending messages",
    "access": "Signing in and who may do how much",
    "keeping": "What is kept, and backups",
    "server": "The server",
}
"""What a setting is about, by its name on the list, in the order of the managers' page."""
KINDS: Final = ("text", "number", "yes or no", "list")
ANY_OF: Final = "SAFETY_…"
"""Stands for every variable that begins so."""
SET, NOT_SET = "Set, and not shown", "Not set"
_WITH_A_PASSWORD: Final = re.compile(r"://[^/@\s]*@")
_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: the variables, what they are about, their kind, and in Markdown their default and what they
    are.
    """

    names: tuple[str, ...]
    topic: str
    kind: str
    default: str
    meaning: str
    secret: bool = False

    @property
    def plain_meaning(self) -> str:
        """Without Markdown, as a sentence begins."""
        return "".join(text for text, _ in self.meaning_parts)

    @property
    def meaning_parts(self) -> list[tuple[str, bool]]:
        """The same in pieces, and of each whether it is a name for whoever runs the server."""
        text = _LINK.sub(r"\1", self.meaning)
        pieces = (text[:1].upper() + text[1:]).split("`")
        return [(piece, bool(number % 2)) for number, piece in enumerate(pieces) if piece]


@dataclass(frozen=True, slots=True)
class InForce:
    """A setting as this process has it. `value` is safe to show: of what is secret it says whether it is set."""

    name: str
    value: str
    is_default: bool
    listed: Listed


@cache
def listed() -> tuple[Listed, ...]:
    """All of them, in the order of docs/settings.md."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))["setting"]
    return tuple(Listed(**{**row, "names": tuple(row["names"])}) for row in rows)


def in_force() -> list[InForce]:
    """Every variable on the list as this process has it, in its order."""
    return list(_in_force(settings.READ_OF_ENVIRONMENT))


def _in_force(read: Mapping[str, tuple[object, bool]]) -> Iterator[InForce]:
    for one in listed():
        for name in one.names:
            if name == ANY_OF:
                for threshold, text in sorted(settings.SAFETY_THRESHOLDS.items()):
                    yield InForce(f"{settings.SAFETY_PREFIX}{threshold.upper()}", text, False, one)
            else:
                value, is_given = read.get(name, (None, False))
                yield InForce(name, _shown(value, is_secret=one.secret), not is_given, one)


def _shown(value: object, *, is_secret: bool) -> str:
    if value in (None, "", []):
        return NOT_SET
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    return SET if is_secret or _WITH_A_PASSWORD.search(text) else text


def table() -> str:
    """The rows of the table in docs/settings.md."""
    return "\n".join(f"| {_code(one.names)} | {one.default} | {one.meaning} |" for one in listed())


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)

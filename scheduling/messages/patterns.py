"""A template's text with holes where words go: rendered once, filled for every message. Pure.

It holds for templates that print words as they are and choose sentences by whether there is a word, never by which
word it is. The templates of mails are such; a test sees to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_MARK = re.compile("\ue000(\\w+)\ue001")  # of the private use area: no word of ours or of anybody's holds it


def hole(name: str) -> str:
    """What stands for a word while the template is rendered."""
    return f"\ue000{name}\ue001"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the template says, and the names of the words between its pieces."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]

    def filled(self, words: Mapping[str, str]) -> str:
        """The text with these words. Raises: KeyError where one is missing."""
        parts = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            parts += (words[name], piece)
        return "".join(parts)


def pattern(render: Callable[[Mapping[str, str]], str], names: Iterable[str]) -> Pattern:
    """The pattern of a template: `render` writes it with a hole for each name."""
    pieces = _MARK.split(render({name: hole(name) for name in names}))
    return Pattern(tuple(pieces[::2]), tuple(pieces[1::2]))

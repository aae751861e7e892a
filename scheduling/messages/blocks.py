"""What a mail says, as blocks: read once from its text template, then written as text and as HTML. Pure.

A template is plain text: an empty line ends a block, "## " starts a heading, "- " an entry of a list, "=> " an address
to follow. Whatever else stands there is a paragraph, however its lines are broken.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import lru_cache

WIDTH = 76
_HEADING = "## "
_ENTRY = "- "
_LINK = "=> "
# No line ends inside a number: whoever copies half a phone number dials somebody else.
_IN_A_NUMBER = re.compile(r"(?<=\d) (?=\d)")
_HELD = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a link (one entry in `lines`), or a list (one line for each of its entries)."""

    form: str
    lines: tuple[str, ...]


def read(source: str) -> tuple[Block, ...]:
    """The blocks of a rendered template; lists that touch each other become one."""
    found: list[Block] = []
    for chunk in source.replace("\r\n", "\n").split("\n\n"):
        for block in _blocks_of(chunk):
            if block.form == "list" and found and found[-1].form == "list":
                found[-1] = Block("list", found[-1].lines + block.lines)
            else:
                found.append(block)
    return tuple(found)


def as_text(blocks: tuple[Block, ...]) -> str:
    """The plain text of a mail, at most 76 characters a line unless a word is longer."""
    return "\n\n".join(map(_text_of, blocks)) + "\n"


@lru_cache(maxsize=256)  # as below
def _blocks_of(chunk: str) -> tuple[Block, ...]:
    found: list[tuple[str, list[str]]] = []
    for line in (line.strip() for line in chunk.splitlines()):
        if not line:
            continue
        if line.startswith(_HEADING):
            found.append(("heading", [line.removeprefix(_HEADING)]))
        elif line.startswith(_ENTRY):
            if not found or found[-1][0] != "list":
                found.append(("list", []))
            found[-1][1].append(line.removeprefix(_ENTRY))
        elif line.startswith(_LINK):
            found.append(("link", [line.removeprefix(_LINK)]))
        elif found and found[-1][0] in ("paragraph", "list"):
            found[-1][1][-1] += f" {line}"
        else:
            found.append(("paragraph", [line]))
    return tuple(Block(form, tuple(lines)) for form, lines in found)


@lru_cache(maxsize=256)  # most paragraphs are the same in every mail of a kind
def _text_of(block: Block) -> str:
    if block.form == "list":
        return "\n".join(_wrapped(line, first="- ", then="  ") for line in block.lines)
    text = _wrapped(block.lines[0])
    return f"{text}\n{'-' * min(WIDTH, len(block.lines[0]))}" if block.form == "heading" else text


def _wrapped(text: str, *, first: str = "", then: str = "") -> str:
    if len(first) + len(text) <= WIDTH and text.isprintable():
        return first + text
    held = _IN_A_NUMBER.sub(_HELD, text)
    filled = textwrap.fill(
        held, WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace(_HELD, " ")

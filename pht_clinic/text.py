"""What people write, as it is kept: letters composed, nothing in it that nobody can see. Pure.

A character that cannot be seen can make two records of one person, or turn a line around so that it says something
else. Only the joiners that a script itself needs stay (ZWNJ between Persian letters, ZWJ in Devanagari).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ZWNJ, ZWJ = "\u200c", "\u200d"
JOINED_SCRIPTS = frozenset(
    (
        *("ARABIC", "SYRIAC", "THAANA", "NKO", "MANDAIC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI"),
        *("ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN", "BALINESE"),
    )
)
"""Scripts, by the first word of their letters' names in Unicode, whose spelling uses ZWNJ or ZWJ."""
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that one word may mix because its language does."""
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What has no category of its own for it, and shows nothing: fillers, the blank of Braille, selectors of variants."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = frozenset("\n\r\t")

CANNOT_BE_SEEN = "holds characters that cannot be seen. Type it again, without copying."
TURNS_AROUND = "holds a character that turns the direction of writing around. Type it again, without copying."


def tidy(text: str) -> str:
    """One line as it is kept: letters composed (NFC), spaces of every kind one plain space, none at the ends."""
    return text.strip() if _is_plain(text) else _tidied(text)


def tidy_lines(text: str) -> str:
    """Several lines as they are kept: each tidy, ended by \\n alone, nothing blank at either end."""
    return "\n".join(tidy(line) for line in re.split(r"\r\n|\r|\n", text)).strip("\n\t ")


def what_is_hidden(text: str, *, lines: bool = False) -> str:
    """Why a text cannot be kept, as the end of a sentence; "" where all of it can be seen.

    Boundary: a joiner between two letters of a script that needs it stays; anywhere else it is refused. With `lines`
    line breaks and tabs are seen.
    """
    hidden = set(_hidden(text, lines=lines))
    if hidden & _TURNS:
        return TURNS_AROUND
    return CANNOT_BE_SEEN if hidden else ""


def without_hidden(text: str) -> str:
    """The text without what cannot be seen; joiners that a script needs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one for at, one in enumerate(text) if not _is_hidden(text, at))


def words_of_mixed_scripts(text: str) -> list[str]:
    """The words whose letters come from scripts that no language writes together, such as Latin and Cyrillic."""
    return [word for word in re.split(r"[\s\-‐‑–—'’.,]+", text) if _mixes(word)]


def script_of(character: str) -> str:
    """LATIN, GREEK, ARABIC …; "" for what is no letter."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    return "" if name.startswith(("MODIFIER", "FEMININE", "MASCULINE")) else name.split(" ")[0]


def _mixes(word: str) -> bool:
    scripts = {script for script in map(script_of, word) if script}
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "  " not in text


def _tidied(text: str) -> str:
    # only what is white space to a reader: a line break is not one to be smoothed over
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    return re.sub(" +", " ", unicodedata.normalize("NFC", spaced)).strip(" ")


def _hidden(text: str, *, lines: bool) -> Iterator[str]:
    for at, one in enumerate(text):
        if _is_hidden(text, at) and not (lines and one in _LINES):
            yield one


def _is_hidden(text: str, at: int) -> bool:
    one = text[at]
    if one in (ZWNJ, ZWJ):
        return not _joins(text, at)
    return unicodedata.category(one) in _UNSEEN or bool(_BLANKS.match(one))


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between letters, or their marks, of a script that needs it."""
    around = (text[at - 1 : at], text[at + 1 : at + 2])
    return all(side and unicodedata.name(side, "").split(" ")[0] in JOINED_SCRIPTS for side in around)

"""Names as they are compared, never as they are kept: words without accents, case, apostrophes and look-alikes. Pure.

`fold` is the only place that says which spellings are one. What is stored for the search (`Patient.name_words`) and
what is compared (`matching.py`) are both made of it; changing it needs a migration that fills the column again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from scheduling.patients.short_forms import SHORT_FORMS

_LETTERS = str.maketrans(
    {
        # letters of their own that have no accent to take off
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŋ": "n",
        "ŧ": "t",
        "ƀ": "b",
        "ĸ": "k",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ß": "ss",
        "ə": "e",
        "ɛ": "e",
        "ɔ": "o",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        # Cyrillic and Greek letters that look like Latin ones, as capitals or small: one case must fold as the other
        "а": "a",
        "в": "b",
        "е": "e",
        "к": "k",
        "м": "m",
        "н": "h",
        "о": "o",
        "р": "p",
        "с": "c",
        "т": "t",
        "у": "y",
        "х": "x",
        "ѕ": "s",
        "і": "i",
        "ј": "j",
        "ԁ": "d",
        "һ": "h",
        "ԛ": "q",
        "ԝ": "w",
        "ӏ": "l",
        "α": "a",
        "β": "b",
        "ε": "e",
        "ζ": "z",
        "η": "h",
        "ι": "i",
        "κ": "k",
        "μ": "m",
        "ν": "n",
        "ο": "o",
        "ρ": "p",
        "τ": "t",
        "υ": "y",
        "χ": "x",
        "ϲ": "c",
        "ϳ": "j",
        # Armenian and Cherokee capitals are rarer than the slips they would hide: not folded
    }
)
_BETWEEN_WORDS = re.compile(r"[\s\-‐‑‒–—―−_/,;.·・()]+")
PARTICLES = frozenset(
    (
        *("al", "el", "ibn", "bin", "bint", "ben", "bat", "abu", "da", "das", "de", "del", "della", "den", "der"),
        *("di", "do", "dos", "du", "e", "la", "le", "les", "lo", "mac", "mc", "ni", "nic", "o", "of", "san", "st"),
        *("ten", "ter", "van", "vom", "von", "y", "zu", "zur", "ap", "ab", "ferch", "ua", "mhic", "te"),
    )
)
"""Words inside names that alone say nothing of who somebody is."""
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "jr", "sr", "junior", "senior"})


def fold(text: str) -> str:
    """Letters and digits of a text as they are compared: `Żak` → `zak`, `O’Brien` → `obrien`."""
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
        apart = unicodedata.normalize("NFKD", apart)
        folded = "".join(one for one in apart if not unicodedata.combining(one)).translate(_LETTERS)
    return "".join(one for one in folded if one.isalnum() or unicodedata.category(one) in ("Mc", "Mn"))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, folded, in their order; a hyphen stands between two."""
    return tuple(word for part in _BETWEEN_WORDS.split(name) if (word := fold(part)))


def telling(words: Iterable[str]) -> tuple[str, ...]:
    """The words that say who somebody is: without particles and titles, unless there is nothing else."""
    listed = tuple(words)
    return tuple(word for word in listed if word not in PARTICLES and word not in TITLES) or listed


def search_words(*names: str) -> list[str]:
    """Every word by which somebody of these names may be looked for: each, and all of one name written together."""
    found: dict[str, None] = {}
    for name in names:
        words = words_of(name)
        found |= dict.fromkeys([*words, "".join(words)])
    return sorted(word[:LONGEST_WORD] for word in found if word)


LONGEST_WORD = 100


@lru_cache(maxsize=8192)  # whatever is typed into a search comes by here: no process keeps all of it
def plain(word: str) -> str:
    """A folded word with the ways to write one sound made one: `mueller` is `muller` is `muler`, `aase` is `ase`."""
    return re.sub(r"(?<=[aou])e(?!$)|(.)(?=\1)", "", word) if len(word) > 3 else word


@lru_cache(maxsize=8192)  # as above
def formal_names(word: str) -> frozenset[str]:
    """The names that a given name may be short for, itself included."""
    return SHORT_FORMS.get(word, frozenset()) | {word}

"""What a text message says: one sentence and the patient's link, in one message of the GSM's own alphabet.

Nothing clinical: the sentence is the first one of the message or its subject, which name nothing (`own_words.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from django.conf import settings

ONE_MESSAGE: Final = 160
"""Characters of one message in the GSM's own alphabet. Source: 3GPP TS 23.038, 6.2.1."""
_ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE: Final = frozenset("^{}\\[~]|€")
"""These take the place of two characters."""
_INSTEAD: Final = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "ł": "l",
        "Ł": "L",
    }
)
_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?])\s")


def is_on() -> bool:
    """Whether the clinic sends text messages."""
    return bool(settings.SMS_GATEWAY_URL)


def text_of(sentences: Iterable[str], link: str, *, longest_link: int) -> str:
    """The first of the sentences that fits into one message with the link, and the link.

    `longest_link` is the room that is kept for a link, so that the choice is the same for every patient. Boundary: 160
    with the link fits. Where none fits, the link alone is sent.
    """
    room = ONE_MESSAGE - longest_link - 1
    fitting = (sentence for text in sentences if (sentence := _in_the_alphabet(first_sentence(text))))
    sentence = next((one for one in fitting if length(one) <= room), "")
    return f"{sentence} {link}".strip()


def first_sentence(text: str) -> str:
    """`It is on. Please come.` → `It is on.`"""
    return _SENTENCE_ENDS.split(text.strip(), maxsplit=1)[0]


def length(text: str) -> int:
    """How many characters of a message this takes, in the GSM's own alphabet."""
    return len(text) + sum(letter in _DOUBLE for letter in text)


def _in_the_alphabet(text: str) -> str:
    """With the nearest letter in the place of one that the alphabet does not have; "" where too little is left to read.

    One letter outside it would halve what fits into a message, and the link alone is longer than that.
    """
    plain = "".join(map(_nearest, text.translate(_INSTEAD)))
    return plain if len(plain) * 2 > len(text) else ""


def _nearest(letter: str) -> str:
    if letter in _ALPHABET or letter in _DOUBLE:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if part in _ALPHABET)

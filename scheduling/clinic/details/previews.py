"""What patients would read if the clinic said something else of itself: the messages concerned, before it is saved.

They are written by what writes every message, with the words that were typed in the place of those in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from pht_clinic.clinic_words import ClinicWords, said_with
from pht_clinic.languages import ENGLISH, NAMES, read_signatures
from scheduling.messages.kinds import MessageKind
from scheduling.messages.render import Letter
from scheduling.messages.undelivered.paper import Paper, paper_of
from scheduling.messages.wording import rewording, wordings
from scheduling.messages.wording.own_words import Words, standard
from scheduling.models import Wording

ON_PAPER = "confirmed"
"""The message that is shown as a letter too, by its name."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A kind of message that would read otherwise: in English, and in another language where one is signed."""

    kind: MessageKind
    language: str
    letter: Letter


def concerned(words: ClinicWords, *, now: datetime) -> list[Concerned]:
    """Every message that would read otherwise with these words, as a made-up patient would get it."""
    present = wordings.all_current()
    return [
        Concerned(kind, name, after)
        for code, name in _languages()
        for kind in rewording.worded_kinds()
        for before, after in [_both(kind, present.get(kind.template), words, language=code, now=now)]
        if (before.text, before.calendars) != (after.text, after.calendars)
    ]


def papers(words: ClinicWords, *, now: datetime) -> Iterator[tuple[str, Paper]]:
    """A letter as it goes into its envelope, in each language by its name."""
    kind = next(kind for kind in rewording.worded_kinds() if kind.name == ON_PAPER)
    own = wordings.words_of(wordings.current(kind.template))
    for code, name in _languages():
        with said_with(words):
            paper = paper_of(rewording.example(kind, own, language=code, now=now), now=now, words=own)
        yield name, paper


def _both(
    kind: MessageKind, version: Wording | None, words: ClinicWords, *, language: str, now: datetime
) -> tuple[Letter, Letter]:
    own: Words = wordings.words_of(version).over(standard(kind))
    before = rewording.preview(kind, own, language=language, now=now)
    with said_with(words):
        return before, rewording.preview(kind, own, language=language, now=now)


def _languages() -> list[tuple[str, str]]:
    """English, and what is signed beside it."""
    return [(ENGLISH, "English"), *((code, NAMES[code]) for code in read_signatures(settings.SIGNED_LANGUAGES))]

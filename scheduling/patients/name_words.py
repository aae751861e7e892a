"""The words of all names: learning them, how they sound, and which of them a typed word may mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import chain
from typing import Final

from django.db import connection
from rapidfuzz.distance import OSA, JaroWinkler

from pht_clinic.rows import fetch_all
from scheduling.models import NameWord, Patient
from scheduling.patients.folding import formal_names, search_words
from scheduling.patients.matching import Sounds
from scheduling.patients.short_forms import CALLED

INITIAL: Final = "*"
"""Behind the first letter of a name among a patient's words: `j*`; no folded word holds it."""
_TABLE: Final = NameWord._meta.db_table
_CODES: Final = "dmetaphone(unaccent(word)), dmetaphone_alt(unaccent(word))"
_LEARN: Final = f"""
INSERT INTO {_TABLE} (word, sound, other_sound)
SELECT word, {_CODES} FROM unnest(%s::text[]) AS word
ON CONFLICT DO NOTHING
"""  # noqa: S608 - nothing but names of our own is put in
_MEANT: Final = f"""
(SELECT %s, word FROM {_TABLE} WHERE word LIKE %s)
UNION ALL
(SELECT %s, word FROM {_TABLE} WHERE word %% %s)
UNION ALL
(SELECT %s, word FROM {_TABLE} WHERE sound <> '' AND sound = dmetaphone(unaccent(%s)))
"""  # noqa: S608 - as above
_MEANT_AMONG: Final = f"""
WITH known AS MATERIALIZED (
    SELECT DISTINCT word, dmetaphone(unaccent(word)) AS sound FROM {Patient._meta.db_table}, unnest(name_words) AS word
    WHERE date_of_birth = ANY(%s::date[]) AND right(word, 1) <> '{INITIAL}'),
  typed AS MATERIALIZED (
    SELECT word, pattern, dmetaphone(unaccent(word)) AS sound FROM unnest(%s::text[], %s::text[]) AS t (word, pattern))
SELECT typed.word, known.word FROM typed JOIN known
    ON known.word LIKE typed.pattern OR known.word %% typed.word OR (known.sound <> '' AND known.sound = typed.sound)
"""  # noqa: S608 - as above


def words_for(*names: str) -> list[str]:
    """What `Patient.name_words` holds for somebody of these names: each word, names written together, initials."""
    words = search_words(*names)
    return sorted({*words, *(f"{word[0]}{INITIAL}" for word in words)})


def note_words(patient: Patient) -> None:
    """Give a patient who is about to be stored the words of the present and former names, and learn them."""
    patient.name_words = words_for(patient.given_name, patient.family_name, *patient.former_names)
    learn(patient.name_words)


def learn(words: Iterable[str]) -> None:
    """Keep these words, by id so that two who learn the same ones cannot wait for each other."""
    listed = sorted({word for word in words if not word.endswith(INITIAL)})
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, [listed])


def sounds_of(words: Collection[str]) -> Sounds:
    """The codes of the sounds of these words."""
    statement = f"SELECT word, {_CODES} FROM unnest(%s::text[]) AS word"  # noqa: S608 - our own functions
    return {word: frozenset(codes) - {""} for word, *codes in fetch_all(statement, [list(words)])}


def meant_by(words: Collection[str], *, born_on: Collection[date] | None = None) -> dict[str, dict[str, float]]:
    """For each folded word that is typed, the known words that it may mean, each with how well it fits (0 to 1).

    1 is the word itself; then what is short for it or what it is short for, what it begins, what is a slip away or
    sounds like it. With `born_on` only words of those born on one of these days are looked at, which are few: most
    words are names written together, and there is one for nearly every patient. One query.
    """
    found = {word: _known_by_list(word) for word in words}
    typed = sorted(word for word in found if len(word) > 1)
    for word, known in _rows_alike(typed) if born_on is None else _rows_alike_among(typed, born_on):
        if fit := _fit(word, known):
            found[word][known] = max(fit, found[word].get(known, 0))
    return found


def _rows_alike(words: Sequence[str]) -> Sequence[Sequence[str]]:
    """Pairs of a typed word and a known one that begins, is spelled or sounds like it."""
    values = [(word, f"{_as_literal(word)}%", *(word,) * 4) for word in words]
    return fetch_all("UNION ALL".join(_MEANT for _ in words), list(chain.from_iterable(values))) if words else []


def _rows_alike_among(words: Sequence[str], born_on: Collection[date]) -> Sequence[Sequence[str]]:
    """The same of words in names of those born on these days."""
    days = [day.isoformat() for day in born_on]
    return fetch_all(_MEANT_AMONG, [days, list(words), [f"{_as_literal(word)}%" for word in words]])


def _known_by_list(word: str) -> dict[str, float]:
    if len(word) == 1:
        return {word: 1.0, f"{word}{INITIAL}": 0.8}
    called = {name for formal in formal_names(word) for name in (formal, *CALLED.get(formal, ()))}
    return dict.fromkeys(called, 0.95) | {word: 1.0}


def _fit(typed: str, known: str) -> float:
    """How well a known word fits what was typed; 0 where it does not."""
    if typed == known:
        return 1.0
    if known.startswith(typed):
        return 0.9
    nearness = OSA.normalized_similarity(typed, known)
    if nearness >= ONE_SLIP_IN_THREE:
        return 0.8 * nearness
    return 0.5 if JaroWinkler.similarity(typed, known) >= SPELLED_DIFFERENTLY else 0.0


ONE_SLIP_IN_THREE = 0.66
SPELLED_DIFFERENTLY = 0.8


def _as_literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""How alike two people are, in points, and why: record linkage as Fellegi and Sunter do it, with one table. Pure.

Several weak agreements make a strong one. Each identifier of two records is put on a level of the table, the points
of the levels add up, and from `LIKELY` on the two are named as likely one person. The points follow how seldom two
different people agree by chance: a date of birth one in 20,000, a whole name one in 5,000, a phone or an email that
a household shares less than that; one name that many bear tells least. What is not known on one side says nothing.

The table keeps this promise: the same date of birth, or two other identifiers that agree, and one part of the name
that agrees or is near, are likely one person whatever the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from rapidfuzz.distance import OSA

from scheduling.patients.birth_slips import one_slip_from_both, slip_between
from scheduling.patients.folding import formal_names, plain, telling, words_of
from scheduling.patients.phones import without_extension


class Level(StrEnum):
    """How far one identifier of two records agrees."""

    NAMES_AGREE = "names-agree"
    NAMES_ALIKE = "names-alike"
    NAME_PART = "name-part"
    NO_NAME = "no-name"
    BORN_SAME_DAY = "born-same-day"
    BORN_BY_SLIP = "born-by-slip"
    BORN_BY_TWO_SLIPS = "born-by-two-slips"
    BORN_OTHER_DAY = "born-other-day"
    OTHER_GENERATION = "other-generation"
    PHONE = "phone"
    EMAIL = "email"
    NHS_NUMBER = "nhs-number"
    OTHER_NHS_NUMBER = "other-nhs-number"


POINTS: Mapping[Level, float] = {
    Level.NAMES_AGREE: 8,  # given and family name, in any order, former names and short forms included
    Level.NAMES_ALIKE: 7,  # each agrees, or is a slip away, or sounds alike
    Level.NAME_PART: 4,  # one of the two agrees or is a slip away, or both merely sound alike
    Level.NO_NAME: -5,  # a new name altogether, where date of birth, phone and email all agree
    Level.BORN_SAME_DAY: 8,
    Level.BORN_BY_SLIP: 4,  # day and month swapped, one digit off, two digits swapped
    Level.BORN_OTHER_DAY: -0.5,
    Level.BORN_BY_TWO_SLIPS: -2,  # as far apart as a generation, and two slips: only the whole name outweighs it
    Level.OTHER_GENERATION: -10,  # parents and children share names, phone and email
    Level.PHONE: 4,
    Level.EMAIL: 4,
    Level.NHS_NUMBER: 20,
    Level.OTHER_NHS_NUMBER: -0.5,  # said, and decided by a person: numbers are mistyped and copied, twins are real
}
LIKELY = 11
"""From so many points on two records are likely of one person."""
GENERATION_YEARS = 15
NEAR_FROM, FAR_NEAR_FROM = 5, 8
"""Letters from which one slip, and two slips, leave a name the same."""

NEARLY_WRITTEN_ALIKE = 0.8
"""The share of letters from which two names of one sound are nearly the same; Stephen and Stephanie sound alike."""

Sounds = Mapping[str, frozenset[str]]
"""The codes of a word's sound (double metaphone), by the folded word; none for what has none."""


@dataclass(frozen=True)
class Person:
    """What is compared of a record, or of somebody who is to be registered. Phones as E.164, emails as typed."""

    given_name: str
    family_name: str
    date_of_birth: date
    former_names: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    nhs_number: str | None = None

    @cached_property
    def given(self) -> tuple[FoldedName, ...]:
        return (FoldedName.of(self.given_name),) if telling(words_of(self.given_name)) else ()

    @cached_property
    def family(self) -> tuple[FoldedName, ...]:
        named = (self.family_name, *self.former_names)
        return tuple(FoldedName.of(name) for name in named if words_of(name))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the names, and each name written together."""
        return frozenset(word for part in (*self.given, *self.family) for word in (*part.words, part.together))


@dataclass(frozen=True)
class FoldedName:
    """One name, folded."""

    words: tuple[str, ...]
    together: str

    @classmethod
    def of(cls, name: str) -> FoldedName:
        words = words_of(name)
        return cls(telling(words), "".join(words))


@dataclass(frozen=True)
class Likeness:
    """How alike two people are, why, and what speaks against it; sentences for whoever decides."""

    points: float
    levels: frozenset[Level]
    because: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)

    @property
    def is_likely(self) -> bool:
        return self.points >= LIKELY

    @property
    def is_another_generation(self) -> bool:
        """Parent and child, to all appearances, on one phone and email."""
        is_apart = bool(self.levels & {Level.OTHER_GENERATION, Level.BORN_BY_TWO_SLIPS})
        return is_apart and {Level.PHONE, Level.EMAIL} <= self.levels and Level.NO_NAME not in self.levels


_Said = tuple[Level, str, str]
"""A level, what it says for it, what it says against it."""


def compare(one: Person, other: Person, sounds: Sounds) -> Likeness:
    """How alike these two are. The order makes no difference to the points."""
    said = [*_names(one, other, sounds), *_births(one, other), *_contacts(one, other), *_numbers(one, other)]
    return Likeness(
        points=sum(POINTS[level] for level, _, _ in said),
        levels=frozenset(level for level, _, _ in said),
        because=[why for _, why, _ in said if why],
        against=[why for _, _, why in said if why],
    )


# -- Names ------------------------------------------------------------------------------------------------------------

_DIFFERS, _SOUNDS, _NEAR, _AGREES = range(4)


def _names(one: Person, other: Person, sounds: Sounds) -> list[_Said]:
    given, family = _closest(one.given, other.given, sounds), _closest(one.family, other.family, sounds)
    crossed = (_closest(one.given, other.family, sounds), _closest(one.family, other.given, sounds))
    if None in (given, family) or _is_one_name(one) or _is_one_name(other):
        return _of_one_name(one, other, sounds)
    straight = (given or 0, family or 0)
    swapped = (crossed[0] or 0, crossed[1] or 0)
    if min(straight) == _DIFFERS and min(swapped) >= _NEAR:
        return [(_level(*swapped), "The names agree, with given and family name swapped.", "")]
    if max(straight) < _NEAR and max(swapped) == _AGREES:
        return [(Level.NAME_PART, "The given name of one is the family name of the other.", "The other names differ.")]
    return [_said_of(*straight)]


def _level(given: int, family: int) -> Level:
    if min(given, family) == _AGREES:
        return Level.NAMES_AGREE
    if min(given, family) >= _SOUNDS:
        return Level.NAMES_ALIKE if max(given, family) > _SOUNDS else Level.NAME_PART
    return Level.NAME_PART if max(given, family) >= _NEAR else Level.NO_NAME


def _said_of(given: int, family: int) -> _Said:
    level = _level(given, family)
    if level == Level.NAMES_AGREE:
        return level, "The names agree.", ""
    if _DIFFERS not in (given, family):
        return level, f"The given name {_WORDS[given]}, the family name {_WORDS[family]}.", ""
    if level == Level.NO_NAME:
        return level, "", "The names differ."
    alike, differs, how = ("given", "family", given) if given else ("family", "given", family)
    return level, f"The {alike} name {_WORDS[how]}.", f"The {differs} names differ."


_WORDS = {_AGREES: "agrees", _NEAR: "is nearly the same", _SOUNDS: "sounds alike"}


def _is_one_name(person: Person) -> bool:
    return not (person.given and person.family)


def _of_one_name(one: Person, other: Person, sounds: Sounds) -> list[_Said]:
    """Of somebody with one name that name is looked for among all of the other's."""
    how = _closest((*one.given, *one.family), (*other.given, *other.family), sounds)
    if not how:
        return [(Level.NO_NAME, "", "The names differ.")]
    if _is_one_name(one) and _is_one_name(other):
        return [(_level(how, how), f"The name {_WORDS[how]}.", "")]
    level = Level.NAME_PART if how >= _NEAR else Level.NO_NAME
    return [(level, f"The name {_WORDS[how]}." if how >= _NEAR else "", "" if how >= _NEAR else "The names differ.")]


def _closest(these: Iterable[FoldedName], those: Iterable[FoldedName], sounds: Sounds) -> int | None:
    """How close the closest of these names are; None where one side has none."""
    found = [_parts(this, that, sounds) for this in these for that in those]
    return max(found) if found else None


def _parts(this: FoldedName, that: FoldedName, sounds: Sounds) -> int:
    if this.together == that.together:
        return _AGREES
    pairs = [(this.together, that.together), *((a, b) for a in this.words for b in that.words)]
    return max(_words(a, b, sounds) for a, b in pairs)


def _words(a: str, b: str, sounds: Sounds) -> int:
    if a == b or plain(a) == plain(b) or formal_names(a) & formal_names(b):
        return _AGREES
    if _is_a_slip(a, b):
        return _NEAR
    if sounds.get(a, frozenset()) & sounds.get(b, frozenset()):
        return _NEAR if OSA.normalized_similarity(a, b) >= NEARLY_WRITTEN_ALIKE else _SOUNDS
    return _DIFFERS


def _is_a_slip(a: str, b: str) -> bool:
    """One slip, in long names two; in names of four letters only two of them swapped (Mark and Mary are two names)."""
    shorter = min(len(a), len(b))
    if shorter < NEAR_FROM:
        return shorter == len(a) == len(b) == NEAR_FROM - 1 and sorted(a) == sorted(b) and OSA.distance(a, b) == 1
    allowed = 1 if shorter < FAR_NEAR_FROM else 2
    return OSA.distance(a, b, score_cutoff=allowed) <= allowed


# -- What else is known ---------------------------------------------------------------------------------------------


def _births(one: Person, other: Person) -> list[_Said]:
    if one.date_of_birth == other.date_of_birth:
        return [(Level.BORN_SAME_DAY, "The date of birth is the same.", "")]
    if slip := slip_between(one.date_of_birth, other.date_of_birth):
        return [(Level.BORN_BY_SLIP, f"The date of birth is the same apart from {slip}.", "")]
    years = abs(one.date_of_birth.year - other.date_of_birth.year)
    if years >= GENERATION_YEARS and one_slip_from_both(one.date_of_birth, other.date_of_birth):
        return [
            (Level.BORN_BY_TWO_SLIPS, "", f"They were born {years} years apart, unless it was typed with two slips.")
        ]
    if years >= GENERATION_YEARS:
        return [(Level.OTHER_GENERATION, "", f"They were born {years} years apart.")]
    return [(Level.BORN_OTHER_DAY, "", "The dates of birth differ.")]


def _contacts(one: Person, other: Person) -> list[_Said]:
    found: list[_Said] = []
    if one.phone and _line(one) == _line(other) and _extensions_agree(one.phone, other.phone):
        found.append((Level.PHONE, "The phone number is the same.", ""))
    if one.email and one.email.strip().casefold() == other.email.strip().casefold():
        found.append((Level.EMAIL, "The email address is the same.", ""))
    return found


def _line(person: Person) -> str:
    return without_extension(person.phone)


def _extensions_agree(one: str, other: str) -> bool:
    """Two extensions of one switchboard are two phones."""
    return one == other or without_extension(one) in (one, other) or without_extension(other) in (one, other)


def _numbers(one: Person, other: Person) -> list[_Said]:
    if not (one.nhs_number and other.nhs_number):
        return []
    if one.nhs_number == other.nhs_number:
        return [(Level.NHS_NUMBER, "The NHS number is the same.", "")]
    why = "Both have a valid NHS number, and the two differ: they may be two people, such as twins."
    return [(Level.OTHER_NHS_NUMBER, "", why)]

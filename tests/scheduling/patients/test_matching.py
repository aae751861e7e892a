"""How alike two people are: the levels of each identifier, and what the table of points promises. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from scheduling.patients.birth_slips import slip_between, slips_of
from scheduling.patients.matching import LIKELY, POINTS, Level, Person, compare

ONE = Person("Catherine", "Whitmore", date(1981, 4, 3), phone="+442079460301", email="c@mail.example")
BARE = replace(ONE, phone="", email="")


def likely(other: Person, one: Person = ONE) -> bool:
    there, back = compare(one, other, {}), compare(other, one, {})
    assert (there.points, there.levels) == (back.points, back.levels)
    return there.is_likely


def test_the_table_keeps_its_promise() -> None:
    """The same birthday or two other identifiers, and one part of the name, whatever speaks against it."""
    against = POINTS[Level.OTHER_NHS_NUMBER]
    assert POINTS[Level.BORN_SAME_DAY] + POINTS[Level.NAME_PART] + against >= LIKELY
    contact = POINTS[Level.PHONE] + POINTS[Level.EMAIL]
    assert contact + POINTS[Level.NAME_PART] + POINTS[Level.BORN_OTHER_DAY] + against >= LIKELY - 0.5
    assert contact + POINTS[Level.NAME_PART] + POINTS[Level.BORN_OTHER_DAY] >= LIKELY
    assert contact + POINTS[Level.NAMES_AGREE] + POINTS[Level.OTHER_GENERATION] < LIKELY
    assert POINTS[Level.BORN_SAME_DAY] + POINTS[Level.PHONE] + POINTS[Level.NO_NAME] < LIKELY


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"family_name": "Okafor"}, True),
        ({"given_name": "Kathryn", "family_name": "Okafor"}, True),
        ({"given_name": "Marek"}, True),
        ({"given_name": "Marek", "family_name": "Okafor"}, False),
        ({"date_of_birth": date(1981, 3, 4)}, True),
        ({"date_of_birth": date(1918, 4, 3)}, True),
        ({"date_of_birth": date(1985, 9, 22)}, False),
        ({"given_name": "Marek", "date_of_birth": date(1981, 3, 4)}, False),
        ({"given_name": "Whitmore", "family_name": "Catherine"}, True),
        ({"given_name": "Catherine", "family_name": ""}, True),
    ],
)
def test_without_any_contact(changes: dict[str, object], expected: bool) -> None:
    assert likely(replace(BARE, **changes), BARE) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"given_name": "Marek", "family_name": "Okafor"}, True),
        ({"given_name": "Marek", "date_of_birth": date(1983, 9, 22)}, True),
        ({"given_name": "Marek", "date_of_birth": date(1983, 9, 22), "email": ""}, False),
        ({"given_name": "Marek", "date_of_birth": date(2007, 9, 22)}, False),
        ({"date_of_birth": date(1955, 9, 22)}, False),
        ({"date_of_birth": date(1983, 9, 22), "email": ""}, True),
    ],
)
def test_with_one_phone_and_email(changes: dict[str, object], expected: bool) -> None:
    """Another generation is registered, and named for the list."""
    other = replace(ONE, **changes)  # type: ignore[arg-type]
    assert likely(other) is expected
    years = abs(other.date_of_birth.year - 1981)
    assert compare(ONE, other, {}).is_another_generation is (years >= 15)


def test_names_that_sound_alike_need_the_same_birthday() -> None:
    sounds = {
        "reid": frozenset({"RT"}),
        "rowd": frozenset({"RT"}),
        "joan": frozenset({"JN"}),
        "jane": frozenset({"JN"}),
    }
    one, other = Person("Joan", "Reid", date(1950, 1, 1)), Person("Jane", "Rowd", date(1950, 1, 1))
    assert compare(one, other, sounds).is_likely
    assert not compare(one, other, {}).is_likely
    assert not compare(one, replace(other, date_of_birth=date(1950, 10, 1)), sounds).is_likely


def test_two_extensions_of_one_switchboard_are_two_phones() -> None:
    one = replace(ONE, phone="+442079460301;ext=12")
    assert Level.PHONE in compare(one, ONE, {}).levels
    assert Level.PHONE not in compare(one, replace(ONE, phone="+442079460301;ext=13"), {}).levels


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        (date(1981, 4, 3), date(1981, 3, 4), "day and month, which are swapped"),
        (date(1981, 4, 3), date(1918, 4, 3), "two digits, which are swapped"),
        (date(1981, 4, 3), date(1981, 4, 8), "one digit"),
        (date(1981, 4, 3), date(1981, 4, 30), "two digits, which are swapped"),
        (date(1981, 4, 3), date(1982, 4, 4), ""),
        (date(1981, 4, 3), date(1981, 4, 3), ""),
    ],
)
def test_slips_in_a_date(one: date, other: date, slip: str) -> None:
    """Both ways; the list that the database is asked with holds the same dates."""
    assert slip_between(one, other) == slip_between(other, one) == slip
    assert (other in slips_of(one)) is bool(slip)

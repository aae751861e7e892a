"""R25: who is registered twice under slips is named, and who is new is not taken for somebody else.

A book of 10,000 invented people (`book_of_people.py`). Some of them come again with 1 to 3 slips, drawn evenly from a
table of 17; others are new. 200 and 1,000 in `make test` (200 new people are too few to tell 1 % from 2 %), 2,000 and
2,000 from each of three seeds in `make trials`. The search beside 1,000,000 patients is measured by
`python -m bench search`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import pytest
from django.db import transaction

from scheduling.models import Patient
from scheduling.patients import matching
from scheduling.patients.identity import LikelyDuplicate, NewPatient, register_patient
from scheduling.patients.name_words import learn, words_for
from tests.clinic import NOW, Clinic
from tests.trials.book_of_people import SLIPS, Book, Invented, slipped

pytestmark = pytest.mark.django_db

SEED, PEOPLE = 20260302, 10_000
OTHER_SEEDS = (20260303, 20260304)
NAMED_AT_LEAST, WRONG_AT_MOST = 0.98, 0.01


@pytest.fixture
def book(clinic: Clinic) -> Book:
    """The people of the book, registered; the first of them are the lowest ids."""
    return registered(SEED)


def registered(seed: int) -> Book:
    """The people of this seed's book, in the database."""
    made = Book(seed, PEOPLE)
    words = {one: words_for(one.given_name, one.family_name) for one in made.people}
    learn({word for listed in words.values() for word in listed})
    Patient.objects.bulk_create(
        [Patient(**asdict(one), name_words=words[one], registered_at=NOW) for one in made.people], batch_size=1000
    )
    return made


@pytest.fixture
def clinic(db: None) -> Clinic:
    """Nothing here needs real commits."""
    from tests.clinic import open_clinic

    return open_clinic()


def named(one: Invented, clinic: Clinic) -> list[int]:
    """Whom registering this person names; nothing is kept of it."""
    try:
        with transaction.atomic():
            register_patient(NewPatient(**asdict(one)), confirm_spelling=True, by=clinic.reception, now=clinic.now)
            transaction.set_rollback(True)
    except LikelyDuplicate as refusal:
        return [int(one["patient"]) for one in refusal.extra["duplicates"]]  # type: ignore[attr-defined]
    return []


def named_in_spite_of_slips(book: Book, clinic: Clinic, count: int) -> tuple[float, Counter[str]]:
    """How many of some people of the book are named when they come again with slips, and the slips of those who not."""
    ids = dict(zip(book.people, Patient.objects.order_by("pk").values_list("pk", flat=True), strict=True))
    missed: Counter[str] = Counter()
    found = 0
    for one in book.rng.sample(book.people, count):
        typed, slips = slipped(one, book)
        if ids[one] in named(typed, clinic):
            found += 1
        else:
            missed[" + ".join(sorted(slips))] += 1
    return found / count, missed


def named_wrongly(book: Book, clinic: Clinic, count: int) -> float:
    """How many of some people who are not in the book are taken for somebody who is."""
    return sum(bool(named(book.new(), clinic)) for _ in range(count)) / count


def test_who_comes_again_is_named_and_who_is_new_is_not(book: Book, clinic: Clinic, is_full_trial: bool) -> None:
    check(book, clinic, again=2_000 if is_full_trial else 200, new=2_000 if is_full_trial else 1_000)


@pytest.mark.full_trial
@pytest.mark.parametrize("seed", OTHER_SEEDS)
def test_the_same_holds_of_another_book(seed: int, clinic: Clinic) -> None:
    check(registered(seed), clinic, again=2_000, new=2_000)


def check(book: Book, clinic: Clinic, *, again: int, new: int) -> None:
    """So many of the book come again, and so many are new."""
    share, missed = named_in_spite_of_slips(book, clinic, again)
    wrong = named_wrongly(book, clinic, new)
    print(f"{again}: {share:.2%} named in spite of slips; {new}: {wrong:.2%} named wrongly; missed: {missed}")
    assert share >= NAMED_AT_LEAST, missed
    assert wrong <= WRONG_AT_MOST


@pytest.mark.full_trial(one_in=2)
def test_every_slip_of_the_table_is_drawn(book: Book) -> None:
    """About as often as any other that is possible for a person."""
    drawn = Counter(slip for one in book.people[:3000] for slip in slipped(one, book)[1])
    assert drawn.keys() == SLIPS.keys()


@pytest.mark.full_trial(one_in=2)
def test_compared_letter_by_letter_fewer_are_named(book: Book, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: neither a slip in a name or date nor a short form is forgiven."""
    monkeypatch.setattr(matching, "slip_between", lambda one, other: "")
    monkeypatch.setattr(matching, "one_slip_from_both", lambda one, other: False)
    monkeypatch.setattr(matching, "_words", lambda a, b, sounds: 3 if a == b else 0)
    share, _ = named_in_spite_of_slips(book, clinic, 100)
    assert share < NAMED_AT_LEAST


@pytest.mark.full_trial
def test_with_a_lower_threshold_new_people_are_named_wrongly(
    book: Book, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: where a date of birth alone is enough the trial fails."""
    points = {**matching.POINTS, matching.Level.NO_NAME: 0}
    monkeypatch.setattr(matching, "POINTS", points)
    monkeypatch.setattr(matching, "LIKELY", 8)
    assert named_wrongly(book, clinic, 100) > WRONG_AT_MOST

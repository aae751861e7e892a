"""Searches and registrations beside 1,000,000 patients: the slowest in twenty of each kind of text."""

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random
from statistics import quantiles

from bench import filled, measure, record
from bench.house import house
from tests.trials.book_of_people import Book, Invented, slipped

PATIENTS, BATCH = 1_000_000, 20_000
TRIES = 60
"""Searches of each kind."""
AT_MOST_MS = 50
TODAY = date(2026, 3, 2)
SEED = 20260302


def main() -> None:
    """Fill the book, then measure."""
    with house() as found:
        book = Book(SEED, PATIENTS)
        _fill(book)
        with found.owner() as owner:
            filled.settle(owner)
        measure.say_machine()
        _searches(book)
        _registrations(book)


def _fill(book: Book) -> None:
    from django.utils import timezone

    from scheduling.models import Patient
    from scheduling.patients.name_words import learn, words_for

    now = timezone.now()
    for start in range(0, len(book.people), BATCH):
        people = book.people[start : start + BATCH]
        words = [words_for(one.given_name, one.family_name) for one in people]
        learn({word for listed in words for word in listed})
        Patient.objects.bulk_create(
            [
                Patient(**vars(one), name_words=listed, registered_at=now)
                for one, listed in zip(people, words, strict=True)
            ]
        )


def _searches(book: Book) -> None:
    from scheduling.patients.search import search_patients

    every: list[float] = []
    for name, text in _TEXTS.items():
        rng = Random(name)
        chosen = rng.sample(book.people, TRIES)
        took = [_ms(partial(search_patients, text(one, rng), today=TODAY)) for one in chosen]
        every += took
        measure.say_number(f"p95 of a search: {name}", _p95(took), "ms", at_most=AT_MOST_MS)
    measure.say_number("p95 of all of them", _p95(every), "ms", at_most=AT_MOST_MS)


def _registrations(book: Book) -> None:
    from scheduling.patients.look_alikes import look_alikes
    from scheduling.patients.matching import Person

    people = [slipped(one, book)[0] for one in book.rng.sample(book.people, TRIES)]
    took = [_ms(partial(look_alikes, Person(**vars(one)))) for one in people]
    measure.say_number("p95 of looking for who is alike, with slips", _p95(took), "ms")


def _ms(operation: Callable[[], object]) -> float:
    start = time.perf_counter()
    operation()
    return (time.perf_counter() - start) * 1000


def _p95(took: list[float]) -> float:
    return quantiles(took, n=20)[-1]


def _slip(name: str, rng: Random) -> str:
    at = rng.randrange(1, max(2, len(name) - 1))
    return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


_TEXTS: dict[str, Callable[[Invented, Random], str]] = {
    "family name": lambda one, rng: one.family_name,
    "both names": lambda one, rng: f"{one.given_name} {one.family_name}",
    "both names, one with a slip": lambda one, rng: f"{one.given_name} {_slip(one.family_name, rng)}",
    "a given name that many bear": lambda one, rng: one.given_name,
    "how a name begins": lambda one, rng: one.family_name[:3],
    "initial and family name": lambda one, rng: f"{one.given_name[0]} {one.family_name}",
    "family name and year": lambda one, rng: f"{one.family_name} {one.date_of_birth.year}",
    "date of birth": lambda one, rng: f"{one.date_of_birth:%d/%m/%Y}",
    "a year alone": lambda one, rng: f"{one.date_of_birth.year}",
    "phone": lambda one, rng: one.phone.replace("+44", "0") or "020 7946 0958",
    "the end of a phone": lambda one, rng: one.phone[-6:] or "460958",
    "email": lambda one, rng: one.email or "nobody@mail.example",
    "a name that nobody bears": lambda one, rng: f"{_slip(one.given_name, rng)}xq {one.family_name}qx",
}


if __name__ == "__main__":
    with record.of("search"):
        main()

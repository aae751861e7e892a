"""Who the invented patients of the past year are, the same at every start: names, ages, what brings them. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, product
from math import cos, pi
from random import Random
from typing import Final

from pht_clinic.demo.stories.nhs_numbers import nhs_number_of

HOW_MANY: Final = 400
MOST: Final = 5000
PARTS: Final = 2
"""Processes that play at the same time, each with practitioners of its own."""
YEAR: Final = timedelta(days=365)
FIRST_SERIAL: Final = 100
"""Their NHS numbers come after those of the patients with a story."""
COURSES: Final = {"injected": 40, "reviewed": 12, "scanned": 10, "refused": 6, "called": 4, "therapy": 22, "advised": 6}
"""How many of a hundred come for what; `courses.py` plays each."""
_GIVEN_NAMES: Final = """
Aaron Abena Aidan Alice Amina Anders Anita Anton Arjun Astrid Beatriz Bettina Blake Brigid Camille Carlos Cerys
Chloe Claire Conor Daisy Darius David Deborah Denise Dermot Diana Dominic Edith Eleni Elias Elsie Emeka Emily
Erik Esther Farah Fergus Fiona Frances Gemma George Gloria Grace Gwen Harriet Hassan Heather Helen Henry Hugo
Imran Ingrid Isaac Isla Ivan Jacob Jamila Jasper Joanna Joseph Judith Karim Katie Keira Kenji Kofi Laura Leila
Lena Leo Linda Liam Lorna Louis Lydia Magnus Maeve Marcus Maria Martin Maya Megan Miguel Mirela Nadia Nathan
Niamh Nicola Noah Nora Oliver Omar Oscar Owen Patrick Paula Peter Petra Rachel Rafael Rhys Rita Rosa Ruth Samira
Sara Sean Selma Simon Sofia Stella Stefan Tamsin Tariq Thea Theo Tom Una Vera Victor Walter Wanda Yusuf Zara Zoe
"""
_FAMILY_NAMES: Final = """
Abbott Achebe Ahmed Alder Allard Ansah Archer Atkins Barlow Bauer Becker Bell Bianchi Birkett Blythe Boateng
Bowen Brennan Briggs Burke Byrne Calder Carver Chandra Clarke Coles Costa Cowan Craig Cullen Dalton Darby Davis
Dawson Diaz Dixon Dunn Easton Egan Ellwood Fairley Farrow Fenton Ferrari Finch Fischer Flynn Fraser Frost Gallo
Garner Gibbs Gill Goddard Grant Greer Hale Hansen Harding Hargreave Hoang Holm Hooper Hughes Ibrahim Iqbal
Jarvis Jensen Joyce Kaplan Kaur Keane Kemp Khalil Kirby Klein Kovacs Lacey Larsen Leclerc Lister Lowe Lynch
Maddox Malik Marsh Mbeki Meyer Mistry Moran Moss Murphy Nair Nash Nolan Novak Nwosu Okoro Osman Palmer Parr
Patel Peake Pereira Petrov Pike Quinn Radley Rahman Reeve Rhodes Rivera Rossi Rowe Sadler Sato Schmidt Shaw
Silva Singh Slater Sloane Stokes Svensson Tanner Tate Thorne Tran Turner Underhill Vance Vaughan Wade Walsh Ward
Webb Weston Wolfe Wren Yates York Young Zhang
"""


@dataclass(frozen=True, slots=True)
class Comer:
    """One of them: `arrives_on` is the local day on which they first phone, `course` one of COURSES."""

    number: int
    nhs_number: str
    given_name: str
    family_name: str
    date_of_birth: date
    arrives_on: date
    course: str

    @property
    def email(self) -> str:
        """An address that leads nowhere; every thirteenth has none."""
        return "" if self.number % 13 == 0 else f"{self.given_name}.{self.family_name}@patient.example".lower()

    @property
    def phone(self) -> str:
        """A number that is kept for stories."""
        return f"07700 900{self.number % 1000:03d}"

    @property
    def side(self) -> str:
        return "left" if self.number % 2 else "right"


def cast(today: date, *, how_many: int = HOW_MANY) -> list[Comer]:
    """The people of the year before this local day, by the day they come; no two share a name."""
    chance = Random(how_many)  # nosec B311  # noqa: S311 - people, no secret
    names = chance.sample([*product(_GIVEN_NAMES.split(), _FAMILY_NAMES.split())], how_many)
    ago = range(1, YEAR.days)
    days = sorted(chance.choices(ago, [_busy(today - timedelta(days=one)) for one in ago], k=how_many), reverse=True)
    numbers = filter(None, map(nhs_number_of, count(FIRST_SERIAL)))
    courses = chance.choices(list(COURSES), list(COURSES.values()), k=how_many)
    return [
        Comer(
            number,
            nhs_number,
            *name,
            today - timedelta(days=round(chance.triangular(20, 75, 44) * 365)),
            today - timedelta(days=days[number]),
            course,
        )
        for number, (name, course, nhs_number) in enumerate(zip(names, courses, numbers, strict=False))
    ]


def _busy(day: date) -> float:
    """How many come on such a day, against the others: more in spring and autumn, few at weekends and in August."""
    season = 1 + 0.25 * cos(4 * pi * (day.timetuple().tm_yday - 100) / 365)
    return 0.0 if day.weekday() > 4 else season * (0.5 if day.month in (8, 12) else 1)

"""Bank holidays of the clinic's country or region: no weekly session opens, an extra session of one day still does;
and they are no working days (`working_days.py`).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.conf import settings

from scheduling.availability.working_days import WorkingDays, read_weekdays


class NoBankHolidays(ValueError):
    """A text that names nobody's bank holidays; its words say what is wrong."""


def check_region(region: str) -> None:
    """Whether it is empty, a country of ISO 3166 or one and a part of it whose bank holidays are known.

    Raises: NoBankHolidays.
    """
    if not region:
        return
    country, dash, part = region.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise NoBankHolidays("begins with no country whose bank holidays are known, by its two letters, as in GB-ENG")
    if (dash or part) and part not in known[country]:
        raise NoBankHolidays(f"names no part of {country} whose bank holidays are known")


def bank_holidays(from_on: date, to_on: date) -> frozenset[date]:
    """The bank holidays of every year that these local dates touch; none where the clinic has set no region."""
    region = settings.BANK_HOLIDAYS
    years = range(from_on.year, to_on.year + 1)
    return frozenset().union(*(_of_year(region, year) for year in years)) if region else frozenset()


def is_working_weekday(day: date) -> bool:
    """Whether the clinic works on this day of the week, a bank holiday or not."""
    return day.weekday() in read_weekdays(settings.WORKING_DAYS)


def working_days_after(day: date) -> WorkingDays:
    """The clinic's working days, with the bank holidays of the 4 weeks after this local day and more."""
    return WorkingDays(read_weekdays(settings.WORKING_DAYS), bank_holidays(day, day + timedelta(weeks=4)))


def names_of_bank_holidays(from_on: date, to_on: date) -> dict[date, str]:
    """What the bank holidays from one local date to another, both included, are called; of several on one
    day all of them.
    """
    region = settings.BANK_HOLIDAYS
    years = range(from_on.year, to_on.year + 1) if region else ()
    return {day: name for year in years for day, name in _named(region, year).items() if from_on <= day <= to_on}


@lru_cache(maxsize=64)
def _of_year(region: str, year: int) -> frozenset[date]:
    return frozenset(_named(region, year))


@lru_cache(maxsize=64)
def _named(region: str, year: int) -> dict[date, str]:
    country, _, subdivision = region.partition("-")
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return {day: name.replace("; ", ", ") for day, name in found.items()}

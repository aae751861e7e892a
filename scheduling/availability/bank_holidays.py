"""Bank holidays of the clinic's country or region: no weekly session opens, an extra session of one day still does;
and they are no working days.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.conf import settings


def bank_holidays(from_on: date, to_on: date) -> frozenset[date]:
    """The bank holidays of every year that these local dates touch; none where the clinic has set no region."""
    region = settings.BANK_HOLIDAYS
    years = range(from_on.year, to_on.year + 1)
    return frozenset().union(*(_of_year(region, year) for year in years)) if region else frozenset()


def bank_holidays_after(day: date) -> frozenset[date]:
    """Those of the 4 weeks after this local date and more: enough to tell the next working days."""
    return bank_holidays(day, day + timedelta(weeks=4))


@lru_cache(maxsize=64)
def _of_year(region: str, year: int) -> frozenset[date]:
    country, _, subdivision = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))

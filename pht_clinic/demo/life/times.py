"""Which times the players take in the diary: a grid of each practitioner's sessions, with room left for the desk."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from pht_clinic import clock
from pht_clinic.periods import wall_to_utc
from scheduling.availability.bank_holidays import bank_holidays
from scheduling.availability.weekly import holds_on
from scheduling.models import Appointment, Practitioner, Schedule
from scheduling.states import HOLDING, Status

STEP: Final = timedelta(minutes=40)
LONGEST_BUFFER: Final = timedelta(minutes=10)
KEPT_FREE: Final = 0.35
"""Of all times: what the desk of the demo books for itself."""
DAYS_TO_TRY: Final = 60


class Times:
    """The free times of one practitioner. It knows what it gave away, and what stood in the diary before."""

    def __init__(self, practitioner: Practitioner) -> None:
        self.practitioner = practitioner
        self._weekly = list(Schedule.objects.filter(practitioner=practitioner))
        rows = Appointment.objects.filter(practitioner=practitioner, status__in=(*HOLDING, Status.FULFILLED))
        self._taken = [(start, end + LONGEST_BUFFER) for start, end in rows.values_list("start_at", "end_at")]
        self._closed = bank_holidays(clock.today() - timedelta(days=400), clock.today() + timedelta(days=200))

    def first_free(self, from_on: date, *, minutes: int) -> datetime | None:
        """The first free start from this local day on, as an instant; None where two months are full."""
        for ahead in range(DAYS_TO_TRY):
            day = from_on + timedelta(days=ahead)
            for start in self._starts(day):
                end = start + timedelta(minutes=minutes)
                if not any(start < until and since < end for since, until in self._taken):
                    self._taken.append((start, end))
                    return start
        return None

    def _starts(self, day: date) -> Collection[datetime]:
        found = []
        chance = Random(f"{day}/{self.practitioner.name}")  # nosec B311  # noqa: S311 - times, no secret
        for weekly in sorted(self._weekly, key=lambda one: one.opens):
            if not holds_on(weekly, day, bank_holidays=self._closed):  # type: ignore[arg-type]  # a row says the same
                continue
            start = wall_to_utc(day, weekly.opens, clock.zone(), fold=0)
            while start + STEP <= wall_to_utc(day, weekly.closes, clock.zone(), fold=0):
                if chance.random() > KEPT_FREE:
                    found.append(start)
                start += STEP
        return found

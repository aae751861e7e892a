"""The finder: times of seven days for a patient, among 20 practitioners and a year of diary.

All times, Tuesday afternoons of anybody and of one doctor, and a verdict that there is none of.
"""

import datetime as dt
import time
from collections.abc import Callable
from statistics import median

from bench import filled, measure, record
from bench.house import house

IN_THE_YEAR = 200_000
DAYS_FULL = 30
TODAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
NOW = dt.datetime.combine(TODAY, dt.time(6), tzinfo=dt.UTC)
ROUNDS = 60
MOST_MS, MOST_QUERIES = 300, 12


def main() -> None:
    """Fill the diary, then look, again and again."""
    one = dt.timedelta(days=1)
    with house() as found:
        with found.owner() as owner, filled.constraints_at_the_end(owner):
            filled.staff(owner)
            full_until = TODAY + (DAYS_FULL - 1) * one
            count = filled.visits(owner, first_on=TODAY, last_on=full_until)
            filled.visits(
                owner, first_on=full_until + one, last_on=TODAY + 364 * one, a_day=45, most=IN_THE_YEAR - count
            )
            filled.settle(owner)
        measure.say_machine()
        record.say(f"20 practitioners, {IN_THE_YEAR:,} visits in the year, {DAYS_FULL} days full; {ROUNDS} looks each.")
        for name, search in _searches().items():
            _measure(name, search)


def _searches() -> dict[str, Callable[[], object]]:
    from injections.booking.finder import find
    from injections.booking.offers import SlotSearch
    from injections.booking.request import BookingRequest
    from scheduling.availability.hours_of_day import NOON, HoursOfDay
    from scheduling.models import Patient, Practitioner

    patient = Patient.objects.order_by("pk").values_list("pk", flat=True)[0]
    doctor = Practitioner.objects.order_by("-pk").values_list("pk", flat=True)[0]
    ask = {"kind": "injection", "patient_id": patient, "site": "hamstring-origin", "side": "left"}

    def looking(who: int | None = None, **values: object) -> Callable[[], object]:
        search = SlotSearch(**{"from_on": TODAY, "to_on": TODAY + dt.timedelta(days=365)} | values)  # type: ignore[arg-type]
        return lambda: find(BookingRequest(**ask, practitioner_id=who), search, now=NOW)

    return {
        "all times": looking(),
        "Tuesday afternoons": looking(weekdays=frozenset({1}), hours=HoursOfDay(after=NOON)),
        "Tuesday afternoons of one doctor": looking(doctor, weekdays=frozenset({1}), hours=HoursOfDay(after=NOON)),
        "one verdict, of which there is none": looking(verdict="clear"),
    }


def _measure(name: str, search: Callable[[], object]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        found = search()
    taken, used = [], []
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), time.process_time()
        search()
        taken.append((time.perf_counter() - began) * 1000)
        used.append((time.process_time() - busy) * 1000)
    taken.sort()
    days = len(found.days)  # type: ignore[attr-defined]
    measure.say_about(f"{name}: {days} days found")
    measure.say_number("p50", taken[len(taken) // 2], "ms", at_most=MOST_MS)
    measure.say_number("p95", taken[int(len(taken) * 0.95)], "ms", at_most=MOST_MS)
    measure.say_number("median of its own processor time, the database's aside", median(used), "ms")
    measure.say_number("queries", len(captured), at_most=MOST_QUERIES)


if __name__ == "__main__":
    with record.of("finder"):
        main()

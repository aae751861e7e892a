"""The next free time as the table grows, and with verdicts that never clear. Its peer: `bench/peers/times.py`."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import filled, measure, record
from bench.house import House, house

DAYS_FULL = 277
SMALL, LARGE = 10_000, 1_000_000
TODAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
NOW = dt.datetime.combine(TODAY, dt.time(6), tzinfo=dt.UTC)
KIND = "injection"
ROUNDS = 9


def main() -> None:
    """Build the diaries, then measure."""
    with house() as found:
        _build(found)
        measure.say_machine()
        _as_the_table_grows()
        _verdicts_that_never_clear(found)


def _build(found: House) -> None:
    """Two databases: one with 10,000 visits, and the same with 990,000 more in the past."""
    one = dt.timedelta(days=1)
    with found.owner() as owner:
        filled.staff(owner)
        # one practitioner full for 277 days; the afternoons of that room are free
        filled.visits(owner, first_on=TODAY, last_on=TODAY + (DAYS_FULL - 1) * one, a_day=30, rooms=1)
        count = owner.execute("SELECT count(*) FROM scheduling_appointment").fetchone()[0]
        filled.visits(owner, first_on=TODAY - 3 * one, last_on=TODAY - one, most=SMALL - count)
        filled.settle(owner)
    _copy_of_the_database(found, "pht_large")
    with found.owner("pht_large") as owner, filled.constraints_at_the_end(owner):
        filled.visits(owner, first_on=TODAY - 2000 * one, last_on=TODAY - 4 * one, most=LARGE - SMALL)
        filled.settle(owner)


def _copy_of_the_database(found: House, name: str) -> None:
    from django.db import connections

    connections.close_all()
    with found.owner("postgres") as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE pht")


@contextmanager
def _in(name: str) -> Iterator[None]:
    """Django's connection leads to this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    yield


def next_free(*, practitioner_id: int | None = None) -> Callable[[], object]:
    from scheduling.availability.slots import Search, free_slots
    from scheduling.kinds import KINDS

    search = Search(KINDS[KIND], TODAY, TODAY + dt.timedelta(days=365), practitioner_id)
    return lambda: next(free_slots(search, now=NOW))


def _as_the_table_grows() -> None:
    from scheduling.models import Practitioner

    first = Practitioner.objects.order_by("pk").values_list("pk", flat=True)[0]
    for what, operation, times in (
        ("near, any practitioner", next_free(), 20),
        (f"{DAYS_FULL} days away, one practitioner", next_free(practitioner_id=first), 10),
    ):
        repeated = measure.repeated(operation, times)

        def in_database(name: str, run: measure.Timed = repeated, once: Callable[[], object] = operation) -> float:
            with _in(name):
                once()
                return run()

        found = measure.interleaved(
            {"small": lambda: in_database("pht"), "large": lambda: in_database("pht_large")}, rounds=ROUNDS
        )
        measure.say_about(f"The next free time, {what}")
        measure.say_time(f"{SMALL:,} visits in the table", found["small"])
        measure.say_time(f"{LARGE:,} visits in the table", found["large"])
        measure.say_ratio("times as long", found["large"] / found["small"], at_most=1.3)


def _verdicts_that_never_clear(found: House) -> None:
    """366 days of 20 practitioners whose days are open, for a patient of whom nothing was ever answered."""
    from injections.booking.offers import SlotSearch, offers
    from injections.booking.request import BookingRequest
    from scheduling.models import Appointment, Patient

    with _in("pht"):
        with found.owner() as owner:
            owner.execute("TRUNCATE scheduling_appointment CASCADE")
        assert not Appointment.objects.exists()
        patient = Patient.objects.order_by("pk").values_list("pk", flat=True)[0]

        def search() -> object:
            ask = BookingRequest(kind=KIND, patient_id=patient, site="hamstring-origin", side="left")
            wanted = SlotSearch(from_on=TODAY, to_on=TODAY + dt.timedelta(days=366), verdict="clear")
            return offers(ask, wanted, now=NOW).results

        assert search() == []
        sample = measure.interleaved({"ours": measure.repeated(search, 1)}, rounds=5)["ours"]
        measure.say_about("Times that are clear, for a patient for whom none is, 366 empty days of 20 practitioners")
        measure.say_time("offers", sample)


if __name__ == "__main__":
    with record.of("slots"):
        main()

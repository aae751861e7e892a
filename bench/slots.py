"""The next free time against a weekly SQL multirange query, as the table grows, and with verdicts that never clear."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import filled, measure, record
from bench.house import House, house
from bench.peers.weekly import next_free_by_weeks

DAYS_FULL = 277
IN_THE_YEAR, SMALL, LARGE = 200_000, 10_000, 1_000_000
TODAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
NOW = dt.datetime.combine(TODAY, dt.time(6), tzinfo=dt.UTC)
KIND = "injection"
ROUNDS = 9


def main() -> None:
    """Build the diaries, then measure."""
    with house() as found:
        _build(found)
        measure.say_machine()
        _against_weekly_sql()
        _as_the_table_grows()
        _verdicts_that_never_clear(found)


def _build(found: House) -> None:
    """Three databases: the year, one with 10,000 visits, and the same with 990,000 more in the past."""
    one = dt.timedelta(days=1)
    with found.owner() as owner:
        filled.staff(owner)
    _copy_of_the_database(found, "pht_year")
    with found.owner("pht_year") as owner, filled.constraints_at_the_end(owner):
        full_until = TODAY + (DAYS_FULL - 1) * one
        count = filled.visits(owner, first_on=TODAY, last_on=full_until)
        rest = IN_THE_YEAR - count
        filled.visits(owner, first_on=full_until + one, last_on=TODAY + 364 * one, a_day=40, most=rest)
        filled.settle(owner)
    with found.owner() as owner:
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


def _next_free(*, practitioner_id: int | None = None) -> Callable[[], object]:
    from scheduling.availability.slots import Search, free_slots
    from scheduling.kinds import KINDS

    search = Search(KINDS[KIND], TODAY, TODAY + dt.timedelta(days=365), practitioner_id)
    return lambda: next(free_slots(search, now=NOW))


def _against_weekly_sql() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with _in("pht_year"):
        for name in ("far", "near"):
            if name == "near":
                _free_some_time_tomorrow()
            ours, theirs = _next_free()(), next_free_by_weeks(KIND, TODAY, now=NOW)
            assert (ours.start, ours.practitioner_id) == theirs[:2], (ours, theirs)
            days = (ours.start.date() - TODAY).days
            with CaptureQueriesContext(connection) as captured:
                _next_free()()
            times = 3 if name == "far" else 20
            found = measure.interleaved(
                {
                    "ours": measure.repeated(_next_free(), times),
                    "weekly": measure.repeated(lambda: next_free_by_weeks(KIND, TODAY, now=NOW), times),
                },
                rounds=ROUNDS,
            )
            print(f"The next free time, {days} days away, 20 practitioners, {IN_THE_YEAR:,} visits in the year")
            measure.say_time("free_slots", found["ours"])
            measure.say_time("a weekly multirange query, week by week", found["weekly"])
            target = 2.0 if name == "far" else 1.0
            measure.say_ratio("times as fast", found["weekly"] / found["ours"], at_least=target)
            measure.say_number("queries of free_slots", len(captured), at_most=8)
            _explain(captured.captured_queries)


def _free_some_time_tomorrow() -> None:
    """One practitioner's visits of an hour are cancelled."""
    from scheduling.models import Appointment

    noon = dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time(11), tzinfo=dt.UTC)
    first = Appointment.objects.order_by("practitioner_id").first()
    Appointment.objects.filter(
        practitioner=first.practitioner_id, start_at__gte=noon, start_at__lt=noon + dt.timedelta(hours=1)
    ).update(status="cancelled")


def _explain(queries: list[dict[str, str]]) -> None:
    """How many rows of the diary each query touched."""
    from django.db import connection

    for query in queries:
        if "scheduling_appointment" not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query['sql']}")
            plan = [line for (line,) in cursor.fetchall()]
        scans = [line for line in plan if "Scan" in line and "scheduling_appointment" in line]
        for line in scans:
            print(f"      {' '.join(line.replace('->', '').split())}")


def _as_the_table_grows() -> None:
    from scheduling.models import Practitioner

    first = Practitioner.objects.order_by("pk").values_list("pk", flat=True)[0]
    for what, operation, times in (
        ("near, any practitioner", _next_free(), 20),
        (f"{DAYS_FULL} days away, one practitioner", _next_free(practitioner_id=first), 10),
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

"""The next free time against a weekly SQL multirange query: tomorrow, and behind 277 full days."""

import datetime as dt

from bench import filled, measure
from bench.cpu import of_this_and
from bench.house import House, house
from bench.peers.weekly import next_free_by_weeks
from bench.slots import DAYS_FULL, KIND, NOW, TODAY, next_free

IN_THE_YEAR, ROUNDS = 200_000, 9
AT_LEAST = {"far": 4.0, "near": 2.0}


def main() -> None:
    """Fill the year, then look far and near."""
    with house() as found:
        _build(found)
        measure.say_machine()
        for name in ("far", "near"):
            if name == "near":
                _free_some_time_tomorrow()
            _measure(name, times=3 if name == "far" else 20)


def _build(found: House) -> None:
    """20 practitioners, full for 277 days, in a year of 200,000 visits."""
    one = dt.timedelta(days=1)
    with found.owner() as owner, filled.constraints_at_the_end(owner):
        filled.staff(owner)
        full_until = TODAY + (DAYS_FULL - 1) * one
        count = filled.visits(owner, first_on=TODAY, last_on=full_until)
        rest = IN_THE_YEAR - count
        filled.visits(owner, first_on=full_until + one, last_on=TODAY + 364 * one, a_day=40, most=rest)
        filled.settle(owner)


def _measure(name: str, *, times: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ours, theirs = next_free()(), next_free_by_weeks(KIND, TODAY, now=NOW)
    assert (ours.start, ours.practitioner_id) == theirs[:2], (ours, theirs)
    days = (ours.start.date() - TODAY).days
    with CaptureQueriesContext(connection) as captured:
        next_free()()
    ways = {"ours": next_free(), "weekly": lambda: next_free_by_weeks(KIND, TODAY, now=NOW)}
    found = measure.interleaved({who: measure.repeated(way, times) for who, way in ways.items()}, rounds=ROUNDS)
    clock = of_this_and(connection.connection.info.backend_pid)
    busy = measure.interleaved(
        {who: measure.repeated(way, times, clock=clock) for who, way in ways.items()}, rounds=ROUNDS
    )
    measure.say_about(f"Free times: the next is {days} days away; 20 practitioners, {IN_THE_YEAR:,} visits in the year")
    measure.say_time("free_slots", found["ours"])
    measure.say_time("a weekly multirange query, week by week", found["weekly"])
    what = f"{name}: times as fast as the weekly query"
    measure.say_ratio(what, found["weekly"] / found["ours"], at_least=AT_LEAST[name])
    measure.say_ratio("… by processor time, the database's included", busy["weekly"] / busy["ours"])
    measure.say_number(f"{name}: queries of free_slots", len(captured), at_most=8)


def _free_some_time_tomorrow() -> None:
    """One practitioner's visits of an hour are cancelled."""
    from scheduling.models import Appointment

    noon = dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time(11), tzinfo=dt.UTC)
    first = Appointment.objects.order_by("practitioner_id").first()
    Appointment.objects.filter(
        practitioner=first.practitioner_id, start_at__gte=noon, start_at__lt=noon + dt.timedelta(hours=1)
    ).update(status="cancelled")

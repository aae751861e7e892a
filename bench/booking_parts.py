"""What each shortcut past the query builder saves: bookings through the use case, with one part at a time put back.

Processor time of this process and of its database connection, in random order, so that other work on the machine
falls on all alike. ADR 0014 keeps the figures.
"""

import datetime as dt
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any
from unittest.mock import patch

from bench import booking, measure, record
from bench.cpu import of_this_and
from bench.house import house

EACH, WARM_UP = 300, 60
Parts = dict[str, dict[str, Callable[..., Any]]]


def main() -> None:
    """Fill the year, then book with each part in turn."""
    with house() as found:
        token, patients = booking.build(found)
        from django.db import connection

        from injections.booking.book import book
        from pht_clinic import clock
        from pht_clinic.people import tokens
        from pht_clinic.people.actors import actor_of

        measure.say_machine()
        found = tokens.owner_of(token)
        assert found is not None
        user, _ = found
        busy = of_this_and(connection.connection.info.backend_pid)
        asks, by, parts = _asks(booking.wishes(patients)), actor_of(user), _parts()
        spent: dict[str, list[float]] = {name: [] for name in parts}
        for number in range(WARM_UP + EACH * len(parts)):
            if number % len(parts) == 0:
                order = random.sample(list(parts), len(parts))
            name, ask, now = order[number % len(parts)], next(asks), clock.now()
            with ExitStack() as replaced:
                for path, instead in parts[name].items():
                    replaced.enter_context(patch(path, instead))
                start = busy()
                outcome = book(ask, by=by, now=now)
                seconds = busy() - start
            assert outcome.appointment is not None
            if number >= WARM_UP:
                spent[name].append(seconds)
        plain = median(spent["as it is"])
        measure.say_about(f"A booking through its use case, {EACH} for each line, processor time with the database's")
        for name, seconds in spent.items():
            measure.say_number(name, median(seconds) * 1e3, "ms")
            measure.say_ratio(f"{name}: of a booking as it is", measure.Sample((median(seconds) / plain,)))


def _asks(bodies: Iterator[dict[str, Any]]) -> Iterator[Any]:
    from injections.booking.request import BookingRequest

    for one in bodies:
        yield BookingRequest(
            kind=one["kind"],
            site=one["site"],
            side=one["side"],
            start=dt.datetime.fromisoformat(one["start"]),
            **{f"{name}_id": int(one[name]) for name in ("patient", "practitioner", "room")},
        )


def _parts() -> Parts:
    """What is put in the place of what, by the words for it."""
    from django.db.models import Q, QuerySet

    from injections.facts import history
    from injections.models import Call, Decision, ImagingReport, Injection, Pathway, PlannedActivity, Screening
    from injections.visit_kinds import INJECTING, LOADING
    from scheduling.availability import sessions
    from scheduling.models import Appointment, Closure, Message, Schedule
    from scheduling.states import HOLDING

    def lock(wanted: Sequence[tuple[Any, Collection[int]]]) -> list[list[Any]]:
        return [
            list(model.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
            for model, ids in wanted
        ]

    def weeklies(*, from_on: dt.date, to_on: dt.date, practitioners: Collection[int]) -> list[Any]:
        valid = Q(valid_to=None) | Q(valid_to__gte=from_on)
        rows = Schedule.objects.filter(valid, valid_from__lte=to_on, practitioner__in=practitioners)
        columns = list(sessions.Weekly.__dataclass_fields__)
        return [sessions.Weekly(*row) for row in rows.values_list(*columns)]

    def closures(period: Any) -> Any:
        rows = Closure.objects.filter(ends_at__gt=period.start, starts_at__lt=period.end).order_by("starts_at")
        return sessions.ClosedTimes(rows.values_list("starts_at", "ends_at", "practitioner_id", "room_id"))

    def save(*rows: Any) -> None:
        for row in rows:
            row.save()

    def read(patient: Any, *, now: dt.datetime) -> history.History:
        def of(model: Any) -> QuerySet[Any]:
            return model.objects.of_patient(patient.pk).order_by("pk")

        visits = of(Appointment).filter(status__in=HOLDING, kind__in=INJECTING | LOADING)
        calls = of(Call).filter(closed_at=None, why__in=history.HOLDING_BACK)
        judged = Appointment.objects.of_patient(patient.pk).filter(kind__in=INJECTING)
        decisions = Decision.objects.filter(appointment__in=judged, outcome__in=history.DECISIONS).order_by("pk")
        return history.History(
            patient,
            now,
            list(of(Injection).current()),
            list(visits.select_related("injection_request")),
            list(of(PlannedActivity).filter(withdrawn_at=None)),
            *(list(of(model)) for model in (Screening, Pathway, ImagingReport)),
            list(decisions),
            list(calls),
        )

    return {
        "as it is": {},
        "as it is, once more: the noise": {},
        "locks: query sets": {"scheduling.diary.locks._lock_rows": lock},
        "sessions and closures: query sets": {
            "scheduling.availability.sessions.weeklies": weeklies,
            "scheduling.availability.sessions.ClosedTimes.within": closures,
        },
        "appointment, its change, wish and audit row: save()": {"scheduling.diary.writing.store": save},
        "assessment: save()": {"injections.assessment.verdict.store": save},
        "messages: bulk_create()": {
            "scheduling.messages.outbox.store_where_absent": partial(Message.objects.bulk_create, ignore_conflicts=True)
        },
        "the patient's records: query sets": {"injections.booking.propose.history_about": read},
    }


if __name__ == "__main__":
    with record.of("booking_parts"):
        main()

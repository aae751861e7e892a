"""What pages, free times, search and booking cost beside 10,000, 100,000 and 1,000,000 visits of one clinic.

Each is asked for in turn of three databases that differ in how far back they go: what is to come is the same. The
figure is processor time, that of this process and of its connection's in the database together, so that other work on
the machine does not show; nothing is sent over HTTP.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench import measure, record
from bench.house import House, house
from bench.load import years
from pht_clinic.demo.postgresql import DATABASE

if TYPE_CHECKING:
    from django.test import Client

SIZES: Final = tuple(int(one) for one in os.environ.get("CURVES_SIZES", "10000,100000,1000000").split(","))
ROUNDS: Final = int(os.environ.get("CURVES_ROUNDS", "9"))
TIMES: Final = 2
ROLES: Final = ("reception", "radiologist", "manager")
BOOKED_AFTER: Final = dt.timedelta(weeks=years.WEEKS_AHEAD + 1)
"""From then on the diary is empty, and each booking of the measurement takes a time of its own."""


def main() -> None:
    """Fill, keep a copy at each size, measure."""
    with house() as found:
        growth = years.opened(found)
        for size in SIZES:
            growth.up_to(size)
            measure.say_number(f"seconds until there were {size:,} visits", time.perf_counter() - growth.began)
            if size != SIZES[-1]:
                _kept(found, size)
        measured(growth, SIZES)


def _kept(found: House, size: int) -> None:
    from django.db import connections

    connections.close_all()
    with found.owner("postgres") as owner:
        owner.execute(f"CREATE DATABASE {name_of(size)} TEMPLATE {DATABASE}")


def name_of(size: int) -> str:
    return DATABASE if size == SIZES[-1] else f"{DATABASE}_{size}"


# -- One database ------------------------------------------------------------------------------------------------------


@dataclass
class Beside:
    """The clinic with so many visits, and who is signed in there."""

    size: int
    growth: years.Growth
    browsers: dict[str, Client] = field(default_factory=dict)
    program: Client | None = None
    practitioners: list[int] = field(default_factory=list)
    booked: Iterator[int] = field(default_factory=count)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Django's connection leads to this database."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = name_of(self.size)
        yield

    def open(self) -> None:
        """Everybody signs in."""
        from django.test import Client

        from pht_clinic.people import tokens
        from pht_clinic.people.models import User
        from scheduling.models import Appointment, Practitioner
        from tests.second_factor import given_in

        with self.here():
            for role in ROLES:
                user = User.objects.filter(role=role).order_by("pk")[0]
                self.browsers[role] = Client(headers={"host": "127.0.0.1"})
                self.browsers[role].force_login(user)
                given_in(self.browsers[role])
                if role == "reception":
                    token = tokens.issue(user, days=1)
            self.program = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token}"})
            injecting = Practitioner.objects.filter(kinds__contains=["injection"]).order_by("pk")
            self.practitioners = list(injecting.values_list("pk", flat=True))
            self.booked = count(Appointment.objects.filter(start_at__date__gte=self._day_of_bookings()).count())

    def _day_of_bookings(self) -> dt.date:
        day = self.growth.today + BOOKED_AFTER
        return day + dt.timedelta(days=7 - day.weekday())

    def patient(self, number: int = 0) -> int:
        """One of the last registered: with as many visits, beside however many others."""
        patients = max(1_000, self.size // years.VISITS_EACH)
        return self.growth.first_patient + patients - 1 - number

    def page(self, role: str, path: str) -> None:
        response = self.browsers[role].get(path)
        assert response.status_code == 200, (path, response.status_code)

    def ask(self, path: str) -> None:
        assert self.program is not None
        response = self.program.get(path)
        assert response.status_code == 200, (path, response.content[:300])

    def book(self) -> None:
        """A follow-up at a time that nobody has, for a patient without another visit then."""
        assert self.program is not None
        number = next(self.booked)
        day, of_day = divmod(number, 12 * len(self.practitioners))
        slot, who = divmod(of_day, len(self.practitioners))
        at = dt.datetime.combine(self._day_of_bookings() + dt.timedelta(days=day), dt.time(8), tzinfo=dt.UTC)
        body: dict[str, Any] = {
            "patient": str(self.patient(number)),
            "kind": "follow-up",
            "practitioner": str(self.practitioners[who]),
            "start": (at + dt.timedelta(minutes=20 * slot)).isoformat(),
        }
        response = self.program.post("/api/v1/appointments/", body, content_type="application/json")
        assert response.status_code == 201, response.content[:300]


# -- What is asked for -------------------------------------------------------------------------------------------------


def wanted(beside: Beside) -> dict[str, Callable[[], None]]:
    """By what it is called."""
    today = beside.growth.today
    monday = today + dt.timedelta(days=7 - today.weekday())
    far = today + dt.timedelta(weeks=years.WEEKS_AHEAD - 1)
    when = f"/patients/{beside.patient()}/book/when/?kind=follow-up"
    page, desk = beside.page, "reception"
    return {
        "Home": partial(page, desk, "/"),
        "the week": partial(page, desk, f"/calendar/week/?day={monday}"),
        "the day": partial(page, desk, f"/calendar/day/?day={monday}"),
        "a radiologist's list": partial(page, "radiologist", "/my-list/"),
        "what waits for review": partial(page, "radiologist", "/reviews/"),
        "a patient": partial(page, desk, f"/patients/{beside.patient()}/"),
        "search by name": partial(page, desk, "/patients/?q=Smith"),
        "search by name and year": partial(page, desk, "/patients/?q=Smith+1970"),
        "free times, near": partial(page, desk, when),
        "free times, eleven weeks away": partial(page, desk, f"{when}&from_on={far}"),
        "messages": partial(page, desk, "/messages/"),
        "the audit trail": partial(page, "manager", "/audit/"),
        "statistics": partial(page, "manager", "/statistics/appointments/"),
        "API: visits of a day": partial(beside.ask, f"/api/v1/appointments/?from={monday}&to={monday}"),
        "booking a follow-up": beside.book,
    }


def measured(growth: years.Growth, sizes: tuple[int, ...]) -> None:
    """All of them in turn, and how each grows."""
    besides = [Beside(size, growth) for size in sizes]
    for beside in besides:
        beside.open()
    for what in wanted(besides[0]):
        found = measure.interleaved({f"{one.size:,} visits": _timed(one, what) for one in besides}, rounds=ROUNDS)
        measure.say_about(f"{what[:1].upper()}{what[1:]}, processor time")
        for name, sample in found.items():
            measure.say_time(name, sample)
        first, last = (f"{size:,} visits" for size in (sizes[0], sizes[-1]))
        measure.say_ratio(f"times as long beside {sizes[-1]:,} as beside {sizes[0]:,}", found[last] / found[first])


def _timed(beside: Beside, what: str) -> measure.Timed:
    def timed() -> float:
        with beside.here():
            operation = wanted(beside)[what]
            operation()
            return measure.repeated(operation, TIMES, clock=processor_seconds)()

    return timed


def processor_seconds() -> float:
    """Of this process and of its connection's in the database, since each began."""
    from django.db import connection

    backend = connection.connection.info.backend_pid
    return time.process_time() + int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    with record.of("load.curves"):
        main()

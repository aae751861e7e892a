"""Booking over HTTP against a bare endpoint that inserts one row and django-appointment; then the race for one time.

All three are asked by the same clients and run under gunicorn with the same workers and threads on one PostgreSQL, each
beside 200,000 visits; ours and the bare endpoint with the same token, django-appointment with a session of its own.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from bench import measure
from bench.booking import IN_THE_YEAR, build, wishes
from bench.clients import ask, get, post
from bench.cpu import seconds_of_children
from bench.house import House, house
from pht_clinic.demo.postgresql import OWNER, make_database
from pht_clinic.demo.services import free_port

CLIENTS, ROUNDS = 8, 5
A_ROUND = {"ours": 120, "bare": 320, "appointment": 320}
AT_LEAST_OF_BARE = 0.2
RACES, RACERS = 10, 16
OTHERS = "appointments"


@dataclass(frozen=True)
class Site:
    """One of those that are asked: where, the next booking it is asked for, and what it answers when it has booked."""

    port: int
    request: Callable[[], bytes]
    booked: int = 201


def main() -> None:
    """Fill the years, start all three, measure."""
    with house(with_broker=True) as found:
        token, patients = build(found)
        bodies = wishes(patients)
        theirs = _appointment(found)
        sites = {
            "ours": Site(found.web_port, lambda: post("/api/v1/appointments/", next(bodies), token=token)),
            "bare": Site(free_port(), lambda: post("/appointments/", next(bodies), token=token)),
            "appointment": Site(free_port(), lambda: next(theirs.bookings), booked=200),
        }
        found.web("pht_clinic.wsgi:application", port=sites["ours"].port)
        found.web("bench.peers.bare:application", port=sites["bare"].port)
        found.web("bench.peers.appointment.web:application", port=sites["appointment"].port)
        measure.say_machine()
        _in_turn(sites)
        _races(found, sites, theirs, bodies, token)


@dataclass(frozen=True)
class Theirs:
    """How django-appointment is asked: bookings of ever another time, and looks and bookings of one for the race."""

    bookings: Iterator[bytes]
    look: Callable[[int], bytes]
    book: Callable[[int], bytes]


def _appointment(found: House) -> Theirs:
    url = found.postgres.url(OWNER, database=OTHERS)
    make_database(found.postgres.url(OWNER, database="postgres"), name=OTHERS)
    os.environ["APPOINTMENT_DATABASE_URL"] = url
    command = [sys.executable, "-m", "bench.peers.appointment.prepare", str(IN_THE_YEAR)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.peers.appointment.settings"}
    made = json.loads(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout)
    headers = [f"Cookie: sessionid={made['session']}", "X-Requested-With: XMLHttpRequest"]
    staff, today = made["staff"], dt.datetime.now(dt.UTC).date()

    def when(number: int) -> tuple[int, dt.date, str]:
        """The half hours of a year of all staff, one after the other."""
        slot = 8 * 60 + 30 * (number % 20)
        day = today + dt.timedelta(days=2 + number // (20 * len(staff)))
        return staff[number // 20 % len(staff)], day, f"{slot // 60:02}:{slot % 60:02}"

    def book(number: int) -> bytes:
        member, day, start = when(number)
        body = {
            "isCreating": True,
            "service_id": made["service"],
            "staff_member": member,
            "date": day.isoformat(),
            "start_time": start,
            "client_name": "Robin Number",
            "client_email": "robin@mail.example",
            "client_phone": "",
            "client_address": "",
            "want_reminder": "false",
            "additional_info": "",
        }
        return post("/appointment/ajax/update_appt_min_info/", body, headers=headers)

    def look(number: int) -> bytes:
        member, day, _ = when(number)
        query = f"selected_date={day.isoformat()}&staff_member={member}&service_id={made['service']}"
        return get(f"/appointment/ajax/available_slots/?{query}", headers=headers)

    return Theirs(map(book, count()), look, book)


def _in_turn(sites: dict[str, Site]) -> None:
    cpu: dict[str, list[float]] = {name: [] for name in sites}

    def contender(name: str) -> measure.Timed:
        site, times = sites[name], A_ROUND[name]

        def timed() -> float:
            requests = [site.request() for _ in range(times)]
            used = seconds_of_children()
            seconds, statuses, _ = ask(site.port, requests, clients=CLIENTS)
            cpu[name].append((seconds_of_children() - used) / times)
            assert statuses == {site.booked: times}, (name, statuses)
            return seconds / times

        return timed

    found = measure.interleaved({name: contender(name) for name in sites}, rounds=ROUNDS)
    of_cpu = {name: measure.Sample(tuple(seconds[1:])) for name, seconds in cpu.items()}  # without the warm-up
    measure.say_about(f"Booking: {CLIENTS} clients, {IN_THE_YEAR:,} visits in the year")
    for by, sample in (("", found), (", processor time of web server and database", of_cpu)):
        measure.say_time(f"a booking with rules, audit and outbox{by}", sample["ours"])
        measure.say_time(f"a bare endpoint that inserts one row{by}", sample["bare"])
        measure.say_time(f"django-appointment, staff booking a client{by}", sample["appointment"])
        of = "a second" if sample is found else "a processor second"
        ours = sample["ours"]
        measure.say_ratio(f"of the bare endpoint's requests {of}", sample["bare"] / ours, at_least=AT_LEAST_OF_BARE)
        measure.say_ratio(f"of django-appointment's requests {of}", sample["appointment"] / ours)


def _races(
    found: House, sites: dict[str, Site], theirs: Theirs, bodies: Iterator[dict[str, object]], token: str
) -> None:
    """So many clients want one time at the same moment; who came off worse is counted in the table, not by answers."""
    booked: Counter[str] = Counter()
    mine = [next(bodies) for _ in range(RACES)]
    for number, body in enumerate(mine):
        patients = [{**body, "patient": next(bodies)["patient"]} for _ in range(RACERS)]
        requests = [post("/api/v1/appointments/", one, token=token) for one in patients]
        ask(sites["ours"].port, requests, clients=RACERS)
        with found.owner() as owner:
            booked["ours"] += _count(owner.execute(_OURS, [body["practitioner"], body["start"]]))
        # everybody looks first: the time is free for all of them, and then all of them book it
        at = 300 * 20 * 20 + number * 20
        _, seen, _ = ask(sites["appointment"].port, [theirs.look(at)] * RACERS, clients=RACERS)
        assert set(seen) == {200}, seen
        ask(sites["appointment"].port, [theirs.book(at)] * RACERS, clients=RACERS)
    with found.owner(OTHERS) as owner:
        booked["appointment"] = _count(owner.execute(_THEIRS, [dt.datetime.now(dt.UTC).date() + dt.timedelta(302)]))
    measure.say_about(f"Booking: {RACES} times, {RACERS} clients for each at the same moment")
    measure.say_number("booked twice or more, ours", booked["ours"] - RACES, at_most=0)
    measure.say_number("booked twice or more, django-appointment", booked["appointment"] - RACES)


_OURS = (
    "SELECT count(*) FROM scheduling_appointment"
    " WHERE practitioner_id = %s AND start_at = %s AND status IN ('pending', 'booked')"
)
_THEIRS = (
    "SELECT count(*) FROM appointment_appointment JOIN appointment_appointmentrequest asked"
    " ON asked.id = appointment_request_id WHERE asked.date >= %s"
)


def _count(cursor: object) -> int:
    [(found,)] = cursor.fetchall()  # type: ignore[attr-defined]
    return int(found)

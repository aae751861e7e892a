"""Booking over HTTP with kept connections, behind PgBouncer and with psycopg's pool, in turn on one PostgreSQL.

Each has two processes of 8 threads. Kept connections are one for each thread, psycopg's pools hold up to 8 in each
process, PgBouncer has 8 for both.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta

from holidays import country_holidays

from bench import measure, record
from bench.clients import ask, post
from bench.cpu import seconds_of_children
from bench.house import House, house
from pht_clinic.demo.postgresql import APPLICATION
from pht_clinic.demo.services import free_port, wait_for_web

CLIENTS, ROUNDS, A_ROUND = 16, 5, 64
PATIENTS, SLOTS_A_DAY = 20, 28
CONNECTIONS = 8
WEB = "pht_clinic.wsgi:application"


def main() -> None:
    """Open a clinic, start the three, measure."""
    from tests.trials.pooled import limit_the_roles, pooler_of

    with house(with_broker=True) as found:
        bodies, token = _wishes()
        pooler = found.ends.enter_context(pooler_of(found.postgres, found.folder / "pooler", size=CONNECTIONS))
        limit_the_roles(found.postgres)
        behind = {"DATABASE_URL": pooler.url(APPLICATION), "DATABASE_BEHIND_POOLER": "true"}
        ports = {
            "kept": _web(found, "kept"),
            "pgbouncer": _web(found, "pgbouncer", **behind),
            "pool": _web(found, "pool", DJANGO_SETTINGS_MODULE="bench.poolers.settings"),
        }
        measure.say_machine()
        _in_turn(ports, bodies, token)
        _connections(found)


def _wishes() -> tuple[Iterator[dict[str, object]], str]:
    """A follow-up for every free time of one practitioner from tomorrow on, and the token of who asks."""
    from pht_clinic import clock
    from pht_clinic.people import tokens
    from tests.clinic import local, open_clinic
    from tests.trials.patients import crowd

    clinic = open_clinic(clock.now())
    people = [str(patient.pk) for patient in crowd(clinic, PATIENTS)]
    closed = country_holidays("GB", subdiv="ENG")
    monday = clock.today() + timedelta(days=7 - clock.today().weekday())

    def wishes() -> Iterator[dict[str, object]]:
        number = 0
        for day in range(300):
            on = monday + timedelta(days=day)
            for of_day in range(SLOTS_A_DAY if on.weekday() < 5 and on not in closed else 0):
                start = local(on.isoformat(), "08:00") + timedelta(minutes=20 * of_day)
                number += 1
                yield {
                    "patient": people[number % PATIENTS],
                    "kind": "follow-up",
                    "practitioner": str(clinic.practitioner.pk),
                    "start": start.isoformat(),
                }

    return wishes(), tokens.issue(clinic.users["reception"], days=1)


def _web(found: House, name: str, **env: str) -> int:
    port = free_port()
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "8", "--worker-class", "gthread"]
    command = [sys.executable, "-m", "gunicorn", *options, "--keep-alive", "30", "--no-control-socket", WEB]
    wait_for_web(found.start(name, command, **env), port=port)
    return port


def _in_turn(ports: dict[str, int], bodies: Iterator[dict[str, object]], token: str) -> None:
    cpu: dict[str, list[float]] = {name: [] for name in ports}

    def contender(name: str) -> measure.Timed:
        def timed() -> float:
            requests = [post("/api/v1/appointments/", next(bodies), token=token) for _ in range(A_ROUND)]
            used = seconds_of_children()
            seconds, statuses, _ = ask(ports[name], requests, clients=CLIENTS)
            cpu[name].append((seconds_of_children() - used) / A_ROUND)
            assert statuses == {201: A_ROUND}, statuses
            return seconds / A_ROUND

        return timed

    found = measure.interleaved({name: contender(name) for name in ports}, rounds=ROUNDS)
    of_cpu = {name: measure.Sample(tuple(seconds[1:])) for name, seconds in cpu.items()}  # without the warm-up
    measure.say_about(f"Booking requests, {CLIENTS} clients, two processes of 8 threads")
    for name in ports:
        measure.say_time(f"{name}: a booking", found[name])
        measure.say_time(f"{name}: a booking, processor time of everything", of_cpu[name])
    for name in ("pgbouncer", "pool"):
        measure.say_ratio(f"{name}: of the requests a second with kept connections", found["kept"] / found[name])
        measure.say_ratio(f"{name}: of the requests a processor second", of_cpu["kept"] / of_cpu[name])


def _connections(found: House) -> None:
    """How many of them are open now."""
    with found.owner() as owner:
        [(count,)] = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [APPLICATION]).fetchall()
    measure.say_number("connections of the application's role now, of all three and this process", count)


if __name__ == "__main__":
    with record.of("poolers"):
        main()

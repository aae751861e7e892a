"""What one clinic takes of a server, idle and on a busy day: memory, processes, connections, rows, bytes, queries."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bench import cpu, measure, record
from bench.clients import ask, post
from bench.house import House, house
from pht_clinic.demo import services
from pht_clinic.demo.postgresql import DATABASE

PROCESSES: Final = int(os.environ.get("CLINIC_PROCESSES", "2"))
"""Of the web server, and of the worker, beside the one that watches them."""
IDLE_SECONDS: Final = int(os.environ.get("CLINIC_IDLE_SECONDS", "120"))
VISITS_A_DAY: Final = 40
LOOKS_A_VISIT: Final = 25
"""Answers of the API for each visit: how often somebody looks at a day, a patient, a timeline before and after it."""
DAY: Final = 24 * 60 * 60
_NUMBERS: Final = """
SELECT sum(pg_total_relation_size(relid)), pg_current_wal_lsn() - '0/0',
       (SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()),
       sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del)
FROM pg_stat_user_tables
"""


@dataclass(frozen=True)
class Numbers:
    """What was done in a clinic's tables since they were made; `size`, with indexes, and `wal` in bytes."""

    size: int
    wal: int
    transactions: int
    inserted: int
    updated: int
    deleted: int
    processor_seconds: float

    def since(self, before: Numbers) -> Numbers:
        return Numbers(*(now - then for now, then in zip(vars(self).values(), vars(before).values(), strict=True)))


def main() -> None:
    """Look at a clinic of which nobody wants anything, then at one day's bookings and looks, all in a row."""
    with house(with_broker=True) as found:
        sink = found.start("sink", [sys.executable, "-m", "bench.mails.sink", str(found.smtp_port)])
        token, patients = _open()
        of_clinic = _start(found)
        measure.say_machine()
        with found.owner() as owner:

            def numbers() -> Numbers:
                return _numbers(owner, [*of_clinic, found.postgres.child.pid])

            time.sleep(10)  # what is done at a start is done
            _say_empty(owner)
            idle = _while(lambda: time.sleep(IDLE_SECONDS), numbers)
            _say_standing("idle", found, of_clinic, owner)
            busy = _while(lambda: _one_day(found, owner, token, patients), numbers)
            _say_standing("busy", found, of_clinic, owner)
            _say_days(idle, busy)
        sink.stop()
        measure.say_machine()


def _open() -> tuple[str, list[int]]:
    from pht_clinic import clock
    from pht_clinic.people import tokens
    from tests.clinic import open_clinic
    from tests.trials.patients import crowd

    clinic = open_clinic(clock.now())
    patients = [patient.pk for patient in crowd(clinic, VISITS_A_DAY)]
    return tokens.issue(clinic.users["reception"], days=1), patients


def _start(found: House) -> list[int]:
    """Web, worker and beat as they run in production; the processes that are their roots."""
    env = services.without_the_owner(dict(os.environ))
    found.web("pht_clinic.wsgi:application", port=found.web_port, workers=PROCESSES)
    worker = services.worker(env=env, log=found.folder / "worker.log", concurrency=PROCESSES)
    beat = services.beat(env=env, log=found.folder / "beat.log")
    for child in (worker, beat):
        found.ends.callback(child.stop)
        child.start()
    services.wait_for_worker(worker)
    return [found.children[-1].pid, worker.pid, beat.pid]


def _while(work: Callable[[], object], numbers: Callable[[], Numbers]) -> tuple[Numbers, float]:
    """What was done while this ran, and for how many seconds it did."""
    before, began = numbers(), time.perf_counter()
    work()
    return numbers().since(before), time.perf_counter() - began


def _one_day(found: House, owner: psycopg.Connection, token: str, patients: list[int]) -> None:
    """A day's bookings, each among looks at what stands around it; then until its mails have left."""
    from bench.booking import wishes

    requests = []
    for body in wishes(patients):
        requests.append(post("/api/v1/appointments/", body, token=token))
        requests += [_look(f"/api/v1/patients/{body['patient']}/{page}", token) for page in _PAGES]
    for path in _OVERVIEWS * (LOOKS_A_VISIT - len(_PAGES)):
        requests += [_look(path, token)] * (len(patients) // len(_OVERVIEWS))
    _, statuses, _ = ask(found.web_port, requests, clients=4)
    assert statuses[201] == len(patients), statuses
    assert statuses[200] == len(requests) - len(patients), statuses
    deadline = time.monotonic() + 120
    while owner.execute(_DUE).fetchone() != (0,):
        assert time.monotonic() < deadline
        time.sleep(0.5)


_PAGES: Final = ("", "timeline/", "injections/", "screening/", "reports/")
_OVERVIEWS: Final = ("/api/v1/appointments/", "/api/v1/waitlist/")
_DUE: Final = "SELECT count(*) FROM scheduling_message WHERE status IN ('queued', 'sending') AND due_at <= now()"


def _look(path: str, token: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", "", ""]
    return "\r\n".join(lines).encode()


def _numbers(owner: psycopg.Connection, roots: list[int]) -> Numbers:
    owner.execute("SELECT pg_stat_force_next_flush()")
    found = owner.execute(_NUMBERS).fetchone()
    assert found is not None
    return Numbers(*map(int, found), cpu.seconds_of(roots))


def _share_mb(pid: int) -> float:
    """Its memory, of what it shares with others its share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _say_standing(when: str, found: House, roots: list[int], owner: psycopg.Connection) -> None:
    measure.say_about(f"What stands, {when}")
    for name, root in zip(("web", "worker", "beat"), roots, strict=True):
        pids = cpu.everybody_below([root])
        measure.say_number(f"{name}: processes", len(pids))
        measure.say_number(f"{name}: memory", sum(map(_share_mb, pids)), "MB")
    rows = owner.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND usename <> 'pht_owner'",
        [DATABASE],
    ).fetchall()
    memory = sum(_share_mb(pid) for (pid,) in rows)
    measure.say_number("database: connections", len(rows))
    measure.say_number("database: memory of their processes", memory, "MB")


def _say_empty(owner: psycopg.Connection) -> None:
    found = owner.execute(
        "SELECT pg_database_size(current_database()), count(*) FROM pg_class WHERE relfilenode <> 0 OR relkind = 'r'"
    ).fetchone()
    assert found is not None
    measure.say_about("At first")
    measure.say_number("on the disk", found[0] / 1e6, "MB")
    measure.say_number("relations, each with its files", found[1])


_SAID: Final = {
    "size": ("tables and indexes grew by", "MB"),
    "wal": ("write-ahead log", "MB"),
    "inserted": ("rows inserted", ""),
    "updated": ("rows updated", ""),
    "deleted": ("rows deleted", ""),
    "processor_seconds": ("of processors, all together, in seconds", ""),
}


def _say_days(idle: tuple[Numbers, float], busy: tuple[Numbers, float]) -> None:
    a_day = DAY / idle[1]
    quiet = {name: value * a_day for name, value in vars(idle[0]).items()}
    meanwhile = {name: value * busy[1] / idle[1] for name, value in vars(idle[0]).items()}
    busy_day = {name: quiet[name] + value - meanwhile[name] for name, value in vars(busy[0]).items()}
    record.say(f"An idle day is reckoned from {IDLE_SECONDS} s; its size is no more than pages that filled up.")
    day = f"In a day of {VISITS_A_DAY} visits and {VISITS_A_DAY * LOOKS_A_VISIT} looks"
    for heading, values in (("In an idle day", quiet), (day, busy_day)):
        measure.say_about(heading)
        for name, value in values.items():
            what, unit = _SAID.get(name, (name, ""))
            measure.say_number(what, value / 1e6 if unit == "MB" else value, unit)


if __name__ == "__main__":
    with record.of("load.clinic"):
        main()

"""R21: one hour of a clinic's morning, 20 people at once, and nothing wears out.

Reception, radiologists, a manager, programmes and patients do over HTTP what they do on a morning (`morning.py`).
Nothing is answered with a 5xx; web, worker and beat need at the end at most 5 % more memory than after the first ten
minutes; nothing is left half done: no message on its way, no call that no worker took, no time held for nobody, no
entry of the trail without its seal, no transaction open; and whatever must always hold has held (`history.py`).

In `make trials` only; shorter by TRIAL_SECONDS, where memory is looked at and not judged.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

import httpx
import psycopg
import pytest

from pht_clinic import clock
from pht_clinic.audit.models import Entry, Seal
from pht_clinic.demo.processes import Child
from pht_clinic.demo.valkey import ValkeyServer
from pht_clinic.people.models import User
from scheduling.clinic.people_and_rooms import save_room
from scheduling.models import Appointment, Message
from scheduling.patients import link
from tests.clinic import Clinic, local
from tests.conftest import ClockOffset
from tests.second_factor import code_of, set_up
from tests.signed_in import PASSWORD
from tests.smtp import SmtpServer
from tests.trials.history import History, violations
from tests.trials.morning import ANSWERED, MORNING, Got, Patient, Person, Programme, Wanted, World
from tests.trials.patients import crowd, days_on
from tests.trials.post import children_of
from tests.trials.staging import Web, Workers, percentile, wait_until, web_server

pytestmark = pytest.mark.full_trial

FULL_SECONDS = 3600
SECONDS = int(os.environ.get("TRIAL_SECONDS", FULL_SECONDS))
WARM_UP, WINDOW, SAMPLE = SECONDS / 6, max(10.0, SECONDS / 12), max(1.0, SECONDS / 360)
"""Seconds until memory is looked at for the first time, for how long each time, and between two looks."""
MOST_GROWTH = 1.05
PATIENTS, TO_COME = 300, 60
TODAY = (("follow-up", 20, timedelta(minutes=20)), ("physiotherapy", 10, timedelta(minutes=45)))
"""Visits from 10:00 on: of which kind, how many, how far apart."""
THINK_SECONDS = (2, 6)
SEED = 21
EVERY_DEED = {
    "book",
    "move",
    "cancel",
    "arrive",
    "undo",
    "decide",
    "API: book",
    "API: move",
    "API: cancel",
    "link: confirm",
    "link: answers",
}
"""What must have been done, beside all the looking."""
ROLES = {"Desk": "reception", "Radiologist": "radiologist", "Manager": "manager", "Programme": "radiologist"}


# -- People ------------------------------------------------------------------------------------------------------------


@dataclass
class Notes:
    """What everybody was answered; safe for threads."""

    answers: list[tuple[str, bool, int, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def share_of_reads(self) -> float:
        """Once people are signed in."""
        found = [is_read for name, is_read, _, _ in self.answers if name not in ("sign in", "second factor")]
        return sum(found) / len(found)

    def seconds_of(self, name: str) -> list[float]:
        return [seconds for one, _, _, seconds in self.answers if one == name]

    def in_words(self) -> str:
        names = Counter(name for name, _, _, _ in self.answers)
        statuses = Counter(status for _, _, status, _ in self.answers)
        lines = [f"{len(self.answers)} requests {dict(statuses)}, {self.share_of_reads():.0%} of them reads"]
        for name, count in sorted(names.items()):
            seconds = self.seconds_of(name)
            lines.append(f"  {name:<22} {count:>6}  p50 {median(seconds):.3f}  p95 {percentile(seconds, 0.95):.3f} s")
        return "\n".join(lines)


@dataclass
class Player:
    """Plays one person in a browser of their own, at the pace of people, until told to stop."""

    kind: type[Person]
    world: World
    web: Web
    notes: Notes
    rng: Random
    user: User | None = None
    token: str = ""
    client: httpx.Client = field(default_factory=httpx.Client)

    def __post_init__(self) -> None:
        # as the proxy in front does it: no connection is kept that the server may be closing just now
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.web.port}",
            follow_redirects=True,
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def play(self, stop: threading.Event) -> None:
        try:
            person = self._ready()
            while not stop.is_set():
                if self.kind is Patient:
                    self.client.cookies.clear()
                person.do()
                stop.wait(self.rng.uniform(*THINK_SECONDS))
        except Exception as error:  # noqa: BLE001 - whatever it was, the trial has failed and says so
            self.notes.broken.append(f"{self.kind.__name__}: {error!r}")

    def _ready(self) -> Person:
        person = self.kind(self.world, self.send, self.rng)
        if isinstance(person, Programme):
            person.token = self.token
        elif self.user is not None:
            person.sign_in(self.user.email, PASSWORD, code_of)
        return person

    def send(self, wanted: Wanted) -> Got:
        began = time.monotonic()
        method = "GET" if wanted.is_read else "POST"
        answer = self.client.request(method, wanted.path, content=wanted.body, headers=dict(wanted.headers))
        self.notes.answers.append((wanted.name, wanted.is_read, answer.status_code, time.monotonic() - began))
        if answer.status_code not in ANSWERED:
            self.notes.wrong.append(f"{answer.status_code} {wanted.name} {wanted.path}: {answer.text[:300]}")
        return Got(answer.status_code, answer.text, answer.url.raw_path.decode())


def desk_user(name: str, role: str) -> User:
    """Somebody who signs in with a password and what an app shows."""
    user = User.objects.create_user(f"{name}@clinic.example", PASSWORD, role=role, name=name)
    set_up(user)
    return user


def people_of(world: World, web: Web, notes: Notes) -> list[Player]:
    """Everybody of the morning."""
    from pht_clinic.people import tokens

    players = []
    for kind, count in MORNING.items():
        for number in range(count):
            player = Player(kind, world, web, notes, Random(f"{SEED} {kind.__name__} {number}"))
            if role := ROLES.get(kind.__name__):
                player.user = desk_user(f"{kind.__name__.lower()}-of-the-hour-{number}", role)
                player.token = tokens.issue(player.user, days=1) if kind is Programme else ""
            players.append(player)
    return players


# -- The clinic --------------------------------------------------------------------------------------------------------


def furnish(clinic: Clinic) -> World:
    """Patients, some of whom a radiologist must look at, and visits of today and of the weeks to come."""
    save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=clinic.now)
    patients = crowd(clinic, PATIENTS)
    for one in patients[::5]:
        clinic.answer(one, {"immunosuppressed": "yes"})
    today = clinic.now.date()
    for kind, count, apart in TODAY:
        for number, one in enumerate(patients[-count:]):
            clinic.book(one, local("2026-03-02", "10:00") + number * apart, kind=kind)
        patients = patients[:-count]
    visits = [clinic.book(one, later(number)).appointment for number, one in enumerate(patients[1 : TO_COME + 1])]
    links = [link.token_of(one.pk, one.link_version) for one in visits if one is not None]
    return World(
        today=today,
        patients=tuple(one.pk for one in patients),
        names=tuple(one.family_name for one in patients),
        people=((clinic.practitioner.pk, clinic.room.pk), (clinic.physiotherapist.pk, clinic.gym.pk)),
        links=tuple((one, "1 5 1980") for one in links),
    )


def later(number: int) -> datetime:
    """Eight a day, from two weeks on."""
    return days_on(local("2026-03-16", "08:00"), number // 8) + timedelta(minutes=60 * (number % 8))


# -- Memory ------------------------------------------------------------------------------------------------------------


def resident_kb(pid: int) -> int:
    """Of a process and all below it."""
    own = 0
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        own = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return own + sum(resident_kb(child) for child in children_of(pid))


@dataclass
class Memory:
    """Looks at the memory of each process, with those below it, in kB."""

    watched: dict[str, Child]
    began: float = field(default_factory=time.monotonic)
    looks: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def watch(self, stop: threading.Event) -> None:
        while not stop.wait(SAMPLE):
            look = {name: resident_kb(child.pid) for name, child in self.watched.items()}
            self.looks.append((time.monotonic() - self.began, look))

    def within(self, name: str, first: float, last: float) -> float:
        """The median of a while."""
        return median(look[name] for at, look in self.looks if first <= at <= last)

    def growth(self) -> dict[str, float]:
        """How many times what each needed after the warm-up it needs at the end."""
        end = self.looks[-1][0]
        return {
            name: self.within(name, end - WINDOW, end) / self.within(name, WARM_UP, WARM_UP + WINDOW)
            for name in self.watched
        }


# -- What is left afterwards -------------------------------------------------------------------------------------------


def on_its_way() -> int:
    """Messages that are due or that a worker has."""
    due = Message.objects.filter(status="queued", due_at__lte=clock.now()).count()
    return due + Message.objects.filter(status="sending").count()


def held_for_nobody() -> int:
    """Times that are held longer than anybody needs them; at night all of them go."""
    return Appointment.holds.filter(held_until__lte=clock.now()).count()


def unsealed() -> int:
    """Entries of the trail that no seal has come to."""
    newest = Seal.objects.order_by("-pk").first()
    return Entry.objects.filter(pk__gt=max(newest.last_ids, default=0) if newest else 0).count()


def not_taken(broker: ValkeyServer) -> int:
    """Calls that no worker has taken, or that one has taken and not done."""
    client = broker.client()
    kinds = {key: client.type(key) for key in client.scan_iter()}
    lists = sum(client.llen(key) for key, kind in kinds.items() if kind == b"list")
    return lists + sum(client.hlen(key) for key, kind in kinds.items() if kind == b"hash")


def left_open(owner: psycopg.Connection) -> list[str]:
    """Transactions that nobody ends, and whoever waits for a lock."""
    return [
        f"{state}: {query}"
        for state, query in owner.execute(
            "SELECT state, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND (state LIKE 'idle in transaction%' AND state_change < now() - interval '30 s'"
            " OR wait_event_type = 'Lock' AND state_change < now() - interval '30 s')"
        )
    ]


# -- The trial ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """What ends everybody, however the trial ends."""
    event = threading.Event()
    yield event
    event.set()


def test_r21_an_hour_of_a_morning_wears_nothing_out(
    clinic: Clinic,
    clock_offset: ClockOffset,
    smtp_server: SmtpServer,
    workers: Workers,
    broker: ValkeyServer,
    owner_connection: psycopg.Connection,
    stop: threading.Event,
    tmp_path: Path,
) -> None:
    world, notes = furnish(clinic), Notes()
    with web_server(tmp_path) as web:
        worker, beat = workers.ready(workers.worker()), workers.beat()
        watched = {"web": web.child, "worker": worker, "beat": beat}
        memory = Memory(watched)
        players = people_of(world, web, notes)
        threads = [threading.Thread(target=one.play, args=(stop,), daemon=True) for one in players]
        threads.append(threading.Thread(target=memory.watch, args=(stop,), daemon=True))
        for thread in threads:
            thread.start()
            stop.wait(0.2)
        wait_for_the_end(memory, notes, stop)
        for thread in threads:
            thread.join(90)
        say(memory, notes, smtp_server, tmp_path)
        check_answers(notes, players)
        wait_until(lambda: not_taken(broker) == 0, seconds=60, what="calls for a worker")
        check_rows(clinic, clock_offset, owner_connection)
        assert [name for name, child in watched.items() if not child.is_running()] == []
    assert SECONDS < FULL_SECONDS or max(memory.growth().values()) <= MOST_GROWTH, memory.growth()


def wait_for_the_end(memory: Memory, notes: Notes, stop: threading.Event) -> None:
    """For the whole time, or until somebody cannot go on."""
    while time.monotonic() < memory.began + SECONDS and not notes.broken:
        time.sleep(1)
    stop.set()


def say(memory: Memory, notes: Notes, smtp_server: SmtpServer, folder: Path) -> None:
    """The figures, and each look at the memory into a file beside the logs."""
    (folder / "memory.json").write_text(json.dumps(memory.looks), encoding="utf-8")
    print(f"R21: {notes.in_words()}")
    print(f"R21: {Appointment.objects.count()} visits, {len(smtp_server.received)} emails")
    for name, times in memory.growth().items():
        end = memory.looks[-1][0]
        print(f"R21: {name} {memory.within(name, end - WINDOW, end) / 1024:.0f} MB at the end, {times:.3f} × before")


def check_answers(notes: Notes, players: list[Player]) -> None:
    """Nobody broke off, everything was answered as it should be, and the mix was one."""
    assert notes.broken == []
    assert notes.wrong[:5] == []
    if SECONDS >= FULL_SECONDS:
        done = {name for name, _, status, _ in notes.answers if status in (200, 201)}
        assert done >= EVERY_DEED, EVERY_DEED - done
        assert notes.share_of_reads() >= 0.7
        assert len(notes.answers) >= len(players) * SECONDS / 10


def check_rows(clinic: Clinic, clock_offset: ClockOffset, owner: psycopg.Connection) -> None:
    """Nothing is stuck, by day and through the night that follows, and what must always hold has held."""
    wait_until(lambda: on_its_way() == 0, seconds=180, what="messages that are due")
    wait_until(lambda: unsealed() == 0, seconds=180, what="entries without a seal")
    assert left_open(owner) == []
    found = violations(History(since=clinic.now, now=clock.now()))
    assert {name: lines[:3] for name, lines in found.items()} == {}
    clock_offset.advance(18 * 3600)
    wait_until(lambda: held_for_nobody() == 0, seconds=180, what="times held for nobody")

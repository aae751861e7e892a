"""R4: random days at the desk while processes are killed; afterwards the whole history is checked.

Clients book, move, cancel, take back, decide, treat and change facts over HTTP. Meanwhile a web process, a task
process, the whole worker or beat is killed every few seconds and the clock jumps. Whatever was acknowledged must be
there, once, and everything that must always hold must have held (`history.py`, `judged_again.py`). The controls
(`test_r04_checks_see.py`) spoil single rows of a good history. 10 minutes × 3 seeds in `make trials`; in `make test`
120 operations and one web process. One seed by itself: `-k 20260302`; shorter: TRIAL_SECONDS.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from injections.models import Decision, ImagingReport, Injection, Pathway, PlannedActivity, Screening
from pht_clinic import clock
from pht_clinic.demo.processes import Child
from scheduling.clinic.people_and_rooms import save_room
from scheduling.messages.sending import deliver
from scheduling.models import Appointment, AppointmentChange, Message
from tests.clinic import LONDON, Clinic
from tests.conftest import ClockOffset
from tests.smtp import SmtpServer
from tests.trials.history import History, violations
from tests.trials.judged_again import unseen_findings
from tests.trials.patients import crowd
from tests.trials.post import children_of
from tests.trials.random_desk import PATIENCE_SECONDS, REFUSALS, Client, Ledger
from tests.trials.staging import Web, Workers, wait_until, web_server

SEEDS = (20260302, 20260303, 20260304)
FULL_SECONDS = 600
SECONDS = int(os.environ.get("TRIAL_SECONDS", FULL_SECONDS))
CLIENTS = 6
STAFF = ("reception", "radiologist", "radiologist2", "manager")
JUMP_SECONDS, JUMP_EVERY_SECONDS = 7200, 6
LEASE_SECONDS = 5
MOST_NAMED = 40
EVERY_DEED = {
    "book",
    "move",
    "cancel",
    "undo",
    "arrive",
    "no-show",
    "decide",
    "treat",
    "injection",
    "correct",
    "withdraw",
    "screening",
    "pathway",
    "report",
    "activity",
    "patient",
    "call",
}
"""What must have been done at least once, or the days were not random."""


# -- What was promised -----------------------------------------------------------------------------------------------


def broken_promises(ledger: Ledger) -> Iterator[str]:
    """What was acknowledged and is not there exactly once, or is there and nobody was told of it."""
    for one in ledger.promises:
        if one.status not in REFUSALS | {200, 201}:
            yield f"{one.verb} {one.path}: answered with {one.status}"
    yield from _broken_promises_of_the_diary(ledger)
    records = {
        "injection": Injection,
        "correct": Injection,
        "withdraw": Injection,
        "report": ImagingReport,
        "activity": PlannedActivity,
        "decide": Decision,
    }
    for verb, model in records.items():
        for one in ledger.kept(verb):
            body = one.body["decision"] if verb == "decide" else one.body
            if not model._default_manager.filter(pk=body["id"]).exists():
                yield f"{verb} {one.path}: {model.__name__} {body['id']} is not there"
    for verb, model in (("screening", Screening), ("pathway", Pathway)):
        stored = model._default_manager.count()
        if stored < len(ledger.kept(verb)):
            yield f"{verb}: {len(ledger.kept(verb))} acknowledged, {stored} stored"


def _broken_promises_of_the_diary(ledger: Ledger) -> Iterator[str]:
    exact = ("book", "move", "cancel", "undo", "no-show", "enter-in-error")
    changes = Counter(AppointmentChange.objects.values_list("verb", "appointment"))
    told = Counter((one.verb, int(one.body["id"])) for one in ledger.kept(*exact, "arrive"))
    told += Counter(("fulfil", int(one.body["appointment"]["id"])) for one in ledger.kept("treat"))
    for what in told.keys() | {what for what in changes if what[0] in exact}:
        # an arrival and an end are also recorded along with something else
        if changes[what] != told[what] and not (what[0] not in exact and changes[what] > told[what]):
            yield f"{what}: acknowledged {told[what]} times, stored {changes[what]} times"
    there = set(Appointment.objects.values_list("pk", flat=True))
    lost = {int(one.body["id"]) for one in ledger.kept("book")} - there
    yield from (f"appointment {pk} was acknowledged and is not there" for pk in lost)


def lost_mails(server: SmtpServer) -> Iterator[str]:
    """What is called sent and never arrived, what arrived three times, and what should not have left."""
    copies = Counter(str(mail["Message-ID"]) for mail in server.messages)
    rows = {f"<{row.uid}@clinic.example>": row for row in Message.objects.all()}
    for name, row in rows.items():
        if row.status == "sent" and not copies[name]:
            yield f"message {row.pk}: sent, and never received"
        if copies[name] and row.status in ("queued", "skipped", "failed") and not row.handovers:
            yield f"message {row.pk}: {row.status}, and received"
    yield from (f"{name}: received {count} times" for name, count in copies.items() if count > 2)
    yield from (f"{name}: received, and nobody knows of it" for name in copies.keys() - rows.keys())


# -- Days at the desk --------------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """The clinic's clients, and the clock on its wall."""

    clinic: Clinic
    web: Web
    clock_offset: ClockOffset
    clients: list[Client]
    ledger: Ledger
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def open(self) -> None:
        for client in self.clients:
            self.threads.append(
                threading.Thread(target=client.work, args=(self.over.is_set,), name=client.name, daemon=True)
            )
            self.threads[-1].start()

    def close(self) -> None:
        """Everybody finishes what they are at."""
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS + 30)
        assert not any(thread.is_alive() for thread in self.threads), "somebody waits for ever"

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.ledger.promises) >= count, seconds=PATIENCE_SECONDS, what=f"{count} operations")

    def go_on_to_noon(self) -> None:
        """To the next 12:00 on the wall, when mails may go out."""
        here = clock.now().astimezone(LONDON)
        noon = here.replace(hour=12, minute=0, second=0, microsecond=0)
        self.clock_offset.advance((noon - here).total_seconds() % (24 * 3600))


def open_desk(
    clinic: Clinic, web: Web, clock_offset: ClockOffset, token: Callable[[str], str], *, seed: int, patients: int
) -> Desk:
    """Two radiologists' rooms and a gym, and so many patients for all clients."""
    second = save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=clinic.now)
    people = [
        (str(clinic.practitioner.pk), str(clinic.room.pk)),
        (str(clinic.practitioner.pk), str(second.pk)),
        (str(clinic.physiotherapist.pk), str(clinic.gym.pk)),
    ]
    tokens = {name: token(name) for name in STAFF}
    known, ledger = [str(patient.pk) for patient in crowd(clinic, patients)], Ledger()
    clients = [
        Client(f"client-{seed}-{number}", Random(f"{seed} {number}"), web, clinic, tokens, known, people, ledger)
        for number in range(CLIENTS)
    ]
    return Desk(clinic, web, clock_offset, clients, ledger)


def check(desk: Desk, server: SmtpServer) -> None:
    """Everything that must have held. Raises: AssertionError with the first of what did not, by its check."""
    history = History(since=desk.clinic.now, now=clock.now())
    found = violations(history) | {
        "broken promises": list(broken_promises(desk.ledger)),
        "lost mails": list(lost_mails(server)),
        "unseen findings": list(unseen_findings(history)),
    }
    lines = [f"{name}: {line}" for name, lines in found.items() for line in lines]
    assert not lines, f"{len(lines)} violations\n" + "\n".join(lines[:MOST_NAMED])


def kill_a_child(parent: Child, rng: Random) -> None:
    """SIGKILL for one of the processes that it started, if there is one at this moment."""
    if there := children_of(parent.pid):
        os.kill(rng.choice(there), signal.SIGKILL)


@pytest.mark.full_trial
def test_r4_after_a_busy_hour_and_a_killed_web_process_everything_holds(
    clinic: Clinic, token: Callable[[str], str], clock_offset: ClockOffset, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """The small one: no worker takes part, mails go out afterwards."""
    with web_server(tmp_path) as web:
        desk = open_desk(clinic, web, clock_offset, token, seed=SEEDS[0], patients=12)
        rng = Random(SEEDS[0])
        desk.open()
        desk.wait_for(50)
        kill_a_child(web.child, rng)
        desk.wait_for(80)
        clock_offset.advance(JUMP_SECONDS)
        desk.wait_for(120)
        desk.close()
    desk.go_on_to_noon()
    deliver.drain(now=clock.now, seconds=20)
    print(f"R4: {desk.ledger.in_words()}, {Appointment.objects.count()} visits")
    check(desk, smtp_server)


# -- The long one ------------------------------------------------------------------------------------------------------


@dataclass
class Killer:
    """Kills one process after the other, and starts again what nobody else starts."""

    web: Web
    workers: Workers
    rng: Random
    worker: Child
    beat: Child
    killed: Counter[str] = field(default_factory=Counter)

    def revive(self) -> None:
        """A worker whose process is killed while it starts ends itself; whoever watches over it starts it again."""
        if not self.worker.is_running():
            self.worker = self.workers.worker()

    def kill(self) -> None:
        self.revive()
        what = self.rng.choice(["web process", "web process", "task process", "worker", "beat"])
        self.killed[what] += 1
        if what.endswith("process"):
            kill_a_child(self.web.child if what == "web process" else self.worker, self.rng)
        elif what == "worker":
            self.worker.kill()
            self.worker = self.workers.worker()
        elif what == "beat":
            self.beat.kill()
            self.beat = self.workers.beat()


def overdue() -> int:
    """How many messages could go out now and have not."""
    return Message.objects.filter(status="queued", due_at__lte=clock.now()).count() + (
        Message.objects.filter(status="sending").count()
    )


@pytest.mark.full_trial
@pytest.mark.parametrize("seed", SEEDS)
def test_r4_after_ten_minutes_of_kills_everything_holds(
    seed: int,
    clinic: Clinic,
    token: Callable[[str], str],
    clock_offset: ClockOffset,
    smtp_server: SmtpServer,
    workers: Workers,
    tmp_path: Path,
) -> None:
    workers.environment |= {"OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS)}
    rng = Random(seed)
    with web_server(tmp_path) as web:
        killer = Killer(web, workers, rng, workers.ready(workers.worker()), workers.beat())
        desk = open_desk(clinic, web, clock_offset, token, seed=seed, patients=200)
        desk.open()
        began = jumped = time.monotonic()
        while time.monotonic() < began + SECONDS:
            time.sleep(rng.uniform(2, 6))
            killer.kill()
            if time.monotonic() > jumped + JUMP_EVERY_SECONDS:
                jumped = time.monotonic()
                clock_offset.advance(JUMP_SECONDS)
        desk.close()
        desk.go_on_to_noon()
        killer.revive()
        workers.ready(killer.worker)
        waited = wait_until(lambda: overdue() == 0, seconds=180, what="messages that are due")
    print(f"R4 {seed}: {desk.ledger.in_words()}, {sum(killer.killed.values())} kills {dict(killer.killed)},")
    print(f"  {Appointment.objects.count()} visits, {len(smtp_server.received)} mails, the last {waited:.0f} s after")
    print(f"  in the diary {dict(Counter(AppointmentChange.objects.values_list('verb', flat=True)))}")
    check(desk, smtp_server)
    done = {one.verb for one in desk.ledger.promises if one.status in (200, 201)}
    assert SECONDS < FULL_SECONDS or done >= EVERY_DEED, EVERY_DEED - done
    assert len(desk.ledger.promises) * len(SEEDS) * FULL_SECONDS / SECONDS >= 5_000

"""Sending 10,000 messages by a worker, and beside a million planned; a profile. Peers: `bench/peers/messages.py`."""

import datetime as dt
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import filled, measure, record
from bench.cpu import children_of, largest_memory_kb, seconds_of_children
from bench.house import House, house
from pht_clinic.demo import services
from pht_clinic.demo.postgresql import APPLICATION, OWNER

MESSAGES, CONNECTIONS = 10_000, 2
FEW, PLANNED = 1_000, 1_000_000
MOST_RSS_MB = 200
BEAT_SECONDS = 5


def main() -> None:
    """Prepare the messages, start the sink, measure."""
    with house(with_broker=True) as found:
        sink = [sys.executable, "-m", "bench.mails.sink", str(found.smtp_port)]
        found.start("sink", sink)
        env = environment(found)
        prepare(found, env)
        measure.say_machine()
        _profile(env)
        _in_a_worker(found, env)
        _beside_a_million(found, env)


def environment(found: House) -> dict[str, str]:
    files = found.folder / "files"
    files.mkdir()
    return {
        **os.environ,
        "BENCH_SMTP_PORT": str(found.smtp_port),
        "BENCH_LETTERS": str(found.folder / "letters.pickle"),
        "BENCH_TEMPLATE": str(found.folder / "template.json"),
        "BENCH_PROFILE": str(found.folder / "profile.json"),
        "BENCH_FILES": str(files),
    }


def prepare(found: House, env: dict[str, str]) -> None:
    """10,000 coming injections with their confirmations, queued for later, and the same letters for the others."""
    from django.conf import settings

    from pht_clinic import clock
    from pht_clinic.people.actors import SYSTEM
    from scheduling.messages import drafts
    from scheduling.messages.render import letter
    from scheduling.models import Appointment, Message
    from scheduling.patients.link import address_of

    now = clock.now()
    with found.owner() as owner:
        filled.staff(owner)
        first_on = now.date() + dt.timedelta(days=2)
        filled.visits(owner, first_on=first_on, last_on=first_on + dt.timedelta(days=30), most=MESSAGES)
        owner.execute("UPDATE scheduling_appointment SET kind = 'injection'")
    visits = Appointment.objects.select_related("patient", "practitioner")
    rows = [drafts.draft(drafts.News("confirmed"), appointment=visit, by=SYSTEM, now=now)[0] for visit in visits]
    Path(env["BENCH_TEMPLATE"]).write_text(json.dumps(_as_template(rows[0])))
    letters = []
    for row in rows:
        row.due_at, row.keeps_quiet_hours = now + dt.timedelta(days=1), False
        one = letter(row, now=now)
        assert one.calendar is not None
        letters.append(
            {
                "sender": settings.DEFAULT_FROM_EMAIL,
                "from": settings.DEFAULT_FROM_EMAIL,
                "to": one.recipient,
                "recipient": one.recipient,
                "reply-to": settings.DEFAULT_REPLY_TO,
                "subject": one.subject,
                "message-id": one.message_id,
                "text": one.text,
                "html": one.html,
                "calendar": one.calendar[0],
                "method": one.calendar[1],
                "values": {**row.values, "link": address_of(row.appointment)},
            }
        )
    Message.objects.bulk_create(rows, batch_size=2000)
    Path(env["BENCH_LETTERS"]).write_bytes(pickle.dumps(letters))
    for line in ("scheduling_message", "scheduling_appointment"):
        with found.owner() as owner:
            owner.execute(f"VACUUM ANALYZE {line}")
    post_office = {
        **env,
        "DJANGO_SETTINGS_MODULE": "bench.mails.post_office_settings",
        "DATABASE_URL": found.postgres.url(OWNER),
    }
    migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "-v0"]
    subprocess.run(migrate, check=True, env={**post_office, "DATABASE_URL": found.postgres.url(APPLICATION)})


def _as_template(row: Any) -> dict[str, str]:
    """What a letter says, with the names of the values where these are printed, for somebody else's templates."""
    from scheduling.messages.render import letter
    from scheduling.patients.link import address_of

    kept = {"start_at", "end_at", "calendar"}
    names = {name: f"{{{{{name}}}}}" for name, value in row.values.items() if isinstance(value, str)}
    values = {**row.values, **{name: mark for name, mark in names.items() if name not in kept}}
    one = letter(type(row)(**{**_fields(row), "values": values}), now=row.planned_at)
    link = address_of(row.appointment)
    return {
        "subject": one.subject,
        "text": one.text.replace(link, "{{link}}"),
        "html": one.html.replace(link, "{{link}}"),
    }


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("template", "appointment", "recipient", "revision", "uid")}


def make_due(count: int) -> None:
    """So many of the messages that nobody sent yet are due now; sent ones again when there are too few."""
    from pht_clinic import clock
    from scheduling.models import Message

    now = clock.now()
    waiting = Message.objects.exclude(template="planned")
    if waiting.filter(status="queued").count() < count:
        later = now + dt.timedelta(days=1)
        waiting.update(status="queued", attempts=0, handovers=0, sent_at=None, handed_over_at=None, due_at=later)
    numbers = list(waiting.filter(status="queued").order_by("pk").values_list("pk", flat=True)[:count])
    Message.objects.filter(pk__in=numbers).update(due_at=now)


@dataclass(frozen=True)
class Run:
    """One round: seconds a message by the clock and of processors, and the largest memory of a sender in MB."""

    seconds: float
    cpu_seconds: float
    rss_mb: float


def run(commands: list[list[str]], env: dict[str, str], count: int) -> Run:
    """Start these processes, and let them send at the same moment."""
    with ExitStack() as ends:
        processes = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            ends.callback(process.wait)
            ends.callback(process.kill)
            processes.append(process)
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        start, used = time.perf_counter(), seconds_of_children()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [_answer(process) for process in processes]
        seconds, used = time.perf_counter() - start, seconds_of_children() - used
    sent = sum(answer["sent"] for answer in answers)
    assert sent == count, f"{sent} of {count} were sent"
    return Run(seconds / count, used / count, max(answer["rss_mb"] for answer in answers))


def _answer(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said.startswith("{"):
        raise RuntimeError(said + process.stdout.read())
    answer: dict[str, float] = json.loads(said)
    return answer


def senders(how: str, count: int) -> list[list[str]]:
    return [["bench.mails.senders", how, str(number), str(CONNECTIONS), str(count)] for number in range(CONNECTIONS)]


def _profile(env: dict[str, str]) -> None:
    make_due(FEW)
    run([["bench.mails.senders", "profile", "0", "1", str(FEW)]], env, FEW)
    shares = json.loads(Path(env["BENCH_PROFILE"]).read_text())
    measure.say_about("Where the outbox spends its time, by the profiler")
    for what, share in sorted(shares.items(), key=lambda pair: -pair[1]):
        measure.say_number(what, round(100 * share), "%")


def _in_a_worker(found: House, env: dict[str, str]) -> None:
    """10,000 messages by a real worker whose tasks come as beat sends them; what its processes have held at most."""
    from pht_clinic.celery import app
    from scheduling.models import Message

    log = found.folder / "worker.log"
    worker = services.worker(env={**env, "OUTBOX_DRAIN_SECONDS": "20"}, log=log, concurrency=CONNECTIONS)
    found.ends.callback(worker.stop)
    worker.start()
    services.wait_for_worker(worker)
    make_due(MESSAGES)
    start = time.perf_counter()
    due = Message.objects.filter(status__in=["queued", "sending"]).exclude(template="planned")
    next_tick = start
    while due.exists():
        if time.perf_counter() >= next_tick:
            next_tick += BEAT_SECONDS
            app.send_task("scheduling.tasks.drain_outbox", expires=BEAT_SECONDS)
        time.sleep(0.2)
    seconds = time.perf_counter() - start
    most = {pid: largest_memory_kb(pid) / 1024 for pid in [worker.pid, *children_of(worker.pid)]}
    worker.stop()
    measure.say_about(
        f"{MESSAGES:,} due messages by a Celery worker of {CONNECTIONS} processes, a tick in {BEAT_SECONDS} s"
    )
    measure.say_number("messages a second, from the first tick on", MESSAGES / seconds)
    measure.say_number("largest memory of one of its processes", max(most.values()), "MB", at_most=MOST_RSS_MB)
    measure.say_number("of all together, counting shared pages in each", sum(most.values()), "MB")


def _wait_until_nobody_is_in(database: str, owner: psycopg.Connection) -> None:
    """A process that has just ended is still in its database for a moment."""
    while owner.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [database]).fetchone():
        time.sleep(0.1)


def _beside_a_million(found: House, env: dict[str, str]) -> None:
    from django.db import connection, connections

    connections.close_all()
    with found.owner("postgres") as owner:
        _wait_until_nobody_is_in("pht", owner)
        owner.execute("CREATE DATABASE pht_planned TEMPLATE pht")
    with found.owner("pht_planned") as owner:
        owner.execute(
            "INSERT INTO scheduling_message (kind, template, subject, occasion, patient_id, recipient, values, due_at,"
            " expires_at, status, reason, keeps_quiet_hours, attempts, handovers, uid, planned_at, phone_task,"
            " closed_reason, channel)"
            " SELECT 'reminder-week', 'planned', 'appointment:' || 100000000 + n, 'revision:1', NULL, 'a@mail.example',"
            " '{}', now() + n * interval '30 seconds' + interval '2 days', now() + interval '2 years', 'queued', '',"
            " true, 0, 0, gen_random_uuid(), now(), false, '', 'email' FROM generate_series(1, %s) n",
            [PLANNED],
        )
        owner.execute("VACUUM ANALYZE scheduling_message")

    def drain(name: str) -> Callable[[], float]:
        def timed() -> float:
            connection.close()
            connection.settings_dict["NAME"] = name
            make_due(FEW)
            url = found.postgres.url(APPLICATION, database=name)
            return run(senders("ours", FEW), {**env, "DATABASE_URL": url}, FEW).seconds

        return timed

    sample = measure.interleaved({"alone": drain("pht"), "beside": drain("pht_planned")}, rounds=5)
    measure.say_about(f"{FEW:,} due messages beside {PLANNED:,} planned ones")
    measure.say_time("without them", sample["alone"])
    measure.say_time("beside them", sample["beside"])
    measure.say_ratio("times as long", sample["beside"] / sample["alone"], at_most=1.2)


if __name__ == "__main__":
    with record.of("outbox"):
        main()

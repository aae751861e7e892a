"""PRIV1: a canary in every personal field; then logs, broker, task arguments, addresses and mail headers are searched.

The clinic's own processes run: gunicorn, a Celery worker, a mail server. What goes wrong on the way counts too:
malformed bodies, clashes, refusals, a message that cannot be written.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.demo import services
from pht_clinic.demo.postgresql import APPLICATION, OWNER
from pht_clinic.demo.valkey import ValkeyServer
from scheduling.models import Message, Patient
from tests.clinic import FIT, Clinic, local
from tests.server_plugin import Session
from tests.smtp import SmtpServer
from tests.together import at_once
from tests.trials.post import call_for_post, count_of
from tests.trials.staging import Answer, Web, Workers, wait_until

CANARY = "Zwitscher"
PATIENT = {
    "given_name": f"{CANARY}given",
    "family_name": f"{CANARY}family",
    "date_of_birth": "1957-11-13",
    "email": f"{CANARY.lower()}@mail.example",
    "phone": "07700 900913",
    "nhs_number": "999 000 0018",
    "address": f"7 {CANARY} Lane",
    "preferred_contact": "email",
    "language": CANARY,
    "needs": CANARY,
    "gp": {"name": CANARY, "practice": CANARY, "address": CANARY, "email": f"gp{CANARY.lower()}@mail.example"},
    "carer": {"name": CANARY, "relation": CANARY, "phone": "07700 900914", "may_speak": True},
}
SECRETS = (CANARY.lower(), "1957-11-13", "13 november 1957", "900913", "900914", "9990000018", "999 000 0018")


class Walk:
    """One patient's way through the API, everything said being a canary, with a stumble at every step."""

    def __init__(self, web: Web, clinic: Clinic, token: str, radiologist: str) -> None:
        self.web, self.clinic, self.token, self.radiologist = web, clinic, token, radiologist
        self.answers: list[Answer] = []

    def post(self, path: str, body: object, *, token: str = "", method: str = "POST") -> Answer:
        answer = self.web.send(method, f"/api/v1/{path}", body, token=token or self.token)
        self.answers.append(answer)
        return answer

    def go(self) -> None:
        self.post("patients/", {**PATIENT, "given_name": [PATIENT["given_name"]]})
        patient = self.post("patients/", PATIENT).body["id"]
        self.post("patients/", PATIENT)  # a duplicate, named
        self.post("patients/", b'{"family_name": "' + CANARY.encode() + b'\x00"}')
        self.post("patients/search/", {"text": f"{CANARY}family 1957-11-13"})
        self.record(patient)
        self.visit(patient)

    def record(self, patient: str) -> None:
        at = f"patients/{patient}"
        injection = {"site": "ischiogluteal-bursa", "side": "left", "given": "2020", "origin": "elsewhere"}
        self.post(f"{at}/injections/", {**injection, "note": CANARY, "drug": CANARY})
        self.post(f"{at}/injections/", {**injection, "note": CANARY, "site": CANARY})
        self.post(f"{at}/screening/", {"answers": FIT, "onset": CANARY}, method="PUT")
        self.post(f"{at}/screening/", {"answers": FIT}, method="PUT")
        self.post(f"{at}/pathway/", {"not_possible_reason": CANARY, "physiotherapy": "not-possible"}, method="PUT")

    def visit(self, patient: str) -> None:
        ask: dict[str, Any] = {
            "patient": patient,
            "kind": "follow-up",
            "start": local("2026-03-10").isoformat(),
            "practitioner": str(self.clinic.practitioner.pk),
            "note": CANARY,
        }
        booked = self.post("appointments/", ask)
        self.post("appointments/", ask)  # a clash
        self.post("appointments/", {**ask, "start": CANARY})
        at = f"appointments/{booked.body['id']}"
        self.post(f"{at}/move/", {"start": local("2026-03-11").isoformat(), "override_reason": CANARY})
        self.post(f"{at}/decision/", {"outcome": "approve", "reason": CANARY}, token=self.radiologist)
        self.post(f"{at}/cancel/", {"reason": CANARY, "revision": 99})
        Message.objects.filter(kind="confirmed").update(
            status="sent", sent_at=self.clinic.now
        )  # there is no worker yet
        self.post(f"{at}/cancel/", {"reason": CANARY})
        self.post("appointments/", {**ask, "start": local("2026-03-12").isoformat()})
        self.web.send("GET", f"/api/v1/patients/{patient}/?text={CANARY.encode().hex()}", token=self.token)


def test_priv1_nothing_personal_leaves_by_a_side_door(
    clinic: Clinic,
    token: Callable[[str], str],
    webs: Callable[[str | None], Web],
    workers: Workers,
    broker: ValkeyServer,
    smtp_server: SmtpServer,
    servers: Session,
) -> None:
    walk = Walk(webs(None), clinic, token("reception"), token("radiologist"))
    walk.go()
    assert Patient.objects.filter(family_name__contains=CANARY).count() == 1
    assert {answer.status for answer in walk.answers} >= {200, 201, 400, 409, 422}
    broken = Message.objects.filter(patient__family_name__contains=CANARY, kind="cancelled")
    assert broken.update(status="queued", due_at=clinic.now, values={}, attempts=0) == 1
    call_for_post()
    waiting_tasks = list(everything_in(broker))
    worker = workers.ready(workers.worker())
    call_for_post()  # the first call is worth nothing after 5 s
    wait_until(lambda: count_of("failed") == 1, seconds=60, what="the message that cannot be written")
    call_for_post()
    wait_until(lambda: len(smtp_server.received) > 0, seconds=60, what="a mail")
    assert waiting_tasks, "the broker was looked at when nothing was in it"
    assert spoken_in(smtp_server.received[0].content.decode()), "the letter itself does speak to the patient"
    hits = [
        *(("task", found) for found in spoken_in("\n".join(waiting_tasks))),
        *(("broker", found) for found in spoken_in("\n".join(everything_in(broker)))),
        *(("web log", found) for found in spoken_in(walk.web.log.read_text())),
        *(("PostgreSQL's log", found) for found in spoken_in(servers.postgres.log.read_text())),
        *(("worker log", found) for found in spoken_in(worker.log.read_text())),
        *(("mail header", found) for found in spoken_in("\n".join(headers_of(smtp_server)))),
        *(("Location", found) for answer in walk.answers for found in spoken_in(str(answer.headers))),
    ]
    assert not hits, hits


KEY = "5d2f8c1e-77aa-4b1c-9d0e-0123456789ab"
BROKEN = (
    f"GET /patients/?text={CANARY} O'Brien HTTP/1.1\r\n\r\n",
    f"GET /p/{KEY}/ {CANARY} HTTP/1.1\r\n\r\n",
    f"{CANARY} / HTTP/1.1\r\n\r\n",
    f"GET / {CANARY}/1.1\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: localhost\r\n{CANARY} 07700 900913\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: localhost\r\n{CANARY} Smith: x\r\n\r\n",
    f"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {CANARY}\r\n\r\n",
    f"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
)
"""No requests: what gunicorn refuses before anything of the product is asked, and would quote."""
KEYED = ("/p/{}/", "/p/{}/cancel/", "/p/o/{}/", "/k/{}/", "/K/{}/", "/mails-off/{}/", "/api/v1/calendar/{}.ics")


def asked_of(folder: Path, *more: str, **settings: str) -> str:
    """What gunicorn writes, its list of requests included, when it is asked for all of that; `more` options."""
    port = services.free_port()
    child = services.web(env={**os.environ, **settings}, port=port, log=folder / f"web{len(more)}.log")
    child.command = [*child.command[:-1], "--access-logfile", "-", *more, child.command[-1]]
    web = Web(port, child, child.log)
    try:
        services.wait_for_web(child.start(), port=port)
        for path in KEYED:
            web.send("GET", path.format(KEY) + f"?text={CANARY}", headers={"Referer": f"http://localhost/p/{KEY}/"})
        for request in BROKEN:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request.encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 "), request
    finally:
        child.stop()
    return child.log.read_text()


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("kind", ["text", "json"])
def test_priv1_gunicorns_log_holds_no_key_no_query_and_nothing_of_a_broken_request(
    committed_db: None, tmp_path: Path, kind: str
) -> None:
    """Though it be told to list every request; as JSON every line is an object."""
    log = asked_of(tmp_path, LOG_FORMAT=kind)
    if kind == "json":
        log = "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in log.splitlines())
    assert [line for line in [*spoken_in(log), *log.splitlines()] if KEY in line or CANARY in line] == []
    assert log.count("/p/…/") >= 2
    assert log.count("Invalid request from ip=127.0.0.1") >= 5


@pytest.mark.full_trial
def test_priv1_control_gunicorn_by_itself_tells_all_of_it(committed_db: None, tmp_path: Path) -> None:
    log = asked_of(tmp_path, "--config", "/dev/null")
    assert KEY in log
    assert len(spoken_in(log)) > len(KEYED) + 4


WRONG = (
    "INSERT INTO web_tally (name, number) VALUES ('CANARY', 1), ('CANARY', 2)",
    "INSERT INTO web_tally (name, number) VALUES ('CANARY', NULL)",
    "SELECT 'CANARY'::integer",
    "SELECT '1957-13-11'::date, 'CANARY'",
    "SELECT CANARY FROM nowhere",
    "SET statement_timeout = 50; SELECT pg_sleep(5), 'CANARY'",
)
LOCK = "SELECT pg_advisory_xact_lock(%s), 'CANARY'"


def provoke(address: str, canary: str) -> None:
    """What goes wrong in a database, with the canary in every statement and value: each is answered by an error."""
    for statement in WRONG:
        with psycopg.connect(address, autocommit=True) as connection, pytest.raises(psycopg.Error):
            connection.execute(statement.replace("CANARY", canary))
    with psycopg.connect(address, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT %s::integer", [canary])
    lock = LOCK.replace("CANARY", canary)
    with psycopg.connect(address) as one, psycopg.connect(address) as other:
        one.execute(lock, [1])
        other.execute(lock, [2])
        found = at_once(lambda: one.execute(lock, [2]), lambda: other.execute(lock, [1]))
    assert [type(result) for result in found].count(psycopg.errors.DeadlockDetected) == 1


def test_priv1_postgresqls_log_holds_no_value_of_either_role(servers: Session, committed_db: None) -> None:
    log = servers.postgres.log
    before = len(log.read_text())
    for role in (APPLICATION, OWNER):
        provoke(servers.postgres.url(role), CANARY)
    assert spoken_in(log.read_text()[before:]) == []


def test_priv1_control_a_role_without_these_settings_tells_the_log(servers: Session, committed_db: None) -> None:
    log = servers.postgres.log
    before = len(log.read_text())
    provoke(servers.postgres.url("postgres"), "Plauder")
    told = log.read_text()[before:]
    assert sum("Plauder" in line for line in told.splitlines()) >= 10
    assert "deadlock detected" in told


def test_priv1_nobody_else_reads_what_the_application_is_doing(servers: Session, committed_db: None) -> None:
    """Nor is it printed when its process is killed."""
    with psycopg.connect(servers.postgres.url(APPLICATION)) as connection:
        connection.execute(f"SELECT '{CANARY}'")
        with psycopg.connect(servers.postgres.url("postgres")) as superuser:
            pid = connection.info.backend_pid
            [seen] = superuser.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall()
    assert seen == ("",)


def spoken_in(text: str) -> list[str]:
    """The lines that hold a canary."""
    return [line for line in text.splitlines() if any(secret in line.lower() for secret in SECRETS)]


def everything_in(broker: ValkeyServer) -> Iterator[str]:
    """Every key with its value, as text."""
    with broker.client() as client:
        for key in client.scan_iter():
            kind = client.type(key)
            value: Any = {
                b"list": lambda key=key: client.lrange(key, 0, -1),
                b"hash": lambda key=key: client.hgetall(key),
                b"set": lambda key=key: client.smembers(key),
                b"zset": lambda key=key: client.zrange(key, 0, -1),
            }.get(kind, lambda key=key: client.get(key))()
            yield f"{key!r} {value!r}"


def headers_of(server: SmtpServer) -> Iterator[str]:
    """Every header but the one that must name the recipient."""
    for mail in server.messages:
        yield from (f"{name}: {value}" for name, value in mail.items() if name != "To")

"""R15: the database takes no changes for a while, as a standby does or one whose disk ran full.

A real web server, and every page and endpoint in this process, while PostgreSQL refuses to write. What needs no writing
is answered, all else is a 503 with a sentence; nothing is half stored; when it is over the same request is booked. The
control takes the word for it away: the same refusal is a 500.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.web import problem
from scheduling.models import Appointment, Message, Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.conftest import ClockOffset, Share
from tests.trials import every_url
from tests.trials.staging import Web, wait_until
from tests.trials.test_sec01_access import fill

SAYS = "Nothing can be saved at the moment, and this was not."


@contextmanager
def read_only(postgres: PostgresServer) -> Iterator[None]:
    """Every connection, the ones that are kept included, refuses to write for as long as the block lasts."""
    with psycopg.connect(
        postgres.url("postgres"), options="-c default_transaction_read_only=off", autocommit=True
    ) as superuser:

        def switch(statement: str, wanted: str) -> None:
            superuser.execute(statement)
            superuser.execute("SELECT pg_reload_conf()")
            wait_until(lambda: said() == wanted, seconds=10, what=f"read-only {wanted}")

        switch("ALTER SYSTEM SET default_transaction_read_only = on", "on")
        try:
            yield
        finally:
            switch("ALTER SYSTEM RESET default_transaction_read_only", "off")


def said() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return str(cursor.fetchone()[0])


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in (Appointment, Message, Patient)}


def readiness(web: Web) -> set[int]:
    """What several of its threads say: PostgreSQL tells each connection of a new setting in its own time."""
    return {web.send("GET", "/readyz").status for _ in range(8)}


def a_visit(clinic: Clinic, patient: Patient) -> dict[str, str]:
    return {
        "patient": str(patient.pk),
        "kind": "follow-up",
        "practitioner": str(clinic.practitioner.pk),
        "start": local("2026-03-10").isoformat(),
    }


def test_r15_a_database_that_takes_no_changes_is_a_503_and_recovers(
    clinic: Clinic, token: Callable[[str], str], webs: Callable[[str | None], Web], postgres: PostgresServer
) -> None:
    web, key = webs(None), token("reception")
    ask = a_visit(clinic, clinic.patient("Ann"))
    assert web.send("GET", "/readyz").status == 200
    before = rows()
    with read_only(postgres):
        wait_until(lambda: readiness(web) == {503}, seconds=10, what="the web server's own connections to be told")
        for _ in range(4):  # whichever process answers
            answer = web.post("appointments/", ask, token=key, key="r15")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
            assert answer.body["detail"].startswith(SAYS)
        ready = web.send("GET", "/readyz")
        assert (ready.status, ready.headers["Content-Type"]) == (503, "application/problem+json")
        assert ready.body["detail"].startswith(SAYS)
        assert web.send("GET", "/healthz").status == 200
        assert rows() == before
    wait_until(lambda: readiness(web) == {200}, seconds=10, what="the web server to recover by itself")
    assert web.post("appointments/", ask, token=key, key="r15").status == 201
    assert rows()["Appointment"] == before["Appointment"] + 1


def every_look(clients: dict[str, Client], share: Share) -> Iterator[tuple[str, int, str]]:
    for address in share.of(every_url.addresses(), one_in=8):
        for name, client in clients.items():
            for method in ("GET", "POST"):
                response = client.generic(method, address.url(), b"{}", content_type="application/json")
                content = b"" if response.streaming else response.content
                yield f"{name} {method} {address.name}", response.status_code, content.decode(errors="replace")


@pytest.fixture
def clients(clinic: Clinic, clock_offset: ClockOffset) -> dict[str, Client]:
    """Who is signed in already; who is not; whoever signs in now is told to come back."""
    fill(World(clinic, clock_offset))
    found = {"nobody": Client(raise_request_exception=False)}
    for role in ("reception", "manager"):
        found[role] = Client(raise_request_exception=False)
        found[role].force_login(clinic.users[role])
    return found


@pytest.mark.full_trial(one_in=3)
@pytest.mark.filterwarnings("ignore")
def test_r15_no_page_and_no_endpoint_is_a_500(
    clients: dict[str, Client], postgres: PostgresServer, share: Share
) -> None:
    with read_only(postgres):
        told = list(every_look(clients, share))
    counted = Counter(status for _, status, _ in told)
    print("R15:", dict(counted))
    assert [what for what, status, _ in told if status >= 500 and status != 503] == []
    assert counted[503] > share.at_least(50, one_in=8)
    for what, status, content in told:
        if status == 503:
            assert "saved" in content or "busy" in content, what


def test_r15_a_page_that_must_be_kept_on_the_trail_is_not_shown(
    clinic: Clinic, clients: dict[str, Client], postgres: PostgresServer
) -> None:
    pages = f"/patients/{clinic.patient('Ann').pk}/", "/account/sign-in/", "/"
    with read_only(postgres):
        shown, sign_in, home = [clients["reception"].get(page) for page in pages]
        assert (shown.status_code, shown.headers["Retry-After"]) == (503, "60")
        assert "Ann" not in shown.content.decode()
        assert {sign_in.status_code, home.status_code} <= {200, 302, 503}
    assert clients["reception"].get(pages[0]).status_code == 200


def test_r15_control_without_a_word_for_it_the_same_refusal_is_a_500(
    clinic: Clinic, clients: dict[str, Client], postgres: PostgresServer
) -> None:
    page = f"/patients/{clinic.patient('Ann').pk}/"
    with read_only(postgres), mock.patch.object(problem, "_NO_CHANGES", frozenset()):
        assert clients["reception"].get(page).status_code == 500


@pytest.mark.parametrize("cause", [psycopg.errors.DiskFull("full"), psycopg.errors.IoError("cannot write")], ids=str)
def test_r15_a_full_disk_says_the_same(cause: psycopg.Error) -> None:
    error = OperationalError("could not extend file")
    error.__cause__ = cause
    refusal = problem.refusal_of(error)
    assert refusal is not None
    assert problem.status_of(refusal) == 503
    assert refusal.sentence.startswith(SAYS)

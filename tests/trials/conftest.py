"""Fixtures of the trials: real processes, started once for all trials where nothing in them is patched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from pht_clinic.demo.valkey import ValkeyServer
from tests import database
from tests.conftest import ClockOffset
from tests.server_plugin import Session

if TYPE_CHECKING:
    from tests.clinic import Clinic
    from tests.together import Deadlocks
    from tests.trials.staging import Web, Workers


@pytest.fixture(scope="session")
def trial_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trials")


@pytest.fixture(scope="package")
def webs(servers: Session, django_db_setup: None, trial_folder: Path) -> Iterator[Callable[[str | None], Web]]:
    """Web servers by the guard they lack (None: whole), started when first asked for; all end with the trials."""
    from tests.trials.staging import web_server

    with ExitStack() as stack:
        running: dict[str | None, Web] = {}

        def web_without(guard: str | None) -> Web:
            if guard not in running:
                running[guard] = stack.enter_context(web_server(trial_folder, guard=guard))
            return running[guard]

        yield web_without


@pytest.fixture
def now(clock_offset: ClockOffset) -> datetime:
    """The product's clock, in every process, starts where the tests' clinic does: a Monday morning in March 2026."""
    from tests.clinic import NOW

    clock_offset.set((NOW - datetime.now(UTC)).total_seconds())
    return NOW


@pytest.fixture
def clinic(committed_db: None, now: datetime) -> Clinic:
    """A clinic whose rows are really committed."""
    from tests.clinic import open_clinic

    return open_clinic(now)


@pytest.fixture
def token(clinic: Clinic) -> Callable[[str], str]:
    """A fresh token by the name of one of the clinic's users, as `manage.py issue_token` prints it."""
    from django.core.management import call_command

    def issue(name: str) -> str:
        out = StringIO()
        call_command("issue_token", clinic.users[name].email, stdout=out)
        return out.getvalue().split()[-1]

    return issue


@pytest.fixture
def workers(committed_db: None, broker: ValkeyServer, tmp_path: Path) -> Iterator[Workers]:
    """Where workers and beats are started; they end with the test."""
    from tests.trials.staging import Workers

    started = Workers(tmp_path, broker.url)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def deadlocks(owner_connection: psycopg.Connection) -> Deadlocks:
    """How many deadlocks the database has resolved since the test began."""
    from tests.together import Deadlocks

    return Deadlocks(owner_connection)


@pytest.fixture
def without_exclusion(owner_connection: psycopg.Connection) -> Callable[[], Any]:
    """A block in which the diary's exclusion constraints are gone; it empties the tables before they come back."""
    return lambda: _without_exclusion(owner_connection)


@pytest.fixture
def without_seats(owner_connection: psycopg.Connection) -> Callable[[], Any]:
    """A block in which two may have one place of a class; it empties the tables before that ends."""
    return lambda: _without_seats(owner_connection)


@contextmanager
def _without_seats(owner: psycopg.Connection) -> Iterator[None]:
    name = "appointment_one_seat_each"
    definition = owner.execute("SELECT pg_get_indexdef(%s::regclass)", [name]).fetchone()
    assert definition is not None
    owner.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    try:
        yield
    finally:
        database.close_connections()
        database.empty(owner)
        owner.execute(definition[0])


@contextmanager
def _without_exclusion(owner: psycopg.Connection) -> Iterator[None]:
    found = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'scheduling_appointment'::regclass AND contype = 'x'"
    ).fetchall()
    assert len(found) == 3
    table = sql.SQL("ALTER TABLE scheduling_appointment ")
    for name, _ in found:
        owner.execute(table + sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    try:
        yield
    finally:
        database.close_connections()
        database.empty(owner)
        for name, definition in found:
            owner.execute(table + sql.SQL("ADD CONSTRAINT {} ").format(sql.Identifier(name)) + sql.SQL(definition))

"""A committed clinic, its backups, and empty databases beside it to restore into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from pht_clinic.demo import binaries
from pht_clinic.demo.postgresql import OWNER, PostgresServer, make_database
from tests.server_plugin import Session

if TYPE_CHECKING:
    from tests.clinic import Clinic


@pytest.fixture(autouse=True)
def programs(settings: Any, servers: Session, postgres: PostgresServer) -> Path:
    """PostgreSQL's own programs, those of the running server."""
    folder = binaries.postgresql(servers.folder).folder
    settings.POSTGRESQL_PROGRAMS = str(folder)
    return folder


@pytest.fixture
def committed_clinic(committed_db: None) -> Clinic:
    from pht_clinic.audit.tasks import seal_audit
    from tests.clinic import NOW, local, open_clinic

    clinic = open_clinic(NOW)
    clinic.book(clinic.fit_patient(), local("2026-03-16"))
    seal_audit()
    return clinic


@pytest.fixture
def backup(committed_clinic: Clinic, tmp_path: Path) -> Path:
    """A whole backup of that clinic."""
    from pht_clinic.backup.take import take
    from tests.clinic import NOW

    return take(tmp_path / "backups", now=NOW)


@pytest.fixture
def empty_database(postgres: PostgresServer, django_db_setup: None) -> Iterator[Callable[[], str]]:
    """Makes an empty database and gives the alias under which Django reaches it; all of them go with the test."""
    from django.db import connections

    maintenance, made = postgres.url(OWNER, database="postgres"), list[str]()

    def make() -> str:
        name = f"restored_{len(made)}"
        make_database(maintenance, name=name)
        made.append(name)
        connections.databases[name] = {**connections["owner"].settings_dict, "NAME": name}
        return name

    yield make
    with psycopg.connect(maintenance, autocommit=True) as owner:
        for name in made:
            connections[name].close()
            del connections[name], connections.databases[name]
            owner.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))  # as in prove.py

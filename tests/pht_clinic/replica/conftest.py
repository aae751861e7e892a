"""A replica of the tests' own PostgreSQL, as REPLICA_DATABASE_URL would name it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections

from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.replica import reading
from pht_clinic.replica.scope import REPLICA
from tests.standby import Standby, assert_as_far, standby_of


@pytest.fixture(scope="module")
def standby(postgres: PostgresServer, django_db_setup: None) -> Iterator[Standby]:
    """One for a file; it takes two seconds."""
    with standby_of(postgres) as made:
        yield made


@pytest.fixture
def named(committed_db: None, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A setting for a replica, which leads to the primary itself."""
    own = settings.DATABASES["default"]
    options = {**own["OPTIONS"], "host": str(postgres.socket_folder), "connect_timeout": 2}
    monkeypatch.setitem(settings.DATABASES, REPLICA, {**own, "OPTIONS": options})
    monkeypatch.setattr(reading, "_rests_until", 0.0)
    yield
    connections[REPLICA].close()
    del connections[REPLICA]


@pytest.fixture
def replica(named: None, standby: Standby) -> Standby:
    """The setting leads to the replica, which is as far as the primary."""
    settings.DATABASES[REPLICA]["OPTIONS"]["host"] = str(standby.socket_folder)
    standby.resume()
    assert_as_far(standby)
    return standby

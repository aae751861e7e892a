"""A clinic whose rows are really committed, for threads with connections of their own."""

import psycopg
import pytest

from tests.clinic import Clinic, open_clinic


@pytest.fixture
def clinic(committed_db: None) -> Clinic:
    return open_clinic()


@pytest.fixture
def deadlocks(owner_connection: psycopg.Connection) -> "Deadlocks":
    return Deadlocks(owner_connection)


class Deadlocks:
    """How many deadlocks the database has resolved since this was made, by its own count."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._before = self._count()

    def seen(self) -> int:
        return self._count() - self._before

    def _count(self) -> int:
        self._connection.execute("SELECT pg_stat_clear_snapshot()")
        row = self._connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        assert row is not None
        return int(row[0])

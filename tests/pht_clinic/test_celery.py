"""A task process keeps its database connection from task to task, and a lost one does not stop the next task."""

import psycopg
import pytest
from django.db import OperationalError, connection

from pht_clinic.celery import look_at_kept_connections
from scheduling.tasks import drain_outbox


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_kept_connection_serves_the_next_task(committed_db: None) -> None:
    connection.close()  # the one that all tests share may be as old as the run, and is given up for its age
    before = backend()
    look_at_kept_connections(drain_outbox)
    assert backend() == before


def test_a_lost_connection_is_replaced_before_the_next_task(
    committed_db: None, owner_connection: psycopg.Connection
) -> None:
    """As after a restart of the database, whether or not a task has already failed on it."""
    for fails_first in (False, True):
        before = backend()
        with psycopg.connect(owner_connection.info.dsn, user="postgres", autocommit=True) as superuser:
            superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
        if fails_first:
            with pytest.raises(OperationalError):
                backend()
        look_at_kept_connections(drain_outbox)
        assert backend() != before

"""A clinic whose rows are really committed, for threads with connections of their own."""

import psycopg
import pytest

from tests.clinic import Clinic, open_clinic
from tests.together import Deadlocks


@pytest.fixture
def clinic(committed_db: None) -> Clinic:
    return open_clinic()


@pytest.fixture
def deadlocks(owner_connection: psycopg.Connection) -> Deadlocks:
    return Deadlocks(owner_connection)

"""Statements that run with every message: the server parses and plans them once for each connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection


def execute(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement over Django's connection, in its transaction if there is one. Raises Django's database errors."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    line = connection.connection
    line.prepare_threshold = (
        line.prepare_threshold or 1
    )  # Django prepares nothing; its own cursors still do not
    with connection.wrap_database_errors:
        return psycopg.Cursor(line).execute(statement, values, prepare=True)

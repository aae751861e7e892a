"""Doing several things at the same instant: each in a thread with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db import connections

SECONDS = 120


def at_once(*actions: Callable[[], Any], seconds: float = SECONDS) -> list[Any]:
    """What each action returned or raised, in the order given; none begins before all of them are ready.

    Raises: AssertionError when one of them hangs.
    """
    results: list[Any] = [None] * len(actions)
    ready = threading.Barrier(len(actions))

    def run(number: int, action: Callable[[], Any]) -> None:
        try:
            ready.wait(seconds)
            results[number] = action()
        except BaseException as error:  # noqa: BLE001 - whatever it was is the result
            results[number] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(number, action), daemon=True) for number, action in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return results


def those(results: Sequence[Any], kind: type) -> list[Any]:
    """The results of this kind."""
    return [result for result in results if isinstance(result, kind)]


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

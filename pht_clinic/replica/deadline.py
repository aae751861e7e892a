"""A database that stops in the middle of an answer is hung up on: a frozen process keeps its line open for ever."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def deadline(connection: BaseDatabaseWrapper, *, seconds: float) -> Iterator[None]:
    """The block has so many seconds of this connection; then its line is cut, and whoever waits on it gets Django's
    OperationalError. A connection that is being made has a limit of its own (`connect_timeout`).
    """
    over = threading.Lock()
    timer = threading.Timer(seconds, _cut, [connection, over])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        over.acquire()  # never while it is cut; and never cut afterwards, when its number may be another line's


def _cut(connection: BaseDatabaseWrapper, over: threading.Lock) -> None:
    if not over.acquire(blocking=False):
        return
    try:
        with suppress(Exception):  # it is gone already, which is all that is wanted
            line = socket.socket(fileno=os.dup(connection.connection.fileno()))
            with line:
                line.shutdown(socket.SHUT_RDWR)
    finally:
        over.release()

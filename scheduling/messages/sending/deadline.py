"""A deadline for the whole of each message, however slowly the other side drips. Knows sockets, no mail."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Deadline:
    """Cuts the connection when a message takes longer than its seconds, whatever the server is doing.

    One thread watches over a whole round. It sleeps until the running message could be late at the earliest, so
    messages that are on time cost it nothing.
    """

    _LATE_SECONDS = 0.1

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._line: socket.socket | None = None
        self._until: float | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._watcher: threading.Thread | None = None

    def watch(self, line: socket.socket) -> None:
        """A second handle on the same connection: it stays valid when TLS takes the first one over."""
        self.forget()
        self._line = line.dup()

    def forget(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    @contextmanager
    def running(self) -> Iterator[None]:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._stand_by, daemon=True)
            self._watcher.start()
        self._until = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self._lock:
                self._until = None

    def end(self) -> None:
        """The round is over."""
        self._ended.set()

    def _stand_by(self) -> None:
        pause = self.seconds
        while not self._ended.wait(pause):
            with self._lock:
                left = self.seconds if self._until is None else self._until - time.monotonic()
                if left <= 0:
                    self._cut()
            pause = left if left > 0 else self._LATE_SECONDS

    def _cut(self) -> None:
        line = self._line
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

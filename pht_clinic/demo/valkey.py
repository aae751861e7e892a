"""One broker of our own: Valkey, reached through a unix socket only, keeping nothing on disk.

Nothing that matters lies in it: what must be sent is a row in the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from pht_clinic.demo import binaries
from pht_clinic.demo.postgresql import clean_environment
from pht_clinic.demo.processes import Child
from pht_clinic.demo.running import DemoError

START_SECONDS = 20


class ValkeyServer:
    """Valkey with its socket and its log in `folder`; its address is known before it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address as Celery reads it."""
        return f"redis+socket://{self.socket}"

    @property
    def child(self) -> Child:
        """The running server process.

        Raises: DemoError (it is not running).
        """
        if self._child is None:
            raise DemoError("Valkey is not running.")
        return self._child

    def client(self) -> redis.Redis:
        """A connection for looking into the broker."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def start(self) -> None:
        """Start it, empty.

        Raises: DemoError (and then no process is left).
        """
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        }
        command = [binaries.valkey(), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.socket.unlink(missing_ok=True)
        self._child = Child("Valkey", command, self.folder / "valkey.log", clean_environment(), self.folder)
        try:
            self._child.start().wait_until(self._answers, seconds=START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it; what was queued is gone."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def valkey_server(folder: Path) -> Iterator[ValkeyServer]:
    """A broker for as long as the block lasts."""
    server = ValkeyServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()

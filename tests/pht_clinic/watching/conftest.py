"""A server on this machine that keeps whatever is handed over to it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest


@dataclass
class Collecting:
    """What came, unpacked, as paths and bodies; `port` is where it listens."""

    port: int = 0
    came: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)

    def wait_for(self, is_there: Callable[[list[bytes]], Any], seconds: float = 30) -> list[bytes]:
        """The bodies, once this is so of them."""
        deadline = time.monotonic() + seconds
        while not is_there([body for _, body in self.came]):
            assert time.monotonic() < deadline, self.came
            time.sleep(0.1)
        return [body for _, body in self.came]


@pytest.fixture
def collecting() -> Iterator[Collecting]:
    """It answers everything with 200."""
    found = Collecting()

    class Keeps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            found.headers.append(str(self.headers))
            found.came.append((self.path, gzip.decompress(body) if packed else body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeps)
    found.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()

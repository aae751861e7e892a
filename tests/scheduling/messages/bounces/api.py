"""A mail provider's API on this machine: it keeps what it is sent, and answers what it is told to."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ProviderApi:
    """Answers each request with the next of `answers`, a status and a body, else with `usual`; `hangs` seconds late.

    A status of 0 hangs up without an answer.
    """

    usual: tuple[int, Any]
    answers: list[tuple[int, Any]] = field(default_factory=list)
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    hangs: float = 0

    def __enter__(self) -> ProviderApi:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.received.append((self.path, dict(self.headers), body))
                status, said = api.answers.pop(0) if api.answers else api.usual
                time.sleep(api.hangs)
                if not status:
                    self.close_connection = True
                    return
                content = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status in (301, 302, 307):
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v3/"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What came as JSON."""
        return [json.loads(body) for _, _, body in self.received]

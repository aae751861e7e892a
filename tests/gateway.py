"""A real HTTP server for tests that takes text messages like a gateway: it keeps what it gets, and answers as told."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the gateway says instead of yes: after `delay_seconds`, drop by drop (`drips`), or it hangs up without a
    word before (`drop`) or after (`takes`) it has taken the message.
    """

    code: int = 201
    body: str = '{"id": "1"}'
    delay_seconds: float = 0.0
    drips: bool = False
    drop: bool = False
    takes: bool = False


class TextGateway:
    """Listens on 127.0.0.1 from `start` to `stop`."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked = 0
        self._replies: list[Reply] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The value of SMS_GATEWAY_URL that leads here."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/v2/notifications/sms"

    def reply(self, *replies: Reply) -> None:
        """Answer the next requests like this, in this order."""
        self._replies += replies

    def start(self) -> TextGateway:
        """Begin to listen."""
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                gateway.asked += 1
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.headers.append(dict(self.headers))
                gateway.answer(self, sent)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the tests look at what was taken."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def answer(self, handler: BaseHTTPRequestHandler, sent: dict[str, Any]) -> None:
        """One request, by its reply."""
        reply = self._replies.pop(0) if self._replies else Reply()
        if (200 <= reply.code < 300 and not reply.drop) or reply.takes:
            self.taken.append(sent)
        time.sleep(reply.delay_seconds)
        handler.close_connection = True
        if reply.drop or reply.takes:
            return
        said = f"HTTP/1.1 {reply.code} Said\r\nContent-Length: {len(reply.body)}\r\n\r\n{reply.body}".encode()
        try:
            for at in range(0, len(said), 1 if reply.drips else len(said)):
                handler.wfile.write(said[at : at + (1 if reply.drips else len(said))])
                handler.wfile.flush()
                time.sleep(0.3 if reply.drips else 0)
        except OSError:
            pass

    def stop(self) -> None:
        """Stop listening; what was taken stays."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

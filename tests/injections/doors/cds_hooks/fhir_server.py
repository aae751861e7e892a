"""A FHIR server of another system: HTTPS on this machine, and only for whoever has its token."""

from __future__ import annotations

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.receiver import Receiver

TOKEN = "opaque-to-us"


class FhirServer:
    """Answers each path under /fhir/ with what `holds` has for it, bytes as they are; what begins so in `slow` takes
    that long.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = Receiver(folder).certificate
        self.holds: dict[str, Any] = {}
        self.slow: dict[str, float] = {}
        self.asked: list[str] = []
        self._server = self._listen()

    @property
    def base(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}/fhir"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _listen(self) -> ThreadingHTTPServer:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/fhir/")
                ours.asked.append(path)
                time.sleep(next((wait for begin, wait in ours.slow.items() if path.startswith(begin)), 0))
                found = ours.holds.get(path)
                is_known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                body = found if isinstance(found, bytes) else b"" if found is None else json.dumps(found).encode()
                self.send_response(401 if not is_known else 404 if found is None else 200)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests look at `asked`."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up is what tests do
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

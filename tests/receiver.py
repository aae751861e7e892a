"""A real HTTPS server for tests that takes what is posted to it: it keeps what it gets, and answers as told.

Its certificate is for `clinic.example` and for this machine, and signs itself: whoever is to trust it reads it from
`certificate` (SSL_CERT_FILE).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "clinic.example"


@dataclass(frozen=True)
class Reply:
    """What it says instead of 204: after `delay_seconds`, with these headers, drop by drop (`drips`)."""

    code: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    drips: bool = False


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: who hangs up in the middle is what tests do."""


class Receiver:
    """Listens on 127.0.0.1 from `start` to `stop`. `before_read` is called before each request is taken, `on_post`
    before each is answered.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "receiver.pem"
        self.posted: list[Posted] = []
        self.before_read: Callable[[], None] = lambda: None
        self.on_post: Callable[[Posted], None] = lambda _: None
        self._replies: list[Reply] = []
        self._server: ThreadingHTTPServer | None = None
        _sign_itself(self.certificate)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """An address that leads here."""
        return f"https://localhost:{self.port}/hook"

    def reply(self, *replies: Reply) -> None:
        """Answer the next requests like this, in this order."""
        self._replies += replies

    def start(self) -> Receiver:
        """Begin to listen."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.before_read()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                one = Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                receiver.posted.append(one)
                receiver.on_post(one)
                self.close_connection = True
                receiver.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests look at what was posted."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request, by its reply."""
        reply = self._replies.pop(0) if self._replies else Reply()
        time.sleep(reply.delay_seconds)
        lines = [f"HTTP/1.1 {reply.code} Said", *(f"{name}: {value}" for name, value in reply.headers.items())]
        said = "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()
        step = 1 if reply.drips else len(said)
        try:
            for at in range(0, len(said), step):
                handler.wfile.write(said[at : at + step])
                handler.wfile.flush()
                time.sleep(0.1 if reply.drips else 0)
        except OSError:
            pass

    def stop(self) -> None:
        """Stop listening; what was posted stays."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _sign_itself(path: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    here = [x509.DNSName(NAME), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3000))
        .not_valid_after(now + dt.timedelta(days=3000))
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(own_key + signed.public_bytes(serialization.Encoding.PEM))

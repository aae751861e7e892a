"""The clinic behind nginx as documented (docs/running/nginx/nginx.conf), on ports of this machine, and slow clients."""

from __future__ import annotations

import http.client
import selectors
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pht_clinic.demo import services
from pht_clinic.demo.processes import Child

NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""
CONFIGURATION: Final = Path(__file__).parents[2] / "docs" / "running" / "nginx" / "nginx.conf"
HOST: Final = "clinic.example"
needs_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed here (Debian: apt install nginx-light)")


@dataclass
class Proxy:
    """nginx on a loopback port, speaking TLS with a certificate of its own."""

    port: int
    trust: ssl.SSLContext
    access_log: Path
    error_log: Path

    def connection(self, *, seconds: float = 20) -> http.client.HTTPSConnection:
        """Not yet open. Its certificate is looked at; its name is the address that the test can reach."""
        return http.client.HTTPSConnection("localhost", self.port, timeout=seconds, context=self.trust)

    def socket(self) -> socket.socket:
        """An open one, with TLS."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return self.trust.wrap_socket(plain, server_hostname="localhost")


@contextmanager
def proxy_in_front_of(port: int, folder: Path) -> Iterator[Proxy]:
    """nginx before whatever listens on `port`, by the documented file: only places and ports are others."""
    front, plain = services.free_port(), services.free_port()
    _certificate(folder)
    own = {
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{front} ssl http2;",
        f"server_name {HOST};": "server_name localhost;",
        "/etc/ssl/clinic": str(folder),
        "/var/log/nginx": str(folder),
        "/etc/nginx/clinic-errors": str(CONFIGURATION.parent / "errors"),
    }
    text = CONFIGURATION.read_text(encoding="utf-8")
    for documented, here in own.items():
        assert documented in text, documented
        text = text.replace(documented, here)
    (folder / "clinic.conf").write_text(text, encoding="utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    # as Debian's own file says, but for the places and the user
    main = f"user root;\nworker_processes 2;\npid {folder}/nginx.pid;\ndaemon off;\nerror_log {folder}/main.log;\n"
    main += f"events {{ worker_connections 768; }}\nhttp {{\n  access_log off;\n{places}"
    main += f"  include {folder}/clinic.conf;\n}}\n"
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    child = Child("nginx", [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder / "nginx.log")
    trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    try:
        child.start().wait_until(lambda: not services.is_free(front), seconds=20)
        yield Proxy(front, trust, folder / "clinic-access.log", folder / "clinic-error.log")
    finally:
        child.stop()


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


HALF_HEAD: Final = b"GET /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_BODY: Final = (
    b"POST /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 900000\r\n\r\na="
)


@dataclass
class SlowClients:
    """So many sockets that send a byte a second, half of them of their head, half of their body; whoever is hung up on
    comes back at once.
    """

    count: int
    port: int
    context: ssl.SSLContext | None = None
    opened: int = 0
    _end: threading.Event = field(default_factory=threading.Event)
    _sockets: list[socket.socket | None] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._sockets = [None] * self.count
        thread = threading.Thread(target=self._go_on, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 60
            while sum(one is not None for one in self._sockets) < self.count and time.monotonic() < deadline:
                time.sleep(0.1)
            assert self.opened >= self.count * 0.9, self.opened
            yield
        finally:
            self._end.set()
            thread.join(30)
            for one in self._sockets:
                if one is not None:
                    one.close()

    def _go_on(self) -> None:
        while not self._end.is_set():
            for number, one in enumerate(self._sockets):
                if self._end.is_set():
                    return
                if one is None or not _drip(one):
                    self._sockets[number] = self._open(HALF_BODY if number % 2 else HALF_HEAD)
            self._end.wait(1)

    def _open(self, begin: bytes) -> socket.socket | None:
        try:
            made = socket.create_connection(("127.0.0.1", self.port), timeout=2)
            if self.context is not None:
                made = self.context.wrap_socket(made, server_hostname="localhost")
            made.sendall(begin)
        except OSError:
            return None
        self.opened += 1
        return made


def _drip(one: socket.socket) -> bool:
    """One byte more; False where the other side has hung up."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ)
        if ready.select(0):
            one.close()
            return False
    try:
        one.sendall(b"x")
    except OSError:
        one.close()
        return False
    return True


def status_of(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> int:
    """The answer to one request; what is refused before all of it was sent is answered all the same."""
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()

"""Closes every socket of the test process but those to this machine: a test that needs the world is wrong."""

import ipaddress
import socket
from typing import Any


class NetworkClosed(RuntimeError):
    """A test tried to reach another machine."""


def install() -> None:
    """Guard `connect`, `connect_ex`, `sendto` and the look-up of names; once."""
    if getattr(socket.socket.connect, "is_guarded", False):
        return
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    socket.getaddrinfo = _guarded_lookup(socket.getaddrinfo)


def check(host: object) -> None:
    """Raises: NetworkClosed unless the host is this machine."""
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return
    try:
        if ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkClosed(f"tests may not reach {host!r}")


def _guarded(original: Any) -> Any:
    def guard(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(arguments[-1][0])
        return original(self, *arguments)

    guard.is_guarded = True  # type: ignore[attr-defined]
    return guard


def _guarded_lookup(original: Any) -> Any:
    def guard(host: Any, *arguments: Any, **named: Any) -> Any:
        if not _is_address(host):
            check(host)
        return original(host, *arguments, **named)

    return guard


def _is_address(host: Any) -> bool:
    """Whether the host is numbers already: then nothing is asked, and connecting is guarded."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True

"""Requests to addresses that somebody typed in: by https alone, and never to a machine of the clinic's own network.

A name is looked up here, every address that it has is checked, and the connection goes to the very address that was
checked, so that a name which leads elsewhere a moment later leads nowhere (DNS rebinding). The name itself stays in the
Host header and is what the certificate must be for.
Source: OWASP, Server-Side Request Forgery Prevention Cheat Sheet; IANA registries of special-purpose addresses.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import httpcore
import httpx

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out of IPv6 for the world (RFC 4291, 2.4)."""


class PrivateAddress(Exception):
    """The name leads to an address that is not the world's: a private, local or reserved one."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} leads to a private or reserved address.")


def is_public(address: Address) -> bool:
    """Whether everybody's internet leads to it. Of an IPv6 address that stands for one of IPv4, that one counts."""
    if (inner := _stands_for(address)) is not None:
        return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def may_be_reached(address: Address, *, allowed: Iterable[Network]) -> bool:
    """Whether something may be sent there: everybody's internet leads to it, or it is in a network that is allowed."""
    return is_public(address) or any(address in network for network in allowed)


def _stands_for(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def open_client(*, seconds: float, allowed: Iterable[Network] = ()) -> httpx.Client:
    """A client for such addresses. From connecting to the end of the answer no request takes more than `seconds`,
    however slowly the other side drips. It follows no redirect, asks no proxy and keeps no connection.

    `allowed` are networks that may be reached although they are not public. Its requests raise httpx's errors, and
    PrivateAddress before anything is connected.
    """
    return httpx.Client(
        transport=_Outward(seconds, tuple(allowed)), timeout=seconds, follow_redirects=False, trust_env=False
    )


class _Outward(httpx.HTTPTransport):
    def __init__(self, seconds: float, allowed: tuple[Network, ...]) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        # httpx has no argument for it; its transport is a thin coat around this pool
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(), max_keepalive_connections=0, network_backend=_Checked(seconds, allowed)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises: httpx.UnsupportedProtocol for anything but https, and as `open_client` says."""
        if request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("Only addresses that begin with https:// are asked.", request=request)
        return super().handle_request(request)


@cache
def _trusted() -> ssl.SSLContext:
    """The world's authorities, and those that this machine trusts besides (SSL_CERT_FILE names others)."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


class _Checked(httpcore.NetworkBackend):
    """Looks names up, checks what it finds, and connects to that and nothing else."""

    def __init__(self, seconds: float, allowed: tuple[Network, ...]) -> None:
        self._seconds, self._allowed, self._plain = seconds, allowed, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises: PrivateAddress where one of its addresses is neither public nor allowed; httpcore's errors."""
        until = time.monotonic() + self._seconds
        found = _look_up(host, port)
        if not all(may_be_reached(address, allowed=self._allowed) for address in found):
            raise PrivateAddress(host)
        *others, last = found
        for address in others:
            try:
                return self._connect(address, port, until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, until)

    def _connect(self, address: Address, port: int, until: float) -> httpcore.NetworkStream:
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore.ConnectTimeout("no time is left")
        return _Timed(self._plain.connect_tcp(str(address), port, timeout=left), until)


def _look_up(host: str, port: int) -> Sequence[Address]:
    """At least one address. Raises: httpcore.ConnectError where the name has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError(f"{host} is not known") from None
    return [ipaddress.ip_address(where[0]) for *_, where in found]


class _Timed(httpcore.NetworkStream):
    """A connection that ends at a moment of the monotonic clock, whatever is still on its way."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._left(httpcore.ConnectTimeout))
        return _Timed(stream, self._until)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, too_late: type[Exception]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise too_late("no time is left")
        return left

"""Whether the servers behind the clinic lie on this machine, or are reached by nobody else on the way.

What runs between two machines is patients' names: without TLS everybody on the way reads them, and whoever can write to
the broker gives the workers their tasks.
"""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
_SOCKET = "redis+socket"


def in_the_clear() -> Iterator[tuple[str, str]]:
    """Each setting that leads off this machine without TLS, with what is wrong about it.

    A database is fine with an sslmode that insists, a broker with rediss:// and a password, a mail server with TLS of
    either kind.
    """
    for name, alias in (
        ("DATABASE_URL", "default"),
        ("DATABASE_OWNER_URL", "owner"),
        ("RETENTION_DATABASE_URL", "retention"),
        ("REPLICA_DATABASE_URL", "replica"),
    ):
        if alias in settings.DATABASES and (why := _of_database(settings.DATABASES[alias])):
            yield name, why
    for url in settings.CELERY_BROKER_URL.split(";"):
        if why := _of_broker(url):
            yield "REDIS_URL", why
            break
    for name in ("SENTRY_DSN", "TRACES_URL"):
        url = urlsplit(getattr(settings, name))
        if url.scheme == "http" and not is_here(url.hostname):
            yield name, "leads off this machine without TLS: begin it with https://"
    encrypted = getattr(settings, "EMAIL_USE_TLS", False) or getattr(settings, "EMAIL_USE_SSL", False)
    if not settings.EMAIL_PROVIDER_KEY and not encrypted and not is_here(settings.EMAIL_HOST):
        yield "EMAIL_URL", "leads off this machine without TLS: begin it with smtp+tls:// or smtp+ssl://"


def is_here(host: str | None) -> bool:
    """Whether a host as settings name it is this machine: a loopback address, its own name, or a socket's folder.

    No name is looked up: whoever answers for names could say anything.
    """
    name = (host or "").strip("[]").lower()
    if not name or name.startswith(("/", "@")) or name in ("localhost", socket.gethostname().lower()):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _of_database(database: dict[str, Any]) -> str:
    options = database.get("OPTIONS", {})
    hosts = options.get("hostaddr") or options.get("host") or database.get("HOST") or os.environ.get("PGHOST", "")
    if all(is_here(host) for host in hosts.split(",")) or options.get("sslmode") in _ENCRYPTED:
        return ""
    return "leads off this machine without TLS: end it with ?sslmode=verify-full"


def _of_broker(url: str) -> str:
    try:
        read = urlsplit(url)
        host, password = read.hostname, read.password
    except ValueError:
        return "is no address"
    if read.scheme == _SOCKET or is_here(host):
        return ""
    if read.scheme != "rediss":
        return "leads off this machine without TLS: begin it with rediss://"
    if "ssl_cert_reqs" in parse_qs(read.query):
        return "says how the broker's certificate is looked at: leave ssl_cert_reqs out, it is always verified"
    return "" if password else "names no password, and whoever reaches the broker gives the workers their tasks"

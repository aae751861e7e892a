"""The clinic's own processes: web, worker and beat, each a child with its log."""

import http.client
import random
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from pht_clinic.demo.processes import Child
from pht_clinic.demo.running import DemoError

CHECKOUT = Path(__file__).resolve().parents[2]
WEB_SECONDS, WORKER_SECONDS = 60, 60
# Below the range from which systems take the ports of outgoing connections.
PORTS = range(20_000, 32_000)


def web(*, env: Mapping[str, str], port: int, log: Path, workers: int = 2, threads: int = 8) -> Child:
    """Gunicorn on the loopback address; `wait_for_web` waits for it."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads)]
    options += ["--config", str(CHECKOUT / "gunicorn.conf.py"), "--graceful-timeout", "5", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "pht_clinic.wsgi:application"]
    return Child("The web server", command, log, _without_retention(without_the_owner(env)), CHECKOUT)


def worker(*, env: Mapping[str, str], log: Path, concurrency: int = 2, name: str = "worker") -> Child:
    """A Celery worker with its own process for each task at a time; `wait_for_worker` waits for it."""
    options = ["--concurrency", str(concurrency), "--hostname", f"{name}@%h", "--loglevel", "INFO"]
    command = [sys.executable, "-m", "celery", "--app", "pht_clinic", "worker", *options]
    return Child("The worker", command, log, without_the_owner(env), CHECKOUT)


def beat(*, env: Mapping[str, str], log: Path) -> Child:
    """Celery beat, which calls for what is due."""
    options = ["--loglevel", "INFO", "--pidfile", ""]
    command = [sys.executable, "-m", "celery", "--app", "pht_clinic", "beat", *options]
    return Child("Beat", command, log, _without_retention(without_the_owner(env)), CHECKOUT)


def without_the_owner(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that serves: the role that owns the tables is for `migrate` alone."""
    return {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}


def _without_retention(env: Mapping[str, str]) -> dict[str, str]:
    """The same of what neither answers requests nor removes anything: that role is for the worker."""
    return {name: value for name, value in env.items() if name != "RETENTION_DATABASE_URL"}


def wait_for_web(child: Child, *, port: int, seconds: float = WEB_SECONDS) -> None:
    """Wait until the web server answers.

    Raises: DemoError (it ends or does not answer in time).
    """
    child.wait_until(lambda: _answers(port), seconds=seconds)


def wait_for_worker(child: Child, *, name: str = "worker") -> None:
    """Wait until the worker says that it takes tasks: nobody can ask it.

    Raises: DemoError (it ends or is not ready in time).
    """
    ready = re.compile(rf"[ \"]{re.escape(name)}@\S+ ready\.")
    child.wait_until(lambda: ready.search(child.said()) is not None, seconds=WORKER_SECONDS)


def free_port() -> int:
    """A loopback port that nothing listens on.

    Raises: DemoError (there is none).
    """
    for port in random.sample(PORTS, 200):  # nosec B311  # no secret: where to look first
        if is_free(port):
            return port
    raise DemoError("No free port found on this machine.")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

"""Early pytest plugin: one session's own servers, their addresses known before any of them runs.

Settings have no default for the database, the broker and what patients read, and pytest-django reads them
before the first fixture. So this plugin, named in pyproject.toml, chooses the addresses at the very start
and puts them into the environment; the servers themselves start when the first test asks for them
(tests/conftest.py). Whatever the environment said about a database, a broker or a mail server is replaced:
tests never touch servers that are not their own.
"""

from __future__ import annotations

import atexit
import gc
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from tests import network_guard

if TYPE_CHECKING:
    from pht_clinic.demo.postgresql import PostgresServer
    from pht_clinic.demo.valkey import ValkeyServer

# Settings that a developer's shell may hold, and that would make tests differ from machine to machine.
FOREIGN = (
    "API_",
    "PG",
    "SAFETY_",
    "CLINIC_",
    "CONFIRMED_",
    "EMAIL_",
    "DATABASE_",
    "REDIS_",
    "CLOCK_",
    "OUTBOX_",
    "BROKER_",
    "PATIENT_",
    "SESSION_",
    "BANK_",
    "LOG_",
    "METRICS_",
    "PROMETHEUS_",
    "REQUEST_",
    "SENTRY_",
    "TRACES_",
    "OTEL_",
    "RETENTION_",
    "REPLICA_",
    "CELERY_",
    "DUTY_",
    "SECOND_FACTOR_",
    "PYTHONDONTWRITEBYTECODE",
)


# Fixtures behind which processes of the clinic start.
STARTED = {"web_process", "webs", "broker", "demo", "smtp_server"}


class Session:
    """What belongs to one run of pytest: a folder, the servers in it, and the ports it uses.

    What it takes to reach a server is loaded here and not above: `make unit` has no session, and is half as quick with
    the clients of both.
    """

    def __init__(self) -> None:
        from pht_clinic.demo.folders import short_folder
        from pht_clinic.demo.postgresql import PostgresServer
        from pht_clinic.demo.services import free_port
        from pht_clinic.demo.valkey import ValkeyServer

        self._stack = ExitStack()
        self._pid = os.getpid()
        self.folder = self._stack.enter_context(short_folder("test"))
        self.postgres = PostgresServer(state=self.folder, sockets=self.folder, durable=False)
        self.valkey = ValkeyServer(self.folder)
        self.web_port, self.smtp_port = free_port(), free_port()
        self.clock_offset = self.folder / "clock-offset"
        atexit.register(self.close)

    def start_postgres(self) -> PostgresServer:
        """Start PostgreSQL; it ends with the session."""
        self._stack.callback(self.postgres.stop)
        self.postgres.start()
        return self.postgres

    def start_valkey(self) -> ValkeyServer:
        """Start the broker; it ends with the session."""
        self._stack.callback(self.valkey.stop)
        self.valkey.start()
        return self.valkey

    def environment(self) -> dict[str, str]:
        """The settings under which tests, and the processes that they start, run."""
        from pht_clinic.demo.postgresql import APPLICATION, OWNER, RETENTION
        from pht_clinic.demo.settings import INVENTED

        return {
            **INVENTED,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SECOND_FACTOR_KEYS": secrets.token_urlsafe(48),
            "DATABASE_URL": self.postgres.url(APPLICATION),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER),
            "RETENTION_DATABASE_URL": self.postgres.url(RETENTION),
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "CLOCK_OFFSET_FILE": str(self.clock_offset),
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{self.web_port}",
            "ONLY_INVENTED_PATIENTS": "nobody here is real",
            "INSECURE_HTTP": "true",
            # a browser's session serves all stories of a file; what comes after 5 minutes has tests of its own
            "CONFIRMED_SECONDS": "3600",
            "BROKER_RESTORE_SECONDS": "2",  # else a killed worker's task comes back after minutes only
            "DJANGO_SETTINGS_MODULE": "pht_clinic.settings",
        }

    def close(self) -> None:
        """End the servers and remove the folder; a forked child leaves them alone."""
        if os.getpid() == self._pid:
            self._stack.close()


SESSION = pytest.StashKey[Session]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before anybody reads the settings, pytest-django included, and before thousands of tests are collected, among
    which garbage would be looked for again and again.
    """
    gc.set_threshold(200_000, 20, 20)
    sys.dont_write_bytecode = False  # here, and below in what starts: else each process compiles all of it anew
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    if not early_config.pluginmanager.is_blocked("django"):
        session = early_config.stash[SESSION] = Session()
        os.environ.update(session.environment())
    network_guard.install()
    return (yield)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--trials=full` is what `make trials` runs; `--part` says whose turn it is of what `make test` runs in turns."""
    parser.addoption("--trials", choices=("small", "full"), default="small", help="counts of the trials")
    today = date.today().toordinal()  # noqa: DTZ011 - any day will do, as long as tomorrow is another
    parser.addoption("--part", type=int, default=today, help="of what takes turns day by day, the part of this number")


def pytest_report_header(config: pytest.Config) -> str:
    """What this run looks at, and how to look at the same again."""
    part = config.getoption("--part")
    if config.getoption("--trials") == "full":
        return "trials: full"
    return f"trials: small, part {part} (the same again: --part={part}; all of it: --trials=full)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other run has; the long files come first, so that no worker ends long after others."""
    is_full = config.getoption("--trials") == "full"
    takes_part = has_more_in_full if is_full else Turns(config.getoption("--part")).has
    kept = [item for item in items if takes_part(item)]
    staying = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in staying])
    items[:] = kept
    lengths: dict[Path, int] = {}
    for item in items:
        lengths[item.path] = max(lengths.get(item.path, 0), _length(item))
    items.sort(key=lambda item: -lengths[item.path])  # of one length, as they were found


def has_more_in_full(item: pytest.Item) -> bool:
    """Whether a full trial does what `make test` does not: every trial, whatever is marked, whatever takes turns."""
    asks = {"is_full_trial", "share"} & set(getattr(item, "fixturenames", ()))
    return "trials" in item.path.parts or bool(asks) or item.get_closest_marker("full_trial") is not None


class Turns:
    """What `make test` has of tests that are marked `full_trial`: none, or `one_in` so many cases, others each day."""

    def __init__(self, part: int) -> None:
        self._part = part
        self._seen: Counter[tuple[Path, int]] = Counter()

    def has(self, item: pytest.Item) -> bool:
        """Whether it is this one's turn; to be asked of each once, in their order."""
        mark = item.get_closest_marker("full_trial")
        if mark is None:
            return True
        if "one_in" not in mark.kwargs:
            return False
        of = item.path, int(mark.kwargs["one_in"])
        if of not in self._seen:
            self._seen[of] = crc32(item.path.name.encode())  # so that not all files begin on the same day
        self._seen[of] += 1
        return (self._seen[of] + self._part) % of[1] == 0


def _length(item: pytest.Item) -> int:
    """What it starts says how long it may take: a browser, then processes of the clinic, then whatever is a trial."""
    asked = set(getattr(item, "fixturenames", ()))
    return 3 if "chromium" in asked else 2 if asked & STARTED else 1 if "trials" in item.path.parts else 0


def pytest_unconfigure(config: pytest.Config) -> None:
    """The end of the run, however it went."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.close()

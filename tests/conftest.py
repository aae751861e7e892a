"""What tests may ask for: the database, a broker, the clinic's processes, a mail server, the clock.

Nothing here imports Django at the top, nor what reaches a server: `make unit` runs without either, within seconds.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests import chromium as browser
from tests.server_plugin import SESSION, Session

if TYPE_CHECKING:
    import psycopg

    from pht_clinic.demo.postgresql import PostgresServer
    from pht_clinic.demo.processes import Child
    from pht_clinic.demo.valkey import ValkeyServer
    from tests.smtp import SmtpServer

T = TypeVar("T")
UNIT: Final = "unit"
"""The profile of `make unit`."""

# A busy machine is no failure: nothing that is generated is measured by the clock.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(UNIT, settings.get_profile("house"))
settings.load_profile("house")


def examples(count: int) -> int:
    """How many examples of a property: so many in `make test`, a tenth of them in `make unit`."""
    return count // 10 if settings.get_current_profile_name() == UNIT else count


@pytest.fixture(scope="session", autouse=True)
def _spared(request: pytest.FixtureRequest) -> Iterator[None]:
    """In this process, what no test is about: slow hashes, static files read by every client, garbage looked for."""
    gc.freeze()  # thousands of tests and modules that stay to the end, and are not worth looking through again
    if not request.config.pluginmanager.hasplugin("django"):
        yield
        return
    from django.contrib.auth.hashers import ScryptPasswordHasher
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test import Client
    from whitenoise.middleware import WhiteNoiseMiddleware

    from pht_clinic import clinic_words
    from tests import second_factor

    look_through, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_files(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look_through(self)
            found.update(self.files)
        self.files = found

    force_login = Client.force_login

    def signed_in(self: Client, user: Any, backend: str | None = None) -> None:
        """As whoever signed in by the page: with a second factor."""
        force_login(self, user, backend)
        second_factor.given_in(self)

    read_words = clinic_words._reader

    def words_without_a_database() -> clinic_words.ClinicWords:
        """Of a test that has none, the environment's; nobody can have saved others."""
        is_kept_away = BaseDatabaseWrapper.ensure_connection.__name__ == "_blocking_wrapper"
        return clinic_words.first_words() if is_kept_away else read_words()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clinic_words, "_reader", words_without_a_database)
        patched.setattr(Client, "force_login", signed_in)
        patched.setattr(ScryptPasswordHasher, "work_factor", 2**4)
        patched.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


@pytest.fixture
def in_a_request() -> Iterator[None]:
    """As within a request, which reads what the clinic says of itself with its session: nothing asks for it again."""
    from pht_clinic.clinic_words import read_once, words_in_force

    with read_once():
        words_in_force()
        yield


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Session:
    """This run's folder, ports and (not yet started) servers."""
    return request.config.stash[SESSION]


@pytest.fixture(scope="session")
def postgres(servers: Session) -> PostgresServer:
    """The running PostgreSQL, without tables: `django_db` and `committed_db` bring those."""
    return servers.start_postgres()


@pytest.fixture(scope="session")
def django_db_setup(postgres: PostgresServer, django_db_blocker: Any) -> None:
    """All tables, by `migrate` as the owner; every test then works in the application's role."""
    from pht_clinic.demo.postgresql import OWNER
    from tests import database, migrated

    with django_db_blocker.unblock():
        migrated.bring(postgres, lambda: database.migrate(postgres.url(OWNER)))


@pytest.fixture
def owner_connection(postgres: PostgresServer, django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection in the owner's role, each statement committed at once."""
    import psycopg

    from pht_clinic.demo.postgresql import OWNER

    with psycopg.connect(postgres.url(OWNER), autocommit=True) as connection:
        yield connection


@pytest.fixture
def committed_db(owner_connection: psycopg.Connection, django_db_blocker: Any) -> Iterator[None]:
    """The database with real commits, for threads and processes; emptied afterwards.

    In place of `django_db(transaction=True)`, whose flush the application's role may not do.
    """
    from tests import database

    with django_db_blocker.unblock():
        yield
        database.close_connections()
    database.empty(owner_connection)


@pytest.fixture(scope="session")
def _valkey(servers: Session) -> ValkeyServer:
    return servers.start_valkey()


@pytest.fixture
def broker(_valkey: ValkeyServer) -> ValkeyServer:
    """The running broker, empty; `.client()` looks into it, `.child` can be frozen or killed."""
    if not _valkey.child.is_running():  # the test before killed it
        _valkey.start()
    with _valkey.client() as client:
        client.flushall()
    return _valkey


@dataclass(frozen=True)
class LiveServer:
    """The clinic's web server in processes of its own."""

    url: str
    child: Child


@pytest.fixture(scope="session")
def web_process(
    servers: Session, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """Gunicorn on a loopback port, one for all tests of this run that ask for it; its log is in `child.log`.

    With one process of eight threads: each process loads the product and its templates anew. What two processes do to
    each other is asked of servers with two (`tests/trials/staging.py`).
    """
    from pht_clinic.demo import services

    log = tmp_path_factory.mktemp("web") / "web.log"
    child = services.web(env=os.environ, port=servers.web_port, log=log, workers=1)
    try:
        services.wait_for_web(child.start(), port=servers.web_port)
        yield LiveServer(f"http://127.0.0.1:{servers.web_port}", child)
    finally:
        child.stop()


@pytest.fixture
def live_server_process(committed_db: None, web_process: LiveServer, servers: Session) -> LiveServer:
    """The same with the database emptied after the test, and started again if the test before killed it."""
    from pht_clinic.demo import services

    if not web_process.child.is_running():
        services.wait_for_web(web_process.child.start(), port=servers.web_port)
    return web_process


@pytest.fixture
def celery_worker_process(committed_db: None, broker: ValkeyServer, tmp_path: Path) -> Iterator[Child]:
    """A Celery worker with two task processes; its log is `worker.log` in `tmp_path`."""
    from pht_clinic.demo import services

    child = services.worker(env=os.environ, log=tmp_path / "worker.log")
    try:
        services.wait_for_worker(child.start())
        yield child
    finally:
        child.kill()


@pytest.fixture
def celery_beat_process(committed_db: None, broker: ValkeyServer, tmp_path: Path) -> Iterator[Child]:
    """Celery beat, which calls for the post every second; its log is `beat.log` in `tmp_path`."""
    from pht_clinic.demo import services

    child = services.beat(env=os.environ, log=tmp_path / "beat.log")
    child.command = [sys.executable, "-m", "tests.quick_beat", *child.command[3:]]
    try:
        yield child.start()
    finally:
        child.kill()


@pytest.fixture
def smtp_server(servers: Session, request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """A real mail server, empty, where EMAIL_URL leads: for this process and for those started by tests."""
    from tests.smtp import SmtpServer

    if request.config.pluginmanager.hasplugin("django"):
        # pytest-django replaces mail by a list; this test wants it sent.
        settings = request.getfixturevalue("settings")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    server = SmtpServer(servers.smtp_port).start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class ClockOffset:
    """Moves the clock of this process and of web, worker and beat alike."""

    file: Path

    @property
    def seconds(self) -> float:
        """By how much the clock is shifted now."""
        return float(self.file.read_text()) if self.file.exists() else 0.0

    def set(self, seconds: float) -> None:
        """Shift the clock by so many seconds against the real time; whole or not, forward or back."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)  # at once: nobody ever reads half a number

    def advance(self, seconds: float) -> None:
        """Move the clock on by so many seconds from where it stands."""
        self.set(self.seconds + seconds)


@pytest.fixture
def clock_offset(servers: Session) -> Iterator[ClockOffset]:
    """The clock, unshifted at the start and again at the end."""
    servers.clock_offset.unlink(missing_ok=True)
    yield ClockOffset(servers.clock_offset)
    servers.clock_offset.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, for Playwright's `executable_path`."""
    path = browser.find()
    if path is None:
        pytest.fail("The browser tests need Chromium: run `make test`, or set CHROMIUM to the path of one.")
    return path


@pytest.fixture(scope="session")
def is_full_trial(request: pytest.FixtureRequest) -> bool:
    """Whether trials run in full counts (`make trials`) or in small ones (`make test`)."""
    return bool(request.config.getoption("--trials") == "full")


@dataclass(frozen=True)
class Share:
    """What one run does of a long walk: all of it in full trials, else a part, another one each day (`--part`)."""

    part: int
    is_full: bool

    def of(self, all_of_it: Iterable[T], one_in: int) -> list[T]:
        """One in so many, in order; of so few that it would be none, one."""
        found = list(all_of_it)
        if self.is_full or not found:
            return found
        return found[self.part % min(one_in, len(found)) :: one_in]

    def at_least(self, count: int, one_in: int) -> int:
        """How many there must be of what was `of` a walk that has so many at least."""
        return count if self.is_full else count // one_in


@pytest.fixture(scope="session")
def share(request: pytest.FixtureRequest, is_full_trial: bool) -> Share:
    """Which part of a long walk is this run's: `share.of(pages, one_in=8)`."""
    return Share(request.config.getoption("--part"), is_full_trial)

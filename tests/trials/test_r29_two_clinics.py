"""R29: two clinics on one server. With what the one has nothing of the other is read, changed or joined.

The wall in PostgreSQL is tried in every run, on databases and roles as `new_clinic` makes them; two whole clinics, with
their tables, keys, links and workers, in full runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
import redis
from celery import Celery
from psycopg import sql

from pht_clinic.clinics import administrator as server
from pht_clinic.clinics.names import ClinicNames, names_of
from pht_clinic.demo import binaries, services
from pht_clinic.demo.valkey import ValkeyServer
from tests.several import ROOT, Several, several_clinics

MINE, THEIRS = names_of("north"), names_of("south")
CANARY: Final = "canarywood"
NEWS: Final = "mailer:a-secret-of"


@dataclass
class Walled:
    """Two databases on one server, the other one filled: a table with a row, a large object, somebody at work in it."""

    several: Several
    passwords: dict[str, str]
    theirs_at_work: psycopg.Connection
    large_object: int

    def url(self, role: str, database: str, password: str | None = None) -> str:
        found = self.passwords[role] if password is None else password
        return server.url_of(self.several.administrator_url, role, found, database)

    def connect(self, role: str, names: ClinicNames = MINE) -> psycopg.Connection:
        return psycopg.connect(self.url(role, names.database), autocommit=True)


def fill_theirs(walled: Walled) -> None:
    work = walled.theirs_at_work
    work.execute(f"CREATE TABLE {CANARY} (name text)")
    work.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(CANARY), sql.Literal(CANARY)))
    found = work.execute(sql.SQL("SELECT lo_from_bytea(0, {})").format(sql.Literal(CANARY.encode()))).fetchone()
    assert found is not None
    walled.large_object = found[0]
    work.execute(f"PREPARE {CANARY} AS TABLE {CANARY}")
    work.execute(f"LISTEN {CANARY}")
    work.execute("SELECT pg_advisory_lock(1)")
    work.execute("BEGIN")
    work.execute(f"LOCK TABLE {CANARY}")
    work.execute(f"TABLE {CANARY}")  # its text is the last that this connection has said


@pytest.fixture(scope="module")
def walled() -> Iterator[Walled]:
    with several_clinics() as several:
        with several.administrator() as connection:
            passwords = {}
            for names in (MINE, THEIRS):
                passwords |= server.make_roles(connection, names)
                server.make_database(connection, names, most_connections=10)
        theirs = server.url_of(several.administrator_url, THEIRS.owner, passwords[THEIRS.owner], THEIRS.database)
        with psycopg.connect(theirs, autocommit=True) as work:
            found = Walled(several, passwords, work, 0)
            fill_theirs(found)
            yield found


def entered(walled: Walled) -> list[tuple[str, str]]:
    """Which of my roles gets into their database, and as which role: itself, or by the name of one of theirs."""
    found = []
    for mine in MINE.roles:
        password = walled.passwords[mine]
        for role in (mine, *THEIRS.roles):
            for said in (password, "", "postgres"):
                url = walled.url(role, THEIRS.database, said)
                try:
                    with psycopg.connect(url):
                        found.append((mine, role))
                except psycopg.OperationalError:
                    pass
    return found


def test_r29_none_of_my_roles_gets_into_their_database(walled: Walled) -> None:
    for role in MINE.roles:
        walled.connect(role).close()  # into mine they get
    assert entered(walled) == []


@contextmanager
def open_to_everybody(walled: Walled) -> Iterator[None]:
    database = sql.Identifier(THEIRS.database)
    with walled.several.administrator() as connection:
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO PUBLIC").format(database))
        try:
            yield
        finally:
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))


def test_r29_control_with_connect_granted_each_of_my_roles_gets_in(walled: Walled) -> None:
    """Also found by the look that `new_clinic` takes at the end."""
    with open_to_everybody(walled), walled.several.administrator() as connection:
        assert set(entered(walled)) == {(role, role) for role in MINE.roles}
        with pytest.raises(server.ClinicsError, match=r"Others may connect to pht_south: .*pht_north_app"):
            server.check_wall(connection, THEIRS, {})
    with walled.several.administrator() as connection:
        server.check_wall(connection, THEIRS, {})


def test_r29_control_a_server_that_asks_for_no_password_is_no_wall(walled: Walled) -> None:
    from tests.several import ASKS_FOR_PASSWORDS, ask_for_passwords

    ask_for_passwords(walled.several, "local all all trust\n")
    try:
        deadline = time.monotonic() + 20
        while not (found := set(entered(walled))):  # the server reads its rules again in its own time
            assert time.monotonic() < deadline
        assert {role for _, role in found} == set(THEIRS.roles)
        with (
            walled.several.administrator() as connection,
            pytest.raises(server.ClinicsError, match="whatever the password"),
        ):
            server.check_wall(connection, MINE, {MINE.owner: walled.url(MINE.owner, MINE.database)})
    finally:
        ask_for_passwords(walled.several, ASKS_FOR_PASSWORDS)
        deadline = time.monotonic() + 20
        while entered(walled):
            assert time.monotonic() < deadline


DEEDS: Final = {
    "become one of theirs": "SET ROLE pht_south_app",
    "become one of theirs for good": "SET SESSION AUTHORIZATION pht_south_owner",
    "their password": "ALTER ROLE pht_south_app PASSWORD 'x'",
    "their role, gone": "DROP ROLE pht_south_retention",
    "to be theirs too": "GRANT pht_south_app TO pht_north_app",
    "their settings": "ALTER ROLE pht_south_app SET track_activities = on",
    "a copy of their database": "CREATE DATABASE copied TEMPLATE pht_south",
    "their database, gone": "DROP DATABASE pht_south",
    "their database, mine": "ALTER DATABASE pht_south OWNER TO pht_north_owner",
    "their database, by another name": "ALTER DATABASE pht_south RENAME TO mine",
    "where their database looks": "ALTER DATABASE pht_south SET search_path = x",
    "no connection of theirs": "ALTER DATABASE pht_south CONNECTION LIMIT 0",
    "how large it is": "SELECT pg_database_size('pht_south')",
    "a way from one to the other": "CREATE EXTENSION dblink",
    "tables of theirs as mine": "CREATE EXTENSION postgres_fdw",
    "a file of the server": "SELECT pg_read_file('PG_VERSION')",
    "the files of the server": "SELECT pg_ls_dir('base')",
    "rows out of a file": "CREATE TEMP TABLE t (l text); COPY t FROM '/etc/passwd'",
    "a program": "COPY (SELECT 1) TO PROGRAM 'cat'",
    "what they have kept of passwords": "SELECT rolpassword FROM pg_authid",
    "their large object": "SELECT lo_get({large_object})",
    "their large object as a file": "SELECT lo_export({large_object}, '/tmp/x')",
    "their work, ended": "SELECT pg_terminate_backend({pid})",
    "their statement, ended": "SELECT pg_cancel_backend({pid})",
    "their table": "SELECT * FROM pht_south.public.canarywood",
    "everything the server does": "SELECT pg_reload_conf()",
    "copy the whole server": "SELECT pg_create_physical_replication_slot('x')",
}


def done(walled: Walled, role: str) -> list[str]:
    """Which of the deeds this role may do."""
    values = {"large_object": walled.large_object, "pid": walled.theirs_at_work.info.backend_pid}
    found = []
    with walled.connect(role) as connection:
        for name, statement in DEEDS.items():
            try:
                connection.execute(statement.format(**values).encode())
            except psycopg.Error:
                continue
            found.append(name)
    return found


def test_r29_none_of_my_roles_does_anything_to_theirs(walled: Walled) -> None:
    assert [(role, deed) for role in MINE.roles for deed in done(walled, role)] == []
    still = walled.theirs_at_work.execute(f"TABLE {CANARY}").fetchall()
    assert still == [(CANARY,)]


def seen_of_theirs(connection: psycopg.Connection) -> dict[str, set[str]]:
    """By relation of the catalogue that may be read: the names of theirs in it, and the word that they keep."""
    relations = connection.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'v')"
        " AND c.relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1"
    ).fetchall()
    found: dict[str, set[str]] = {}
    for (relation,) in relations:
        try:
            rows = connection.execute(f"SELECT row_to_json(r)::text FROM {relation} r".encode()).fetchall()  # noqa: S608 - the catalogue's own
        except psycopg.Error:
            continue
        words = [THEIRS.database, CANARY]
        if seen := {word for (row,) in rows for word in words if word in row}:
            found[relation.removeprefix("pg_catalog.")] = seen
    return found


VISIBLE: Final = {
    "pg_database": {THEIRS.database},
    "pg_roles": {THEIRS.database},
    "pg_stat_activity": {THEIRS.database},
    "pg_stat_database": {THEIRS.database},
    "pg_stat_database_conflicts": {THEIRS.database},
    "pg_user": {THEIRS.database},
}
"""What PostgreSQL shows every role: names of databases and roles, and how much is going on in each."""


@pytest.mark.parametrize("role", MINE.roles)
def test_r29_of_theirs_only_the_names_of_database_and_roles_are_seen(walled: Walled, role: str) -> None:
    """All that may be read of the catalogue, while somebody of theirs is in the middle of a transaction."""
    with walled.connect(role) as connection:
        found = seen_of_theirs(connection)
        assert found == VISIBLE
        shown = connection.execute(
            "SELECT query, application_name, client_addr, state FROM pg_stat_activity WHERE datname = %s",
            [THEIRS.database],
        ).fetchall()
        assert [query for query, *_ in shown] == ["<insufficient privilege>"]


def test_r29_control_the_administrator_sees_the_word(walled: Walled) -> None:
    """From inside, so the look finds what there is to be found."""
    with walled.several.administrator(THEIRS.database) as connection:
        assert CANARY in set().union(*seen_of_theirs(connection).values())


def calls(broker: ValkeyServer, prefix: str) -> Celery:
    """A sender with its part of the broker."""
    app = Celery(broker=broker.url)
    app.conf.update(broker_transport_options={"global_keyprefix": prefix}, task_ignore_result=True)
    return app


def waiting(app: Celery) -> int:
    """How many calls wait for a worker of this one, taking them."""
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery", no_ack=True)
        count = 0
        while True:
            try:
                queue.get(block=False)
            except queue.Empty:
                return count
            count += 1


@pytest.mark.parametrize(
    ("theirs", "reach_them"), [(THEIRS.broker_prefix, 0), (MINE.broker_prefix, 3)], ids=["apart", "control: one part"]
)
def test_r29_calls_of_mine_are_not_in_their_queue(broker: ValkeyServer, theirs: str, reach_them: int) -> None:
    mine, other = calls(broker, MINE.broker_prefix), calls(broker, theirs)
    for _ in range(3):
        mine.send_task("scheduling.tasks.deliver_due")
    with broker.client() as client:
        assert {bytes(key).startswith(MINE.broker_prefix.encode()) for key in client.scan_iter()} == {True}
    assert waiting(other) == reach_them
    assert waiting(mine) == 3 - reach_them


AT_THE_BROKER: Final = {
    "how many calls": ["LLEN", "pht_north:celery"],
    "a call of mine": ["LPUSH", "pht_north:celery", "x"],
    "by a script": ["EVAL", "return redis.call('LLEN', 'pht_north:celery')", "0"],
    "all, gone": ["FLUSHALL"],
    "what all say": ["MONITOR"],
    "who is there": ["CLIENT", "LIST"],
    "another password": ["ACL", "SETUSER", "north", ">x"],
    "a word to them": ["PUBLISH", "pht_north:celery", "x"],
}


def reached(user: redis.Redis) -> list[str]:
    found = []
    for name, command in AT_THE_BROKER.items():
        try:
            user.execute_command(*command)
        except redis.exceptions.ResponseError:  # of permissions too
            continue
        found.append(name)
    return found


def test_r29_with_a_user_of_its_own_at_the_broker_a_clinic_reaches_no_key_of_another(broker: ValkeyServer) -> None:
    """As docs/running/clinics.md says; calls go and come as before. Control: a user of all keys reaches them."""
    users = {names.name: [f"~{names.broker_prefix}*", f"&{names.broker_prefix}*"] for names in (MINE, THEIRS)}
    with broker.client() as administrator:
        for name, own in users.items():
            rules = ["on", ">secret", *own, "+@all", "-@admin", "-@dangerous"]
            administrator.execute_command("ACL", "SETUSER", name, *rules)
        try:
            mine = Celery(broker=broker.url.replace("://", f"://{MINE.name}:secret@"))
            mine.conf.update(broker_transport_options={"global_keyprefix": MINE.broker_prefix}, task_ignore_result=True)
            mine.send_task("scheduling.tasks.deliver_due")
            with redis.Redis(unix_socket_path=str(broker.socket), username=THEIRS.name, password="secret") as user:
                assert reached(user) == []
                administrator.execute_command("ACL", "SETUSER", THEIRS.name, "allkeys")
                assert reached(user) == ["how many calls", "a call of mine", "by a script"]
            assert administrator.lpop("pht_north:celery") == b"x"
            assert waiting(mine) == 1
        finally:
            administrator.execute_command("ACL", "DELUSER", *users)


@pytest.fixture(scope="module")
def two(_valkey: ValkeyServer) -> Iterator[Several]:
    """Two clinics, each made by `new_clinic`."""
    with several_clinics(broker_url=_valkey.url) as several:

        def make(clinic: str) -> subprocess.CompletedProcess[str]:
            own = {"EMAIL_PROVIDER": "brevo", "EMAIL_NEWS_SECRET": f"{NEWS}-{clinic}", "METRICS_TOKEN": clinic * 5}
            folder = binaries.postgresql(several.postgres.state).folder
            return several.new(clinic, **own, POSTGRESQL_PROGRAMS=str(folder), BACKUP_FOLDER=f"/var/backups/{clinic}")

        with ThreadPoolExecutor(2) as pool:
            assert [(one.returncode, one.stderr) for one in pool.map(make, ("north", "south"))] == [(0, "")] * 2
        yield several


def within(several: Several, clinic: str, *deed: str, given: object = None, **changes: str) -> Any:
    """What a process of this clinic says, as JSON; by default `tests.trials.in_clinic`."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.trials.in_clinic", *deed]
    ran = subprocess.run(
        command,
        env=several.environment(clinic, **changes),
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def ways(two: Several) -> dict[str, Any]:
    """What lets into the first clinic; the other one is opened too, with rows of the same numbers."""
    with ThreadPoolExecutor(2) as pool:
        mine, _ = pool.map(lambda clinic: within(two, clinic, "open"), ("north", "south"))
    return dict(mine)


SIGN_IN, NOBODY, NOT_THEIRS, NOTHING = 302, 401, 403, 404
REFUSED: Final = {
    "session cookie": (SIGN_IN, False),
    "API token": (NOBODY, False),
    "patient's link": (NOTHING, False),
    "short address": (NOTHING, False),
    "calendar feed": (NOTHING, False),
    "link that ends mails": (NOTHING, False),
    "token of the measurements": (NOBODY, False),
    "news of returned mail": (NOT_THEIRS, False),
}


@pytest.mark.full_trial
def test_r29_what_lets_into_mine_lets_nobody_into_theirs(two: Several, ways: dict[str, Any]) -> None:
    """Control: each lets into mine, and with one SECRET_KEY for both the signed ones would lead on."""
    assert {name: tuple(found) for name, found in within(two, "south", "try", given=ways).items()} == REFUSED
    own = within(two, "north", "try", given=ways)
    assert [name for name, (status, _) in own.items() if status == REFUSED[name][0]] == [], own
    key = two.settings("north")["SECRET_KEY"]
    shared = within(two, "south", "try", given=ways, SECRET_KEY=key)
    led_on = {name for name, found in shared.items() if tuple(found) != REFUSED[name]}
    assert led_on == {"patient's link", "short address", "link that ends mails"}


def psql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.mark.full_trial
def test_r29_mine_lost_and_brought_back_leaves_theirs_as_it_was(
    two: Several, ways: dict[str, Any], tmp_path: Path
) -> None:
    """By the commands of docs/backup.md, in the environment of the one clinic; control: mine comes back as it was."""
    before = {clinic: within(two, clinic, "fingerprint") for clinic in ("north", "south")}
    env = two.environment("north")
    backup = two.manage("backup", "--into", str(tmp_path), **env)
    assert backup.returncode == 0, backup.stderr
    folder = backup.stdout.splitlines()[0]
    owner_url = two.settings("north")["DATABASE_OWNER_URL"]
    elsewhere = owner_url.replace("/pht_north?", "/postgres?")
    psql(elsewhere, "DROP DATABASE pht_north WITH (FORCE)")
    assert "south" not in owner_url
    psql(elsewhere, "CREATE DATABASE pht_north TEMPLATE template0")
    restored = two.manage("restore", folder, **env)
    assert restored.returncode == 0, restored.stderr
    after = {clinic: within(two, clinic, "fingerprint") for clinic in ("north", "south")}
    assert after["south"] == before["south"]
    late = {"audit_entry", "backup_backupreport", "audit_seal"}  # that it was taken is noted after its instant
    assert {name for name, row in after["north"].items() if row != before["north"][name]} <= late
    assert [role for role in MINE.roles if can_enter(two, role)] == []


def can_enter(two: Several, role: str) -> bool:
    """Whether a role of theirs gets into the database that was made anew."""
    names = {"owner": "DATABASE_OWNER_URL", "app": "DATABASE_URL", "retention": "RETENTION_DATABASE_URL"}
    url = two.settings("south")[names[role.rpartition("_")[2]]]
    try:
        psycopg.connect(url.replace("/pht_south?", "/pht_north?")).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.full_trial
def test_r29_beat_of_mine_calls_no_worker_of_theirs(
    two: Several, ways: dict[str, Any], tmp_path: Path, broker: ValkeyServer
) -> None:
    """Control: a worker of mine takes what waited for it."""
    theirs = services.worker(env=two.environment("south"), log=tmp_path / "theirs.log", name="theirs")
    beat = services.beat(env=two.environment("north"), log=tmp_path / "beat.log")
    mine = services.worker(env=two.environment("north"), log=tmp_path / "mine.log", name="mine")
    try:
        services.wait_for_worker(theirs.start(), name="theirs")
        beat.start()
        wait_for(lambda: "Scheduler: Sending due task" in beat.said(), seconds=90)
        time.sleep(3)
        services.wait_for_worker(mine.start(), name="mine")
        wait_for(lambda: "received" in mine.said(), seconds=60)
        assert "received" not in theirs.said()
        with broker.client() as client:
            prefixes = {bytes(key).partition(b":")[0] for key in client.scan_iter()}
        assert prefixes <= {b"pht_north", b"pht_south"}
    finally:
        for child in (beat, mine, theirs):
            child.stop()


def wait_for(holds: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)

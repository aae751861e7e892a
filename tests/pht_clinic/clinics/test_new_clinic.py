"""A clinic is made whole or not at all, and nothing of it is another's."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pht_clinic.clinics.administrator import claim, url_of
from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.names import LONGEST, names_of
from tests.several import ROOT, Several


@pytest.mark.parametrize(
    "name",
    ["", "North", "1north", "north-1", "north_", "a__b", "n;drop", "nörth", "../x", "a" * (LONGEST + 1)],
    ids=["empty", "capital", "figure first", "hyphen", "end", "double", "semicolon", "umlaut", "path", "too long"],
)
def test_what_cannot_name_a_clinic_is_refused(name: str) -> None:
    with pytest.raises(ClinicsError, match="cannot name a clinic"):
        names_of(name)


def test_the_longest_name_fits_postgresql_whole_and_no_two_clinics_share_a_name() -> None:
    assert all(len(role) <= 63 for role in names_of("a" * LONGEST).roles)
    tricky = ["x", "x_owner", "x_app", "x_retention", "x_app_owner"]
    roles = [role for name in tricky for role in names_of(name).roles]
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize(
    ("administrator", "expected"),
    [
        ("postgres://postgres@/postgres?host=/run/pg", "postgres://r:p%2Fw@/d?host=/run/pg"),
        ("postgres://postgres@/postgres?host=/run/pg&port=5433", "postgres://r:p%2Fw@/d?host=/run/pg&port=5433"),
        ("postgres://root:secret@db.example/postgres", "postgres://r:p%2Fw@db.example/d"),
        (
            "postgres://root:secret@db.example:5433/postgres?sslmode=verify-full",
            "postgres://r:p%2Fw@db.example:5433/d?sslmode=verify-full",
        ),
    ],
    ids=["socket", "socket and port", "host", "host, port and TLS"],
)
def test_a_role_reaches_the_server_as_the_administrator_does(administrator: str, expected: str) -> None:
    """And nothing of the administrator's stands in its address."""
    assert url_of(administrator, "r", "p/w", "d") == expected


@pytest.mark.full_trial(one_in=3)
def test_a_clinic_is_whole_and_its_files_are_for_their_owner_alone(several: Several) -> None:
    """What it says of itself comes through as it was typed, whoever reads it: our reader, or a shell."""
    made = several.new("north")
    assert (made.returncode, made.stderr) == (0, "")
    assert several.left_of("north") == sorted(["north", names_of("north").database, *names_of("north").roles])
    folder, settings = several.folder / "north", several.settings("north")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()} == dict.fromkeys(
        ["clinic.env", "retention.env", "owner.env"], 0o600
    )
    assert not [value for name, value in settings.items() if name.endswith(("_KEY", "_KEYS")) and value in made.stdout]
    assert settings["CLINIC_NAME"] == 'The "north" at St Mary\'s, $1 \\ `2`'
    shown = f'. {folder / "clinic.env"}; printf %s "$CLINIC_NAME"'
    shell = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True)
    assert shell.stdout == settings["CLINIC_NAME"]
    owner = [several.folder / "north" / name for name in ("clinic.env", "retention.env")]
    assert not [file for file in owner if "DATABASE_OWNER_URL" in file.read_text()]
    with psycopg.connect(settings["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM people_user").fetchone() == (0,)
    again = several.new("north", PUBLIC_BASE_URL="http://localhost:9")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.endswith("clinics/north is there already.\n")
    shared = several.new("south", PUBLIC_BASE_URL=settings["PUBLIC_BASE_URL"])
    assert shared.stderr == "The clinic north has the same PUBLIC_BASE_URL.\n"
    assert several.left_of("south") == []


def refused(several: Several, clinic: str, **words: str) -> str:
    """Why there is no such clinic; nothing of it is left."""
    said = several.new(clinic, **words)
    assert (said.returncode, said.stdout) == (1, "")
    assert several.left_of(clinic) == []
    return said.stderr


def test_a_role_or_a_database_of_that_name_is_left_as_it_is(several: Several) -> None:
    with several.administrator() as server:
        server.execute("CREATE ROLE pht_east_app PASSWORD 'kept'")
        before = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'pht_east_app'").fetchone()
        said = several.new("east")
        after = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'pht_east_app'").fetchone()
        assert (said.returncode, said.stderr) == (1, "There is already a role pht_east_app. Nothing was changed.\n")
        assert before == after
        server.execute("DROP ROLE pht_east_app")
        server.execute("CREATE DATABASE pht_east")
        assert several.new("east").stderr == "There is already a database pht_east. Nothing was changed.\n"
        assert several.left_of("east") == ["pht_east"]
        server.execute("DROP DATABASE pht_east")


def test_settings_that_do_not_start_leave_nothing(several: Several) -> None:
    assert "CLINIC_PHONE is not set and has no default" in refused(several, "west", CLINIC_PHONE="")


def test_what_is_made_here_nobody_brings(several: Several) -> None:
    words = refused(several, "west", SECRET_KEY="x", BROKER_PREFIX="pht_north:")
    assert "names what is made here: BROKER_PREFIX, SECRET_KEY" in words


def test_no_two_clinics_count_in_one_folder(several: Several) -> None:
    words = refused(several, "west", METRICS_TOKEN="a-long-enough-metrics-token")
    assert words.endswith("has a METRICS_TOKEN and no METRICS_FOLDER: clinics would count together.\n")


@contextmanager
def read_only_but_for_the_administrator(several: Several) -> Iterator[None]:
    """Roles and databases can be made, tables cannot."""
    with several.administrator() as server:
        server.execute("ALTER ROLE postgres SET default_transaction_read_only = off")
        server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        server.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            server.execute("ALTER SYSTEM RESET default_transaction_read_only")
            server.execute("SELECT pg_reload_conf()")


def test_a_migration_that_fails_leaves_neither_roles_nor_database(several: Several) -> None:
    with read_only_but_for_the_administrator(several):
        words = refused(several, "west")
    assert "migrate failed" in words
    assert "read-only transaction" in words


def test_one_who_is_ended_takes_back_what_was_begun(several: Several) -> None:
    words = several.folder.parent / "west.txt"
    assert several.new("west", CLINIC_PHONE="").returncode == 1  # it leaves the file of its words
    words.write_text(words.read_text().replace("CLINIC_PHONE=\n", "CLINIC_PHONE=020 7946 0100\n"))
    command = [sys.executable, "manage.py", "new_clinic", "west", str(words), str(several.folder)]
    environment = {"ADMINISTRATOR_DATABASE_URL": several.administrator_url, "PATH": "/usr/bin"}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + 60
        while "pht_west" not in several.left_of("west"):
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.02)
        child.terminate()
        assert child.communicate(timeout=60) == (None, "")
    assert child.returncode == 128 + signal.SIGTERM
    assert several.left_of("west") == []


def test_whoever_is_no_superuser_makes_nothing(several: Several) -> None:
    with several.administrator() as server:
        server.execute("CREATE ROLE clerk LOGIN CREATEDB CREATEROLE PASSWORD 'hunter2'")
    url = url_of(several.administrator_url, "clerk", "hunter2", "postgres")
    words = several.folder.parent / "clerk.txt"
    words.write_text("CLINIC_NAME=Clerk\n")
    arguments = ("new_clinic", "clerk", str(words), str(several.folder))
    said = several.manage(*arguments, ADMINISTRATOR_DATABASE_URL=url)
    assert (said.returncode, said.stderr) == (
        1,
        "The administrator's role is no superuser, which makes roles and keeps them out of the log.\n",
    )
    wrong = several.manage(*arguments, ADMINISTRATOR_DATABASE_URL=url.replace("hunter2", "hunter3"))
    assert "password authentication failed" in wrong.stderr
    none = several.manage(*arguments, ADMINISTRATOR_DATABASE_URL="postgresql//clerk:hunter2@x")
    assert none.stderr.startswith("The administrator's address is none")
    unset = several.manage(*arguments, ADMINISTRATOR_DATABASE_URL="")
    assert unset.stderr.startswith("ADMINISTRATOR_DATABASE_URL is not set")
    assert not [one for one in (said, wrong, none, unset) if "hunter" in one.stderr + one.stdout]
    assert several.left_of("clerk") == []


def test_no_password_of_a_clinic_stands_in_the_servers_log(several: Several) -> None:
    """Not even what PostgreSQL keeps of one, though the server is told to log every statement."""
    with several.administrator() as server:
        server.execute("ALTER SYSTEM SET log_statement = 'all'")
        server.execute("SELECT pg_reload_conf()")
        server.execute(sql.SQL("CREATE ROLE {} PASSWORD 'control-of-the-log'").format(sql.Identifier("pht_heard")))
        said = several.new("west", CLINIC_PHONE="")  # the roles are made, and go again
        server.execute("ALTER SYSTEM RESET log_statement")
        server.execute("SELECT pg_reload_conf()")
        server.execute("DROP ROLE pht_heard")
    log = Path(several.postgres.log).read_text()
    assert said.returncode == 1
    assert "control-of-the-log" in log
    assert "pht_west" not in log


def test_of_two_who_make_one_clinic_the_second_changes_nothing(several: Several) -> None:
    with several.administrator() as first:
        claim(first, names_of("west"))
        said = several.new("west", CLINIC_PHONE="")
    assert (said.returncode, said.stderr) == (1, "The clinic west is being made by somebody else.\n")

"""An upgrade with data: a demo clinic of an earlier version, its tables migrated by this one, and opened by it.

The earlier version is a commit of this history, so it needs a clone that has it; only the environment of Python is that
of the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from pht_clinic.demo.folders import short_folder, state_folder
from pht_clinic.demo.postgresql import APPLICATION, OWNER, RETENTION, PostgresServer, postgres_server
from pht_clinic.demo.services import free_port
from pht_clinic.demo.settings import demo_settings, read_private
from tests.documents.following import use_this_environment
from tests.documents.markdown import ROOT, Code
from tests.documents.until import until_it_says
from tests.pht_clinic.demo.test_demo import sign_in
from tests.trials.fingerprint import NOT_CONTENT

BEFORE: Final = "147aa1ca2bef84e24a582aedc20d4bbba9fd53cc"
"""The last commit before other systems had doors of their own."""
PEOPLE: Final = "20"
FILLED: Final = "past year is there"
OPEN: Final = "stops all of it"
MIGRATED_SECONDS: Final = 120
OF_THE_FRAMEWORK: Final = frozenset({"auth_permission", "django_content_type"})
"""Filled by each migration anew, for the tables that there are."""
PAGES: Final = ("/", "/calendar/day/", "/calendar/week/", "/patients/?q=a")

Shape = dict[str, list[str]]


@pytest.mark.full_trial
def test_a_clinic_of_the_version_before_goes_on_with_all_it_had() -> None:
    with short_folder("upgrade") as folder:
        var = folder / "var"
        fill(checkout_of_before(folder / "before"), var)
        with servers_of(var) as (server, env):
            shape = columns(server)
            had = content(server, shape)
            assert int(had["scheduling_patient"].split()[0]) >= int(PEOPLE)
            took = managed(env, "migrate", "--no-input")
            assert took < MIGRATED_SECONDS
            kept = content(server, {table: shape[table] for table in shape if table in columns(server)})
            assert kept == had
            assert all(set(shape[table]) <= set(now) for table, now in columns(server).items() if table in shape)
            managed(env, "check", "--database", "default")
            managed(env, "verify_audit")
            rows = sum(int(one.split()[0]) for one in had.values())
        opens(var)
    print(f"{rows} rows of {len(had)} tables as they were, migrated in {took:.1f} s")


def checkout_of_before(folder: Path) -> Path:
    """The files of that commit.

    A clone without its history cannot have them: then there is nothing to try.
    """
    packed = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"this clone has no history: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as files:
        files.extractall(folder, filter="data")
    use_this_environment(folder)
    return folder


def fill(checkout: Path, var: Path) -> None:
    """As its users would: the demo with a past year, stopped again."""
    with until_it_says(demo(checkout, var, FILLED), checkout, plain_shell()):
        pass


def opens(var: Path) -> None:
    """This version shows that clinic to somebody who signs in there as before."""
    shell = plain_shell()
    email, password = next(iter(read_private(var / "sign-ins.json").items()))
    with until_it_says(demo(ROOT, var, OPEN), ROOT, shell):
        for page in PAGES:
            shown = sign_in(f"http://localhost:{shell['PORT']}{page}", email, password)
            assert "<h1" in shown, (page, shown[:500])
            assert 'name="password"' not in shown, page


def demo(checkout: Path, var: Path, words: str) -> Code:
    text = f"exec {sys.executable} -m pht_clinic.demo --var {var}\n"
    return Code("", 0, "sh", text, "", f"until: {words}")


def plain_shell() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "PATH") if name in os.environ}
    return {**kept, "PORT": str(free_port()), "DEMO_PEOPLE": PEOPLE}


@contextmanager
def servers_of(var: Path) -> Iterator[tuple[PostgresServer, dict[str, str]]]:
    """Its database alone, and the settings with which its own demo reads it."""
    with (
        short_folder("db") as sockets,
        postgres_server(state=state_folder(var), sockets=sockets, durable=True) as server,
    ):
        roles = (("DATABASE_URL", APPLICATION), ("DATABASE_OWNER_URL", OWNER), ("RETENTION_DATABASE_URL", RETENTION))
        addresses = {name: server.url(role) for name, role in roles} | {"REDIS_URL": "redis://127.0.0.1:1/0"}
        given = demo_settings(var, port=free_port(), smtp_port=free_port(), servers=addresses)
        yield server, {**plain_shell(), **given}


def managed(env: Mapping[str, str], *words: str) -> float:
    """A command of this version, and the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return time.monotonic() - began


def columns(server: PostgresServer) -> Shape:
    """The columns of each table with content."""
    found: Shape = {}
    with psycopg.connect(server.url(OWNER)) as owner:
        rows = owner.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, 2"
        )
        for table, column in rows:
            if table not in NOT_CONTENT | OF_THE_FRAMEWORK:
                found.setdefault(table, []).append(column)
    return found


def content(server: PostgresServer, shape: Shape) -> dict[str, str]:
    """By table: how many rows, and a digest of what they hold in these columns."""
    found = {}
    with psycopg.connect(server.url(OWNER)) as owner:
        for table, names in shape.items():
            listed = sql.SQL(", ").join(map(sql.Identifier, names))
            query = sql.SQL(
                "SELECT count(*), md5(coalesce(string_agg(one::text, '|' ORDER BY one::text), ''))"
                " FROM (SELECT {} FROM {}) AS one"
            )
            row = owner.execute(query.format(listed, sql.Identifier(table))).fetchone()
            assert row is not None
            found[table] = f"{row[0]} {row[1]}"
    return found

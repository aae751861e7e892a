"""A backup comes back row by row and guard by guard, or is refused before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from pht_clinic.backup import database
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.manifest import DUMP, MANIFEST
from pht_clinic.backup.restore import restore
from pht_clinic.backup.take import take
from tests.clinic import NOW, Clinic

Make = Callable[[], str]


def content(alias: str) -> dict[str, str]:
    """Every row of every table, as a digest of each table."""
    digests = {}
    with connections[alias].cursor() as cursor:
        for table in database.count_rows(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608 - out of the catalogue
            digests[table] = hashlib.sha256("\n".join(row for (row,) in cursor.fetchall()).encode()).hexdigest()
    return digests


def rewrite(backup: Path, **changes: Any) -> None:
    document = json.loads((backup / MANIFEST).read_text())
    (backup / MANIFEST).write_text(json.dumps(document | changes))


def test_every_row_comes_back(backup: Path, empty_database: Make) -> None:
    alias = empty_database()
    kept = restore(backup, alias=alias)
    before, after = content("owner"), content(alias)
    reports = "backup_backupreport"  # the run itself is reported once the snapshot is over
    assert {table for table in before if before[table] != after[table]} == {reports}
    assert kept.taken_at == NOW
    assert kept.rows["scheduling_appointment"] == 1


def test_the_application_may_no_more_there_than_before(backup: Path, empty_database: Make) -> None:
    alias = empty_database()
    restore(backup, alias=alias)
    rights = "SELECT has_table_privilege('pht_app', %s, %s)"
    with connections[alias].cursor() as cursor:
        found = []
        for table, right in (("audit_entry", "INSERT"), ("audit_entry", "UPDATE"), ("scheduling_patient", "UPDATE")):
            cursor.execute(rights, [table, right])
            found += cursor.fetchone()
    assert found == [True, False, True]


def test_a_row_added_while_it_is_written_belongs_to_the_next(
    committed_clinic: Clinic, tmp_path: Path, empty_database: Make, settings: Any
) -> None:
    real, late = Path(settings.POSTGRESQL_PROGRAMS), tmp_path / "late"
    late.mkdir()
    psql = f"{real}/psql"
    added = "INSERT INTO scheduling_room (name, has_ultrasound, active) VALUES ('late', true, true)"
    (late / "pg_dump").write_text(f'#!/bin/sh\n{psql} -qc "{added}" || exit 9\nexec {real}/pg_dump "$@"\n')
    (late / "pg_dump").chmod(0o755)
    (late / "pg_restore").symlink_to(real / "pg_restore")
    settings.POSTGRESQL_PROGRAMS = str(late)
    kept = restore(take(tmp_path / "backups", now=NOW), alias=empty_database())
    with connections["owner"].cursor() as cursor:
        assert database.count_rows(cursor)["scheduling_room"] == kept.rows["scheduling_room"] + 1


def cut(backup: Path) -> None:
    whole = (backup / DUMP).read_bytes()
    (backup / DUMP).write_bytes(whole[: len(whole) // 2])


def change_a_byte(backup: Path) -> None:
    whole = bytearray((backup / DUMP).read_bytes())
    whole[len(whole) // 2] ^= 1
    (backup / DUMP).write_bytes(whole)


UNFIT = {
    "cut": (cut, "it is cut short, or another"),
    "changed": (change_a_byte, "its digest is another"),
    "no dump": (lambda backup: (backup / DUMP).unlink(), "cannot be read (No such file or directory)"),
    "no manifest": (lambda backup: (backup / MANIFEST).unlink(), "holds no backup"),
    "half a manifest": (lambda backup: (backup / MANIFEST).write_text('{"format": 1, "taken'), "is cut short"),
    "a list": (lambda backup: (backup / MANIFEST).write_text("[]"), "is no manifest of a backup"),
    "another format": (lambda backup: rewrite(backup, format=2), "that this version can read"),
    "an instant without a zone": (lambda backup: rewrite(backup, taken_at="2026-03-02T09:00"), "is no manifest"),
    "a later version": (lambda backup: rewrite(backup, migrations=["scheduling.9999_later"]), "later version"),
    "a later server": (lambda backup: rewrite(backup, server=99), "this server is older"),
}


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("how", UNFIT)
def test_what_does_not_fit_is_refused_before_anything_is_written(how: str, backup: Path, empty_database: Make) -> None:
    spoil, said = UNFIT[how]
    spoil(backup)
    alias = empty_database()
    with pytest.raises(BackupError) as refused:
        restore(backup, alias=alias)
    assert said in str(refused.value)
    assert database.is_empty(alias)


def test_a_database_with_anything_in_it_is_left_as_it_is(backup: Path, empty_database: Make) -> None:
    alias = empty_database()
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE of_somebody (id int)")
    with pytest.raises(BackupError, match="not empty"):
        restore(backup, alias=alias)
    with connections[alias].cursor() as cursor:
        assert database.count_rows(cursor) == {"of_somebody": 0}


def test_a_row_that_did_not_come_back_is_named(backup: Path, empty_database: Make) -> None:
    rows = json.loads((backup / MANIFEST).read_text())["rows"]
    there = rows["scheduling_room"]
    rewrite(backup, rows=rows | {"scheduling_room": there + 1})
    with pytest.raises(BackupError, match=f"scheduling_room {there} of {there + 1}"):
        restore(backup, alias=empty_database())


def test_a_guard_that_did_not_come_back_is_named(
    committed_clinic: Clinic, tmp_path: Path, empty_database: Make, owner_connection: psycopg.Connection
) -> None:
    name = "appointment_one_seat_each"
    (definition,) = owner_connection.execute("SELECT pg_get_indexdef(%s::regclass)", [name]).fetchone() or ("",)
    owner_connection.execute(f"DROP INDEX {name}")
    try:
        unguarded = take(tmp_path / "backups", now=NOW)
    finally:
        owner_connection.execute(definition)
    with pytest.raises(BackupError, match=name):
        restore(unguarded, alias=empty_database())


def test_a_trail_that_was_changed_before_the_backup_is_told(
    committed_clinic: Clinic, tmp_path: Path, empty_database: Make, owner_connection: psycopg.Connection
) -> None:
    owner_connection.execute("UPDATE audit_entry SET actor_name = 'Somebody else' WHERE verb <> 'viewed'")
    with pytest.raises(BackupError, match="The audit trail is not what was sealed"):
        restore(take(tmp_path / "backups", now=NOW), alias=empty_database())


def test_a_trail_whose_end_is_gone_is_told(backup: Path, empty_database: Make) -> None:
    rewrite(backup, seal="0" * 64)
    with pytest.raises(BackupError, match="does not end with the seal"):
        restore(backup, alias=empty_database())

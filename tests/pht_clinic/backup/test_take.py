"""Where a backup lies, who may read it, and which old ones go."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.manifest import DUMP, MANIFEST
from pht_clinic.backup.models import BackupReport
from pht_clinic.backup.take import remove_old, take, whole_backups
from tests.clinic import NOW, Clinic


def test_only_its_owner_reads_it(backup: Path) -> None:
    modes = {one.name: oct(one.stat().st_mode & 0o777) for one in (backup, *backup.iterdir())}
    assert modes == {backup.name: "0o700", DUMP: "0o600", MANIFEST: "0o600"}


def test_it_is_named_by_its_instant_and_reported(backup: Path) -> None:
    said = BackupReport.objects.get()
    assert (backup.name, said.backup, said.taken_at, said.trouble) == (
        f"{NOW:%Y-%m-%dT%H-%M-%SZ}",
        backup.name,
        NOW,
        "",
    )
    assert said.rows > 0


def test_a_second_one_of_the_same_second_is_refused(backup: Path) -> None:
    with pytest.raises(BackupError, match="is there already"):
        take(backup.parent, now=NOW)
    assert whole_backups(backup.parent) == [backup]


@pytest.mark.parametrize("said", ["no program", "a program that fails"])
def test_one_that_fails_has_no_name_and_is_reported(
    said: str, committed_clinic: Clinic, tmp_path: Path, settings: Any
) -> None:
    settings.POSTGRESQL_PROGRAMS = str(tmp_path)
    if said == "a program that fails":
        (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n")
        (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(BackupError):
        take(tmp_path / "backups", now=NOW)
    assert whole_backups(tmp_path / "backups") == []
    trouble = BackupReport.objects.get().trouble
    assert ("the disk is full" if said == "a program that fails" else "pg_dump is not in") in trouble


def whole(folder: Path, age: timedelta) -> str:
    name = f"{NOW - age:%Y-%m-%dT%H-%M-%SZ}"
    (folder / name).mkdir(parents=True)
    (folder / name / MANIFEST).touch()
    return name


def test_old_ones_go_and_the_newest_stays(tmp_path: Path) -> None:
    day = timedelta(days=1)
    exactly, older = whole(tmp_path, 30 * day), whole(tmp_path, 30 * day + timedelta(seconds=1))
    foreign = tmp_path / "notes"
    foreign.mkdir()
    newest = whole(tmp_path, day)
    gone = remove_old(tmp_path, keep=30 * day, now=NOW)
    assert [one.name for one in gone] == [older]
    assert {one.name for one in tmp_path.iterdir()} == {exactly, newest, "notes"}


def test_the_only_one_stays_however_old(tmp_path: Path) -> None:
    whole(tmp_path, timedelta(days=400))
    assert remove_old(tmp_path, keep=timedelta(days=1), now=NOW) == []


@pytest.mark.parametrize(("hours", "goes"), [(24, False), (25, True)])
def test_what_a_backup_that_died_left_goes_after_a_day(hours: int, goes: bool, tmp_path: Path) -> None:
    left = tmp_path / f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H-%M-%SZ}.unfinished"
    left.mkdir()
    remove_old(tmp_path, keep=timedelta(days=30), now=NOW)
    assert left.exists() is not goes

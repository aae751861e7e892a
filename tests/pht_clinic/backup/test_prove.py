"""A backup is proven by restoring it; what came of that is reported, and managers hear of trouble at Home."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.backup import reports
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.manifest import DUMP, Manifest
from pht_clinic.backup.models import BackupReport
from pht_clinic.backup.prove import prove
from pht_clinic.backup.restore import restore
from tests.clinic import NOW
from tests.pages_world import Browser

HOUR = timedelta(hours=1)
TAKEN, PROVEN = BackupReport.Deed.TAKEN, BackupReport.Deed.PROVEN


def databases(owner: psycopg.Connection) -> set[str]:
    return {name for (name,) in owner.execute("SELECT datname FROM pg_database")}


def test_it_is_restored_beside_the_clinic_and_goes_again(backup: Path, owner_connection: psycopg.Connection) -> None:
    before = databases(owner_connection)
    said = prove(backup, now=NOW + HOUR)
    assert (said.deed, said.backup, said.taken_at, said.trouble) == (PROVEN, backup.name, NOW, "")
    assert databases(owner_connection) == before


def test_one_that_does_not_come_back_is_reported(backup: Path, owner_connection: psycopg.Connection) -> None:
    before = databases(owner_connection)
    (backup / DUMP).write_bytes(b"")
    with pytest.raises(BackupError, match="cut short"):
        prove(backup, now=NOW)
    assert "cut short" in BackupReport.objects.filter(deed=PROVEN).get().trouble
    assert databases(owner_connection) == before


def test_nobody_else_may_enter_the_scratch_database_from_before_anything_is_in_it(
    backup: Path, owner_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roles of other clinics may be at the same server; the application's is let in by `migrate`, at the end."""
    asked = (
        "SELECT has_database_privilege('pht_app', oid, 'CONNECT') FROM pg_database WHERE datname LIKE 'pht\\_proof\\_%'"
    )
    seen: list[tuple[bool]] = []

    def looked_at(backup: Path, *, alias: str) -> Manifest:
        seen.extend(owner_connection.execute(asked).fetchall())
        return restore(backup, alias=alias)

    monkeypatch.setattr("pht_clinic.backup.prove.restore", looked_at)
    prove(backup, now=NOW + HOUR)
    assert seen == [(False,)]


def row(deed: str, ago: timedelta, trouble: str = "") -> None:
    of = None if trouble else NOW - ago
    BackupReport.objects.create(at=NOW - ago, deed=deed, backup="one", taken_at=of, trouble=trouble)


@pytest.mark.django_db
class TestWhatManagersHear:
    """`trouble`: nothing where all is well, else one sentence."""

    @pytest.fixture(autouse=True)
    def kept_here(self, settings: Any) -> None:
        settings.BACKUP_FOLDER = "/var/backups/clinic"

    def test_nothing_where_no_backups_are_kept(self, settings: Any) -> None:
        settings.BACKUP_FOLDER = ""
        row(TAKEN, HOUR, "the disk is full")
        assert reports.trouble(now=NOW) == ""

    def test_that_none_was_ever_proven(self) -> None:
        row(TAKEN, HOUR)
        assert reports.trouble(now=NOW) == "No backup was ever proven by restoring it."

    @pytest.mark.parametrize(("ago", "is_said"), [(36 * HOUR, False), (36 * HOUR + timedelta(minutes=40), True)])
    def test_that_the_newest_proven_one_is_old(self, ago: timedelta, is_said: bool) -> None:
        row(PROVEN, ago)
        said = "The newest backup that was proven is 37 hours old." if is_said else ""
        assert reports.trouble(now=NOW) == said

    @pytest.mark.parametrize(
        ("deed", "said"),
        [(TAKEN, "The last backup was not taken: "), (PROVEN, "The last backup did not come back when it was tried: ")],
        ids=["taking", "proving"],
    )
    def test_that_the_last_one_failed_until_one_goes_well(self, deed: str, said: str) -> None:
        row(PROVEN, 3 * HOUR)
        row(deed, 2 * HOUR, "the disk is full")
        assert reports.trouble(now=NOW) == said + "the disk is full"
        row(deed, HOUR)
        assert reports.trouble(now=NOW) == ""

    def test_at_home_and_nobody_else_does(self, manager: Browser, reception: Browser, radiologist: Browser) -> None:
        said = "No backup was ever proven by restoring it."
        assert [said in who.get("home") for who in (manager, reception, radiologist)] == [True, False, False]

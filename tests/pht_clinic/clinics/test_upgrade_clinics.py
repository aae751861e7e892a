"""Every clinic is brought to this version, whatever one of them does, and the report says which was not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.files import CLINIC, OWNER, RETENTION, clinics_in, new_folder, read
from tests.several import ROOT

OF_EACH = {CLINIC: "DATABASE_URL", RETENTION: "RETENTION_DATABASE_URL", OWNER: "DATABASE_OWNER_URL"}


def clinic(folder: Path, **changes: str) -> None:
    """A clinic with the tests' own database, which is of this version, but for these settings."""
    named = ("SECRET", "SECOND", "DATABASE", "RETENTION", "REDIS", "CLINIC", "DEFAULT", "PUBLIC", "ONLY", "INSECURE")
    settings = {name: value for name, value in os.environ.items() if name.startswith(named)} | changes
    files = {
        file: {
            name: value
            for name, value in settings.items()
            if name == own or (file == CLINIC and not name.endswith("_URL"))
        }
        for file, own in OF_EACH.items()
    }
    for name in ("REDIS_URL", "PUBLIC_BASE_URL"):
        files[CLINIC][name] = settings[name]
    with new_folder(folder, files):
        pass


def upgraded(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "manage.py", "upgrade_clinics", str(folder), *options]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.full_trial(one_in=2)
def test_one_that_fails_keeps_no_other_one_back(django_db_setup: None, tmp_path: Path) -> None:
    away = os.environ["DATABASE_OWNER_URL"].replace("/pht?", "/pht_gone?")
    clinic(tmp_path / "a_away", DATABASE_OWNER_URL=away)
    clinic(tmp_path / "b_wrong", CLINIC_TIME_ZONE="Europe/Londn")
    (tmp_path / "c_empty").mkdir()
    clinic(tmp_path / "d_right")
    (tmp_path / "e_killed.unfinished").mkdir()
    said = upgraded(tmp_path, "--at-once", "2")
    assert (said.returncode, said.stderr) == (1, "")
    away_said, wrong, empty, right, sum_of_all = said.stdout.splitlines()
    assert away_said.startswith("a_away: FAILED. migrate failed: ")
    assert 'database "pht_gone" does not exist' in away_said
    assert wrong.startswith("b_wrong: FAILED. migrate failed: ")
    assert "CLINIC_TIME_ZONE" in wrong
    assert empty == f"c_empty: FAILED. {tmp_path / 'c_empty' / CLINIC} cannot be read."
    assert right.startswith("d_right: nothing to do, ")
    assert sum_of_all == "1 of 4 clinics are of this version."


def test_where_there_is_no_clinic_nothing_was_done(tmp_path: Path) -> None:
    assert upgraded(tmp_path).stderr == f"There is no clinic in {tmp_path}.\n"
    assert upgraded(tmp_path / "gone").returncode == 1


@pytest.mark.full_trial(one_in=2)
def test_all_of_this_version_is_a_success(django_db_setup: None, tmp_path: Path) -> None:
    clinic(tmp_path / "right")
    said = upgraded(tmp_path)
    assert (said.returncode, said.stdout.splitlines()[-1]) == (0, "1 of 1 clinics are of this version.")


@pytest.mark.parametrize("line", ["no setting", "=x", "1A=x", "A B=x", " A=x"])
def test_a_line_that_is_no_setting_is_named_by_its_number_alone(tmp_path: Path, line: str) -> None:
    """It may be half of a secret."""
    file = tmp_path / "clinic.env"
    file.write_text(f"# what it is\n\nA='1'\n{line}\n")
    with pytest.raises(ClinicsError, match=r"clinic\.env, line 4, is no setting: NAME=value\.$"):
        read(file)


def half_written(folder: Path) -> None:
    with new_folder(folder, {CLINIC: {"A": "1"}}):
        assert folder.with_name("north.unfinished").joinpath(CLINIC).read_text() == 'A="1"\n'
        assert clinics_in(folder.parent) == []
        raise ZeroDivisionError


def test_what_fails_while_a_folder_is_written_leaves_none(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        half_written(tmp_path / "north")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ClinicsError, match="cannot be printed"):
        clinic(tmp_path / "north", CLINIC_NAME="1\n2")
    assert list(tmp_path.iterdir()) == []

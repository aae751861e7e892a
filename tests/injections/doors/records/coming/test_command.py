"""`import_records FILE`: its report, its exit codes, whose act it is; the same file goes on where it stopped."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from injections.doors.records.coming import steps
from injections.doors.records.coming.runs import Stage
from injections.models import RecordImport
from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.conftest import ClockOffset
from tests.injections.doors.records.coming.bringing import ANN, PATIENTS

pytestmark = pytest.mark.django_db
BAD = "Bob,,1955-30-07,,\r\n"


@pytest.fixture
def file(tmp_path: Path, clinic: Clinic, clock_offset: ClockOffset) -> Path:
    path = tmp_path / "old.csv"
    path.write_text(PATIENTS + ANN, encoding="utf-8")
    return path


def run(file: Path, *options: str) -> tuple[str, str, int]:
    """What it says, its progress, and how it ended."""
    said, progress = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("import_records", str(file), *options, stdout=said, stderr=progress)
    except SystemExit as end:
        code = int(end.code or 0)
    return said.getvalue(), progress.getvalue(), code


def test_a_dry_run_says_what_would_become_of_each_line_and_stores_nothing(file: Path) -> None:
    said, _, code = run(file, "--dry-run")
    assert (said, code) == ("Added: 1\nIt was a trial: nothing is stored.\n", 0)
    assert not Patient.objects.filter(family_name="Example").exists()


def test_it_brings_in_what_it_can_writes_the_report_and_ends_with_3(file: Path, tmp_path: Path, clinic: Clinic) -> None:
    file.write_text(PATIENTS + ANN + BAD, encoding="utf-8")
    report = tmp_path / "report.csv"
    said, progress, code = run(file, "--report", str(report), "--by", clinic.users["manager"].email)
    assert (said, code) == ("Added: 1\nRefused: 1\n", 3)
    assert "Being brought in: 2 of 2 lines" in progress
    lines = report.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[2] for line in lines] == ["outcome", "added", "refused"]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    entry = Entry.objects.get(verb="patient-registered", patient_ids=[Patient.objects.get(family_name="Example").pk])
    assert (entry.actor_kind, entry.user_id) == ("import", clinic.users["manager"].pk)
    assert run(file)[0] == "Already there: 1\nRefused: 1\n"


def test_a_report_is_its_owners_alone_and_whole_or_not_there(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """One that others could read before is no more; one that cannot be written is said, and leaves what was there."""
    report = tmp_path / "report.csv"
    report.write_text("before", encoding="utf-8")
    report.chmod(0o644)

    def breaks(run: RecordImport) -> Any:
        yield "line,"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("injections.doors.records.coming.report.report", breaks)
        with pytest.raises(CommandError, match="No space left on device"):
            run(file, "--report", str(report))
    assert (report.read_text(encoding="utf-8"), Patient.objects.filter(family_name="Example").count()) == ("before", 1)
    assert {one.name for one in tmp_path.iterdir()} == {"old.csv", "report.csv"}
    run(file, "--report", str(report))
    assert "already-there" in report.read_text(encoding="utf-8")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_the_same_file_goes_on_after_the_last_line(file: Path, monkeypatch: Any) -> None:
    file.write_text(PATIENTS + ANN + "Bob,Oak,1955-07-30,,\r\n", encoding="utf-8")
    take, seen = steps.take, []

    def dies(line: Any, bringing: Any) -> Any:
        seen.append(line)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return take(line, bringing)

    with monkeypatch.context() as dying:
        dying.setattr(steps, "take", dies)
        with pytest.raises(KeyboardInterrupt):
            run(file)
    said, progress, _ = run(file)
    assert (said, RecordImport.objects.get().stage) == ("Added: 2\n", Stage.DONE)
    assert "Going on" in progress


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--by", "nobody@clinic.example"], "nobody who may import"),
        (["--by", "reception@clinic.example"], "nobody who may import"),
        (["--column", "Nachname"], "write COLUMN=FIELD"),
        ([], "Say what these columns hold, or leave them out: Nachname."),
    ],
    ids=["unknown", "reception", "no-field", "unnamed"],
)
def test_what_it_needs_to_know_it_says_and_keeps_nothing(file: Path, options: list[str], why: str) -> None:
    file.write_text("given_name,Nachname,date_of_birth\nAnn,Example,1961-04-02\n", encoding="utf-8")
    with pytest.raises(CommandError, match=why):
        run(file, *options)
    assert not RecordImport.objects.exists()
    if not options:
        assert run(file, "--column", "Nachname=family_name")[0] == "Added: 1\n"


def test_a_file_that_is_not_there_is_said(tmp_path: Path, clinic: Clinic) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")

"""`export_records`: whole files that their owner alone reads, on the trail; what cannot be is said and leaves none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from injections.doors.records.leaving import read as reading
from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.clinic import Clinic

pytestmark = pytest.mark.django_db


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_clinic_is_written_into_a_file_of_its_owner(
    clinic: Clinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ash, birch = clinic.patient("Ash"), clinic.fit_patient("Birch")
    path = tmp_path / "clinic.jsonl"
    call_command("export_records", str(path))
    lines = lines_in(path)
    assert lines[0]["type"] == "export"
    assert {line["id"] for line in lines if line["type"] == "patient"} == {str(ash.pk), str(birch.pk)}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["clinic.jsonl"]
    said = capsys.readouterr().err.split()
    assert said[0] == said[2], "all rows of all rows"
    assert Entry.objects.get(verb="clinic-exported").actor_kind == "system"
    assert set(Entry.objects.get(verb="viewed", subject="clinic-export-file").patient_ids) == {ash.pk, birch.pk}


def test_one_patient_to_standard_output(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    ash, birch = clinic.patient("Ash"), clinic.patient("Birch")
    call_command("export_records", "-", "--patient", str(birch.pk))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["export", "patient"]
    assert {line["patient"] for line in lines} == {str(birch.pk)}
    assert Entry.objects.get(verb="patient-exported").patient_ids == [birch.pk]
    assert not Entry.objects.filter(verb="viewed", patient_ids__contains=[ash.pk]).exists()


def test_what_cannot_be_is_said_and_leaves_no_file(clinic: Clinic, tmp_path: Path) -> None:
    """Nobody, a record that was merged, a folder that is not there."""
    stands, other = clinic.patient("Stand"), clinic.patient("Other")
    Patient.objects.filter(pk=other.pk).update(merged_into=stands)
    for number, said in ((10**9, "no such patient"), (0, "no such patient"), (other.pk, "merged into another")):
        with pytest.raises(CommandError, match=said):
            call_command("export_records", str(tmp_path / "one.jsonl"), "--patient", str(number))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_records", str(tmp_path / "nowhere" / "one.jsonl"))
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.patient()
    path = tmp_path / "clinic.jsonl"
    path.write_text("before", encoding="utf-8")

    def broken(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "read", broken)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("export_records", str(path))
    assert path.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["clinic.jsonl"]
    monkeypatch.undo()
    call_command("export_records", str(path))
    assert len(lines_in(path)) > 1

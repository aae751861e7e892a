"""The audit trail as a file: short at once, long in steps by the worker; for who asked alone, and not for ever."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.people.models import User
from pht_clinic.web import exports
from pht_clinic.web.models import Export, ExportPart
from pht_clinic.web.tasks import EXPORT_SECONDS, write_exports
from pht_clinic.web.tidy import tidy
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser


@pytest.fixture
def small_steps(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step is 4 rows, and more than 5 are long; there are at least 9."""
    for number in range(9):
        record("tried", by=clinic.manager, now=NOW, subject=f"try:{number}")
    monkeypatch.setattr(exports, "STEP_ROWS", 4)
    monkeypatch.setattr(exports, "AT_ONCE_ROWS", 5)


def lines(response: Any) -> list[list[str]]:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_a_short_trail_comes_at_once_and_is_itself_noted(clinic: Clinic, manager: Browser) -> None:
    """Every entry once, the newest first; what a spreadsheet would run is text; nobody's name but the actors'."""
    patient = clinic.patient("Quillfeather")
    record("tried", by=clinic.manager, now=NOW, patients=[patient.pk], subject="=2+5", detail={"note": "+1"})
    response = manager.client.post("/audit/export/", {"patient": str(patient.pk)})
    header, *rows = lines(response)
    assert header[:4] == ["id", "at", "who", "what"]
    assert "attachment" in response.headers["Content-Disposition"]
    assert [int(row[0]) for row in rows] == list(
        Entry.objects.filter(patient_ids__contains=[patient.pk], pk__lte=int(rows[0][0]))
        .order_by("-pk")
        .values_list("pk", flat=True)
    )
    line = dict(zip(header, rows[0], strict=True))
    assert (line["subject"], line["what"], line["patient_ids"]) == ("'=2+5", "Tried", str(patient.pk))
    assert line["at"] == "2026-03-02T09:00:00+00:00"
    assert "Quillfeather" not in response.content.decode()
    assert not Export.objects.exists()
    assert Entry.objects.filter(verb="audit-exported", patient_ids=[patient.pk]).exists()
    assert Entry.objects.filter(verb="viewed", patient_ids=[patient.pk], subject="audit-export").exists()


def test_a_long_trail_is_written_in_steps_with_progress(clinic: Clinic, manager: Browser, small_steps: None) -> None:
    """What is noted meanwhile does not make it longer; each entry stands in it once."""
    said = manager.post("audit-export")
    wanted = Export.objects.get().total
    assert wanted > 8
    assert f"0 of {wanted} entries are written" in said
    assert manager.client.get("/audit/export/file/").headers["Location"] == "/audit/export/"
    record("tried", by=clinic.manager, now=NOW)
    with transaction.atomic():
        assert exports._step()
    part = manager.client.get("/audit/export/", headers={"HX-Request": "true"}).content.decode()
    assert f"4 of {wanted} entries are written" in part
    assert "<html" not in part
    write_exports()
    assert "The file is ready" in manager.get("audit-export")
    header, *rows = lines(manager.client.get("/audit/export/file/"))
    assert header == list(exports.source_of("audit").columns)
    numbers = [int(row[0]) for row in rows]
    assert len(numbers) == wanted
    assert numbers == sorted(set(numbers), reverse=True)


def test_words_and_ids_stand_in_columns_of_their_own_and_times_are_the_clinics(
    clinic: Clinic, manager: Browser
) -> None:
    """In summer an hour ahead of UTC, which the offset says."""
    entry = record(
        "appointment-requested", by=clinic.reception, now=local("2026-07-01", "10:30"), subject="appointment:12"
    )
    header, row = lines(manager.client.post("/audit/export/", {"from": "2026-07-01", "to": "2026-07-01"}))
    line = dict(zip(header, row, strict=True))
    assert (line["what"], line["about"], line["subject_id"]) == ("Visit asked for", "visit 12", "12")
    assert (line["at"], line["user_id"]) == ("2026-07-01T10:30:00+01:00", str(entry.user_id))


def test_asking_and_fetching_stand_on_the_trail(clinic: Clinic, manager: Browser, small_steps: None) -> None:
    manager.post("audit-export")
    write_exports()
    manager.client.get("/audit/export/file/")
    verbs = Entry.objects.filter(verb__startswith="audit-").order_by("pk").values_list("verb", "user_id")
    by = clinic.users["manager"].pk
    assert list(verbs) == [("audit-exported", by), ("audit-fetched", by)]


def test_a_file_is_for_who_asked_for_it(clinic: Clinic, manager: Browser, small_steps: None) -> None:
    manager.post("audit-export")
    write_exports()
    other = User.objects.create_user("other@clinic.example", None, role="manager", name="other")
    colleague = browser(other)
    assert "You have not asked for a file" in colleague.get("audit-export")
    assert colleague.client.get("/audit/export/file/").headers["Location"] == "/audit/export/"
    reception = browser(clinic.users["reception"])
    reception.get("audit-export-file", expect=403)
    reception.post("audit-export", expect=403)


def test_asking_again_takes_the_place_of_the_file_before(clinic: Clinic, manager: Browser, small_steps: None) -> None:
    manager.post("audit-export")
    write_exports()
    manager.post("audit-export")
    assert Export.objects.count() == 1
    assert not ExportPart.objects.exists()


def test_a_filter_that_makes_no_sense_leads_back_to_its_page(clinic: Clinic, manager: Browser) -> None:
    response = manager.client.post("/audit/export/", {"from": "yesterday"})
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/audit/?from=yesterday")


def test_a_file_that_fails_says_so_and_holds_up_no_other(clinic: Clinic, manager: Browser, small_steps: None) -> None:
    manager.post("audit-export")
    Export.objects.update(asked={})
    good = exports.ask(
        "audit",
        {"patient_id": None, "user_id": None, "kind": None, "since": None, "until": None, "newest": 10**6},
        by=clinic.radiologist,
    )
    write_exports()
    assert "The file could not be written." in manager.get("audit-export")
    good.refresh_from_db()
    assert good.finished_at is not None
    assert not good.failed


def test_files_are_forgotten_a_day_after_they_were_finished(
    clinic: Clinic, manager: Browser, small_steps: None
) -> None:
    """By the database's clock."""
    manager.post("audit-export")
    write_exports()
    for hours, kept in ((23, 1), (25, 0)):
        past = datetime.now(UTC) - timedelta(hours=hours)
        Export.objects.update(finished_at=past)
        tidy()
        assert Export.objects.count() == kept
    assert not ExportPart.objects.exists()


def test_no_round_runs_longer_than_half_the_visibility_timeout(settings: Any) -> None:
    assert settings.BROKER_VISIBILITY_SECONDS / 2 > EXPORT_SECONDS

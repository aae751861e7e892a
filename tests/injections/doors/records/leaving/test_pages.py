"""Records as a file by the pages: managers alone, in the background with progress, on the trail, and not for ever."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import transaction

from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.kinds import types
from injections.doors.records.leaving.wanted import WantedRecords
from injections.patient.keeping.erase import AskedToErase, erase
from pht_clinic import clock
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.web import exports
from pht_clinic.web.models import Export
from pht_clinic.web.tasks import write_exports
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import Clinic
from tests.pages_world import Browser, browser
from tests.trials.test_sec01_access import fill

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return str(raw.decode())


def lines_in(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def fetched(manager: Browser, **asked: str) -> str:
    """Asked for, written, downloaded."""
    manager.post("clinic-export", data={"form": "jsonl", **asked})
    write_exports()
    return text_of(manager.client.get("/clinic/export/file/"))


def test_the_clinic_is_written_in_the_background_with_progress(
    world: World, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step at a time; the page without a script says how far, and its part asks again by itself."""
    fill(world)
    monkeypatch.setattr(exports, "STEP_ROWS", 30)
    assert "You have not asked for a file" in manager.get("clinic-export")
    said = manager.post("clinic-export", data={"form": "jsonl"})
    total = Export.objects.get().total
    assert f"Everything: 0 of {total} rows are written" in said
    assert manager.client.get("/clinic/export/file/").headers["Location"] == "/clinic/export/"
    with transaction.atomic():
        assert exports._step()
    part = manager.client.get("/clinic/export/", headers={"HX-Request": "true"}).content.decode()
    assert f"Everything: 30 of {total} rows are written" in part
    assert "<html" not in part
    write_exports()
    assert "the file is ready" in manager.get("clinic-export")
    assert Export.objects.get().done == total
    response = manager.client.get("/clinic/export/file/")
    name = f"records-{clock.local_date(Export.objects.get().created_at)}.jsonl"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    lines = lines_in(text_of(response))
    assert [line["type"] for line in lines if line["type"] == "export"] == ["export"]
    assert lines[0]["type"] == "export"
    assert {line["id"] for line in lines if line["type"] == "patient"} == {
        str(pk) for pk in Patient.objects.filter(merged_into=None).values_list("pk", flat=True)
    }


def test_asking_and_fetching_and_everybody_in_it_stand_on_the_trail(world: World, manager: Browser) -> None:
    fill(world)
    fetched(manager)
    verbs = Entry.objects.filter(verb__startswith="clinic-").order_by("pk").values_list("verb", "user_id")
    by = world.clinic.users["manager"].pk
    assert list(verbs) == [("clinic-exported", by), ("clinic-fetched", by)]
    seen = Entry.objects.get(verb="viewed", subject="clinic-export-file")
    assert set(seen.patient_ids) == set(Patient.objects.values_list("pk", flat=True))


def test_a_csv_holds_one_table_with_its_mark_and_runs_nothing(clinic: Clinic, manager: Browser) -> None:
    """What belongs together within a line has columns of its own."""
    clinic.patient("Ashdown", gp_name="=Fern()", email_opt_in=False)
    text = fetched(manager, form="csv", type="patient")
    assert text.startswith("\ufeffid,patient,given_name,family_name")
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["family_name"], row["gp_name"], row["email_opt_in"], row["nhs_number"]) == (
        "Ashdown",
        "'=Fern()",
        "false",
        "",
    )
    assert "Patients, as of" in manager.get("clinic-export")


def test_every_type_has_a_table_in_which_no_name_of_a_line_is_missing(world: World) -> None:
    """Nor a line; what a line holds in an object has a column for each of its names, and "type" is the table."""
    fill(world)
    now = world.clinic.now
    lines = lines_in("".join(texts(WantedRecords.now(form="jsonl", now=now))))
    for name in types():
        text = "".join(texts(WantedRecords.now(form="csv", type_=name, now=now)))
        header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        of_type = [line for line in lines if line["type"] == name]
        assert len(rows) == len(of_type)
        assert len(set(header)) == len(header)
        named = {one for line in of_type for one in line} - {"type"}
        missing = {one for one in named - set(header) if not any(column.startswith(f"{one}_") for column in header)}
        assert not missing, name
    assert len({line["type"] for line in lines}) > 20, "control"


def test_a_csv_needs_a_table(manager: Browser, clinic: Clinic) -> None:
    said = manager.post("clinic-export", data={"form": "csv"}, expect=422)
    assert "Choose which table the CSV holds." in said
    manager.post("clinic-export", data={"form": "csv", "type": "nothing"}, expect=422)
    manager.post("clinic-export", data={"form": "xml"}, expect=422)
    assert not Export.objects.exists()


def test_a_file_is_for_managers_and_for_who_asked_for_it(clinic: Clinic, manager: Browser) -> None:
    patient = clinic.patient()
    manager.post("clinic-export", data={"form": "jsonl"})
    write_exports()
    other = User.objects.create_user("other@clinic.example", None, role="manager", name="other")
    assert "You have not asked for a file" in browser(other).get("clinic-export")
    assert browser(other).client.get("/clinic/export/file/").headers["Location"] == "/clinic/export/"
    for role in ("reception", "radiologist"):
        who = browser(clinic.users[role])
        for name, args in (("clinic-export", ()), ("clinic-export-file", ()), ("patient-export", (patient.pk,))):
            who.get(name, *args, expect=403)
        who.post("clinic-export", data={"form": "jsonl"}, expect=403)
        who.post("patient-export", patient.pk, data={"form": "jsonl"}, expect=403)
        assert "Export the record" not in who.get("patient", patient.pk)


def erased(clinic: Clinic, patient: Patient) -> None:
    asked = AskedToErase(reason_code="asked", reason="By letter", number=str(patient.pk))
    erase(patient.pk, asked, by=clinic.manager, now=clinic.now)


def test_who_was_erased_is_in_no_file_and_how_many_is_said(clinic: Clinic, manager: Browser) -> None:
    """One that was written before goes with the erasure; nor is their record exported by itself."""
    gone, stays = clinic.patient("Gonegirl"), clinic.patient("Stays")
    clinic.earlier_injection(gone, "2020-01")
    manager.post("clinic-export", data={"form": "jsonl"})
    write_exports()
    erased(clinic, gone)
    assert not Export.objects.exists()
    text = fetched(manager)
    assert "Gonegirl" not in text
    lines = lines_in(text)
    assert lines[0]["left_out"] == {"erased": 1}
    assert {line["patient"] for line in lines if line.get("patient")} == {str(stays.pk)}
    assert "This person was erased." in manager.post("patient-export", gone.pk, data={"form": "jsonl"}, expect=422)
    assert "Export the record" not in manager.get("patient", gone.pk)


def test_a_file_that_shows_somebody_erased_while_it_was_written_is_not_given(
    clinic: Clinic, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the step that wrote them was not stored yet when the erasure looked for files."""
    gone = clinic.patient("Gonegirl")
    manager.post("clinic-export", data={"form": "jsonl"})
    write_exports()
    monkeypatch.setattr("injections.patient.keeping.going.Export.objects", Export.objects.none())
    erased(clinic, gone)
    monkeypatch.undo()
    assert Export.objects.exists(), "control"
    assert manager.client.get("/clinic/export/file/").headers["Location"] == "/clinic/export/"
    assert not Export.objects.exists()


def test_a_patients_record_comes_at_once_and_is_noted(clinic: Clinic, manager: Browser) -> None:
    patient, other = clinic.fit_patient(), clinic.patient("Othermann")
    assert "Export the record" in manager.get("patient", patient.pk)
    assert "Export the record" in manager.get("patient-export", patient.pk)
    response = manager.client.post(f"/patients/{patient.pk}/export/", {"form": "jsonl"})
    assert response.headers["Content-Disposition"] == f'attachment; filename="record-{patient.pk}.jsonl"'
    lines = lines_in(text_of(response))
    assert lines[0]["patient"] == str(patient.pk)
    assert {line["patient"] for line in lines} == {str(patient.pk)}
    assert {"patient", "screening", "report", "pathway"} <= {line["type"] for line in lines}
    assert Entry.objects.get(verb="patient-exported").patient_ids == [patient.pk]
    assert [one.patient_ids for one in Entry.objects.filter(verb="viewed", subject="patient-export")] == [
        [patient.pk]
    ] * 2
    assert not Entry.objects.filter(verb="patient-exported", patient_ids__contains=[other.pk]).exists()
    manager.post("patient-export", patient.pk, data={"form": "xml"}, expect=422)


def test_a_merged_record_leads_to_the_one_that_stands(clinic: Clinic, manager: Browser) -> None:
    stands, other = clinic.patient("Stand"), clinic.patient("Other")
    Patient.objects.filter(pk=other.pk).update(merged_into=stands)
    response = manager.client.get(f"/patients/{other.pk}/export/")
    assert response.headers["Location"] == f"/patients/{stands.pk}/export/"

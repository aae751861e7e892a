"""The pages of an import: upload, columns, trial, import, report, withdrawal; who may, and what a slip leads to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from injections.doors.records.coming import steps
from injections.doors.records.coming.runs import Stage
from injections.models import RecordImport
from injections.tasks import bring_in_records
from pht_clinic.audit.models import Entry
from scheduling.models import Patient
from tests.api_world import World
from tests.injections.doors.records.coming.bringing import ANN, PATIENTS, brought
from tests.injections.doors.records.coming.test_fhir import ANN as HERSELF
from tests.injections.doors.records.coming.test_fhir import GIVEN, bundle
from tests.pages_world import Browser

LIKE = "Anne,Exampel,1961-04-02,,\r\n"


def upload(text: str, name: str = "old.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, text.encode(), content_type="text/csv")}


def test_a_manager_brings_a_file_in_by_the_pages_and_withdraws_it(world: World, manager: Browser) -> None:
    assert "Nothing has been imported yet." in manager.get("import-list")
    said = manager.post("import-list", data=upload(PATIENTS + ANN + LIKE))
    run = RecordImport.objects.get()
    assert "Read, nothing tried yet" in said
    assert "Bring these lines in" not in said, "tried first"
    manager.post("import-start", run.pk)
    run.refresh_from_db()
    assert run.stage == Stage.READY
    assert "Being tried: 0 of 2 lines" in manager.post("import-try", run.pk)
    bring_in_records()
    said = manager.get("import-file", run.pk)
    assert "Nothing is stored yet." in said
    assert not Patient.objects.filter(family_name="Example").exists()
    manager.post("import-start", run.pk)
    bring_in_records()
    said = manager.get("import-file", run.pk)
    patient = Patient.objects.get(family_name="Example")
    assert "Likely duplicate" in said
    assert f"Record {patient.pk}" in said
    assert "It can be withdrawn as a whole until" in said
    manager.get("import-report", run.pk)
    lines = manager.last.content.decode().splitlines()
    assert lines[0] == "\ufeffline,type,outcome,why,like,record,id,source_id,withdrawn,kept_because"
    assert lines[1] == f"2,patient,added,,,{patient.pk},{patient.pk},,,"
    assert "Patients whom it registered are removed" in manager.get("import-withdraw", run.pk)
    manager.post("import-withdraw", run.pk)
    bring_in_records()
    assert "Withdrawn" in manager.get("import-file", run.pk)
    assert not Patient.objects.filter(family_name="Example").exists()
    verbs = ("import-read", "import-tried", "import-begun", "import-ended", "import-withdrawn")
    assert set(Entry.objects.filter(verb__startswith="import").values_list("verb", flat=True)) == set(verbs)


def test_columns_that_the_product_does_not_know_are_named_on_a_page(world: World, manager: Browser) -> None:
    said = manager.post("import-list", data=upload("Vorname,Nachname,geboren\nAnn,Example,2.4.1961\n"))
    run = RecordImport.objects.get()
    assert "Column Vorname" in said
    named = {"rows": "patient", "column_0": "given_name", "column_1": "given_name", "column_2": "date_of_birth"}
    said = manager.post("import-columns", run.pk, data=named, expect=422)
    assert "Two columns are named alike: given_name." in said
    said = manager.post("import-columns", run.pk, data={"rows": "patient"}, expect=422)
    assert "Say of at least one column what it holds." in said
    said = manager.post("import-columns", run.pk, data=named | {"rows": "patient", "column_1": "site"}, expect=422)
    assert "There is no such field: site." in said
    said = manager.post("import-columns", run.pk, data=named | {"column_1": "family_name"})
    assert "The columns are named" in said
    manager.post("import-try", run.pk)
    bring_in_records()
    assert run.lines.get().outcome == "added"


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "The file is empty."), ("given_name\n\x00\n", "Line 2 holds a character that cannot be stored.")],
    ids=["empty", "nul"],
)
def test_a_file_that_cannot_be_read_is_said_beside_the_form(
    world: World, manager: Browser, text: str, why: str
) -> None:
    assert why in manager.post("import-list", data=upload(text), expect=422)
    assert "Choose the file." in manager.post("import-list", data={}, expect=422)
    assert not RecordImport.objects.exists()


def test_nobody_else_imports_and_who_has_not_confirmed_who_they_are_does_so_first(
    world: World, reception: Browser, radiologist: Browser, manager: Browser
) -> None:
    run = brought(world.clinic, PATIENTS + ANN)
    for somebody in (reception, radiologist):
        somebody.get("import-list", expect=403)
        somebody.post("import-withdraw", run.pk, expect=403)
        somebody.post("import-start", run.pk, expect=403)
    stranger = Client()
    assert stranger.get(f"/clinic/import/{run.pk}/").status_code == 302


def test_a_part_of_the_page_shows_how_far_it_is(world: World, manager: Browser) -> None:
    manager.post("import-list", data=upload(PATIENTS + ANN))
    run = RecordImport.objects.get()
    manager.post("import-try", run.pk)
    part = manager.client.get(f"/clinic/import/{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Being tried: 0 of 1 lines" in part
    assert "<h1>" not in part
    steps.work(seconds=5, clock=lambda: world.clinic.now)
    part = manager.client.get(f"/clinic/import/{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part


def test_a_bundle_comes_in_by_the_pages_and_what_was_left_of_it_is_listed(world: World, manager: Browser) -> None:
    elbow = GIVEN | {"bodySite": [{"text": "Elbow"}]}
    manager.post("import-list", data=upload(bundle(HERSELF, elbow, GIVEN | {"id": "p2", "code": None}), "bundle.json"))
    run = RecordImport.objects.get()
    manager.post("import-try", run.pk)
    bring_in_records()
    said = manager.get("import-file", run.pk)
    assert "FHIR resources, 3 lines" in said
    assert "Lines to look at" in said
    assert "Procedure/p1" in said, "added, with what was not understood"
    assert "the text “Elbow” is not in the table of codes" in said
    assert "Procedure/p2" in said
    assert "Patient/a1" not in said, "nothing to look at"
    assert not Patient.objects.filter(family_name="Example").exists()

"""A patient's own copy: everything of theirs, nothing of anybody else, nobody who works here by name."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from injections.patient.keeping.held import HELD
from injections.patient.keeping.own_data import copy_of
from injections.patient.keeping.own_data_pdf import own_data_pdf
from injections.patient.notes import add_note
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Forbidden
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.injections.patient.keeping.canaries import CANARIES, somebody
from tests.pages_world import Browser


def held_of(clinic: Clinic, patient: Patient) -> dict[str, Any]:
    return copy_of(patient.pk, by=clinic.reception, now=NOW)


def test_whatever_says_how_the_patient_is_reached_is_in_it(world: World) -> None:
    """Each canary but the note on two records, which is about somebody else too."""
    text = json.dumps(held_of(world.clinic, somebody(world.clinic)), ensure_ascii=False)
    assert {name for name, value in CANARIES.items() if value not in text} == {"note"}


def test_it_says_what_was_booked_answered_found_and_decided_and_who_looked(world: World, reception: Browser) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient()
    clinic.delayed(patient, local("2026-03-24"), "2026-05-01")
    add_note(patient.pk, text="Walks with a stick", by=clinic.reception, now=NOW)
    reception.get("patient", patient.pk)
    copy = held_of(clinic, patient)
    for table in (
        "Appointments",
        "Assessments",
        "Decisions",
        "Screenings",
        "Pathways",
        "Imaging reports",
        "Notes",
        "Messages",
    ):
        assert copy["held"][table], table
    assert copy["held"]["Decisions"][0]["by"] == "Radiologist"
    assert copy["held"]["Notes"][0]["text"] == "Walks with a stick"
    assert {"at": copy["who_looked"][-1]["at"], "who": "Reception", "what": "Viewed: patient’s page"} == copy[
        "who_looked"
    ][-1]
    assert "Decision saved" in str(copy["what_was_done"]) or "Visit delayed" in str(copy["what_was_done"])


def test_nothing_of_another_patient_and_nobody_of_the_clinic_by_name(world: World) -> None:
    """Beside them in a class, alike to them, merged with somebody else, on one page of the trail with them."""
    clinic = world.clinic
    patient, other = clinic.fit_patient("Birch"), clinic.fit_patient("Othermann", phone="07700 900777")
    for one in (patient, other):
        clinic.book(one, local("2026-03-24"), kind="exercise-class")
    seen = {"actor_kind": "system", "actor_name": "system", "verb": "viewed", "subject": "calendar"}
    Entry.objects.create(at=NOW, **seen, patient_ids=[patient.pk, other.pk])
    text = json.dumps(held_of(clinic, patient), ensure_ascii=False)
    assert "Birch" in text
    assert "Othermann" not in text
    assert "900777" not in text
    assert not [user.email for user in clinic.users.values() if user.email in text]
    assert "Othermann" in json.dumps(held_of(clinic, other)), "control"


def test_merged_records_are_in_it_and_the_merged_one_leads_to_it(world: World, reception: Browser) -> None:
    patient = somebody(world.clinic)
    merged = Patient.objects.get(merged_into=patient)
    assert {row["id"] for row in held_of(world.clinic, patient)["held"]["Patients"]} == {patient.pk, merged.pk}
    with pytest.raises(Conflict):
        held_of(world.clinic, merged)


def test_the_pdf_reads_like_the_rest(world: World) -> None:
    patient = somebody(world.clinic)
    copy = held_of(world.clinic, patient)
    pages = PdfReader(BytesIO(own_data_pdf(copy))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert f"holds about {patient}" in text
    assert CANARIES["email"] in text
    for heading in copy["held"]:
        assert heading in text
    assert "Who looked at the record" in text
    assert own_data_pdf(copy) == own_data_pdf(copy)


def test_both_files_come_by_the_page_and_stand_on_the_trail(world: World, reception: Browser) -> None:
    patient = somebody(world.clinic)
    reception.get("patient", patient.pk)
    assert f"/patients/{patient.pk}/copy/" in reception.html
    reception.get("patient-copy", patient.pk)
    for kind, mime in (("pdf", "application/pdf"), ("json", "application/json")):
        note = re.findall(r'name="made_for" value="([^"]+)"', reception.html)
        sent = {"form": kind, "made_for": note[0] if note else ""}
        answer = reception.client.post(f"/patients/{patient.pk}/copy/", sent)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, mime)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="record-{patient.pk}.{kind}"'
    assert json.loads(answer.content)["name"] == f"{patient}"
    assert Entry.objects.filter(verb="patient-copied", subject=f"patient:{patient.pk}").count() == 2
    assert Entry.objects.filter(verb="viewed", subject="patient-copy").exists()
    reception.post("patient-copy", patient.pk, data={"form": "xml"}, expect=422)
    assert list(reception.last.context["form"].errors) == ["form"]


def test_it_costs_as_many_questions_for_many_rows_as_for_few(world: World) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient()

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            held_of(clinic, patient)
        return len(asked)

    add_note(patient.pk, text="One", by=clinic.reception, now=NOW)
    few = count()
    for number in range(5):
        add_note(patient.pk, text=f"Note {number}", by=clinic.reception, now=NOW)
        clinic.answer(patient)
    assert count() == few


def test_a_radiologist_does_not_make_it(world: World, radiologist: Browser) -> None:
    patient = world.clinic.patient()
    radiologist.get("patient-copy", patient.pk, expect=403)
    with pytest.raises(Forbidden):
        copy_of(patient.pk, by=world.clinic.radiologist, now=NOW)


def test_what_is_left_out_says_why() -> None:
    left_out = {label for label, one in HELD.items() if one.paths and one.not_copied}
    assert left_out == {
        "scheduling.PossibleDuplicate",
        "injections.ProcedureDraft",
        "injections.ImportLine",
        "injections.UnjudgedPatient",
    }

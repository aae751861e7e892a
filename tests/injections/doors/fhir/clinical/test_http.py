"""Every clinical type over HTTP: found by its patient, read by its id, by whose role, in as many queries for more."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.doors.coded.own import system_of
from injections.doors.coded.questionnaire import CANONICAL
from injections.doors.fhir.clinical.types import CLINICAL
from injections.models import Call
from injections.patient.keeping.erase import AskedToErase, erase
from injections.worklists.close_call import close_call
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import viewed
from pht_clinic.permissions import roles_that_may
from scheduling.models import Patient
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.conftest import as_user, found, only, said

NAMES = [one.name for one in CLINICAL]
OF_DESK = [name for name in NAMES if name != "AuditEvent"]
START = local("2026-03-24")


def whole(clinic: Clinic, name: str = "Birch") -> Patient:
    """A patient of whom there is something of every type."""
    patient = clinic.fit_patient(name)
    clinic.known(patient)
    clinic.earlier_injection(patient, "2025-08", site="hip-joint", side="right", drug="Triamcinolone 40 mg")
    clinic.answer(patient, {"fever": "yes"})
    assert clinic.book(patient, START).appointment is None
    return patient


def reader_of(name: str) -> str:
    return "manager" if name == "AuditEvent" else "reception"


def test_every_type_is_found_by_its_patient_and_read_by_its_id(clinic: Clinic) -> None:
    patient = whole(clinic)
    for name in NAMES:
        fhir = as_user(clinic, reader_of(name))
        listed = found(fhir.get(name, {"patient": f"Patient/{patient.pk}"}))
        assert listed, name
        for one in listed:
            assert only(fhir.get(f"{name}/{one['id']}")) == one
        other = clinic.patient(f"Other{name}")
        if name != "AuditEvent":
            assert found(fhir.get(name, {"patient": str(other.pk)})) == [], name


def test_an_id_that_nothing_has_is_not_found(clinic: Clinic) -> None:
    for name in NAMES:
        fhir = as_user(clinic, reader_of(name))
        for wrong in ("0", "999999999", "999999999-fever", "x"):
            assert f"There is no {name}/{wrong} here." in said(fhir.get(f"{name}/{wrong}"), 404)


def test_what_a_role_does_not_see_is_refused(clinic: Clinic) -> None:
    for kind in CLINICAL:
        for role in ("reception", "radiologist", "manager"):
            status = 200 if role in roles_that_may(kind.action) else 403
            assert as_user(clinic, role).get(kind.name, {"_count": 1}).status_code == status, (kind.name, role)


def test_an_entry_of_several_patients_is_a_view_of_each(clinic: Clinic) -> None:
    both = [clinic.patient("One").pk, clinic.patient("Two").pk]
    viewed(by=clinic.radiologist, now=clinic.now, patients=both, what="patient-notes")
    entry = Entry.objects.latest("pk")
    only(as_user(clinic, "manager").get(f"AuditEvent/{entry.pk}"))
    assert Entry.objects.latest("pk").patient_ids == both


def queries(clinic: Clinic, name: str) -> int:
    fhir = as_user(clinic, reader_of(name))
    fhir.get(name)
    with CaptureQueriesContext(connection) as seen:
        only(fhir.get(name))
    return len(seen)


def test_more_rows_cost_no_more_queries(clinic: Clinic) -> None:
    whole(clinic)
    before = {name: queries(clinic, name) for name in NAMES}
    for name in ("Ash", "Cole"):
        whole(clinic, name)
    assert {name: queries(clinic, name) for name in NAMES} == before


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize(
    ("name", "param", "hits", "misses"),
    [
        ("Procedure", "status", "completed", "not-done"),
        ("Procedure", "date", "2025-08", "2025-09"),
        ("Procedure", "date", "2025", "2025-08-14"),
        ("Procedure", "date", "ge2025-08", "gt2025-08"),
        ("DiagnosticReport", "status", "final", "corrected"),
        ("DiagnosticReport", "date", "2026-02-23", "lt2026-02-23"),
        ("AllergyIntolerance", "clinical-status", "active", "inactive"),
        ("Condition", "recorded-date", "2026-03-02", "2026-03-01"),
        ("MedicationStatement", "status", "active", "entered-in-error"),
        ("DetectedIssue", "identified", "2026-03-02", "gt2026-03-02"),
        ("Task", "status", "requested", "completed"),
        ("Task", "code", "red-flag", "complication"),
        ("Task", "authored-on", "2026-03", "2026-04"),
        ("Procedure", "status", "http://hl7.org/fhir/event-status|completed", "urn:x|completed"),
        ("DiagnosticReport", "status", "http://hl7.org/fhir/diagnostic-report-status|", "urn:x|"),
        ("MedicationStatement", "status", "|active", "http://hl7.org/fhir/event-status|active"),
        ("Task", "status", "http://hl7.org/fhir/task-status|requested", "http://hl7.org/fhir/task-status|completed"),
        ("Task", "code", f"{system_of('call')}|", f"{system_of('audit')}|"),
        ("Provenance", "recorded", "2026-03-02", "2026-03-03"),
        ("QuestionnaireResponse", "_lastUpdated", "2026-03-02", "2026-03-03"),
    ],
    ids=lambda value: str(value).replace("-", "_"),
)
def test_each_parameter_finds_what_it_says(clinic: Clinic, name: str, param: str, hits: str, misses: str) -> None:
    whole(clinic)
    fhir = as_user(clinic, reader_of(name))
    assert found(fhir.get(name, {param: hits}, prefer="handling=strict"))
    assert found(fhir.get(name, {param: misses}, prefer="handling=strict")) == []


def test_everything_of_a_patient_has_each_type_that_is_of_patients(clinic: Clinic) -> None:
    patient = whole(clinic)
    document: Any = only(as_user(clinic, "radiologist").get(f"Patient/{patient.pk}/$everything", {"_count": 200}))
    kinds = {one["resource"]["resourceType"] for one in document["entry"]}
    assert kinds >= {*NAMES} - {"AuditEvent", "Provenance"}


def test_whoever_was_erased_is_left_out_for_reception(clinic: Clinic) -> None:
    patient = whole(clinic)
    call = Call.objects.get(patient=patient)
    close_call(call.pk, reached="patient", spoke_to="Them", said="Well", by=clinic.radiologist, now=clinic.now)
    asked = AskedToErase(reason_code="asked", reason="By letter", number=str(patient.pk))
    erase(patient.pk, asked, by=clinic.manager, now=clinic.now)
    for name in OF_DESK:
        assert found(as_user(clinic, "reception").get(name, {"patient": str(patient.pk)})) == [], name
    assert found(as_user(clinic, "radiologist").get("Procedure", {"patient": str(patient.pk)}))


def test_the_questionnaire_is_found_by_its_canonical_address_and_read_by_its_id(clinic: Clinic) -> None:
    fhir = as_user(clinic, "manager")
    [one] = found(fhir.get("Questionnaire", {"url": CANONICAL}))
    assert found(fhir.search("Questionnaire", {"_id": one["id"]})) == [one]
    assert only(fhir.get(f"Questionnaire/{one['id']}")) == one
    assert found(fhir.get("Questionnaire", {"url": "https://other.example"})) == []
    assert "There is no Questionnaire/1 here." in said(fhir.get("Questionnaire/1"), 404)
    assert "url:" in said(fhir.get("Questionnaire", {"url:below": "x"}), 400)


def test_what_a_row_makes_several_of_is_found_by_its_id_alone_and_not_counted_by_rows(clinic: Clinic) -> None:
    whole(clinic)
    fhir = as_user(clinic, "reception")
    for name in ("DetectedIssue", "QuestionnaireResponse"):
        every = only(fhir.get(name))
        assert "total" not in every
        first, second, *_ = (one["resource"] for one in every["entry"])
        assert found(fhir.get(name, {"_id": second["id"]})) == [second]
        both = found(fhir.get(name, {"_id": f"{first['id']},{second['id']}"}))
        assert both == [first, second]
    assert only(fhir.get("Procedure"))["total"] == 1

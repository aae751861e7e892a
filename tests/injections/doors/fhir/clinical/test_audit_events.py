"""Entries of the audit trail as AuditEvent: who, what, when, by which door, and whose record."""

from __future__ import annotations

from injections.doors.coded.own import system_of
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import viewed
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import shown


def test_each_entry_is_one_with_whose_record_it_was(clinic: Clinic) -> None:
    patient = clinic.patient()
    row = clinic.allergy(patient)
    told = shown(clinic, "AuditEvent", by=clinic.manager)
    assert [one["id"] for one in told] == [str(pk) for pk in Entry.objects.order_by("pk").values_list("pk", flat=True)]
    last = told[-1]
    assert last["subtype"] == [
        {"system": system_of("audit"), "code": "allergy-recorded", "display": "Allergy recorded"}
    ]
    assert (last["type"]["code"], last["action"], last["outcome"]) == ("110110", "C", "0")
    assert last["recorded"] == "2026-03-02T09:00:00Z"
    [agent] = last["agent"]
    assert (agent["who"], agent["requestor"]) == ({"display": "reception"}, True)
    assert agent["role"][0]["coding"][0]["code"] == "reception"
    patient_entity, about = last["entity"]
    assert patient_entity["what"] == {"reference": f"Patient/{patient.pk}"}
    assert about == {"name": f"allergyintolerance:{row.pk}"}


def test_what_was_looked_at_is_read_and_said_in_words(clinic: Clinic) -> None:
    patient = clinic.patient()
    viewed(by=clinic.radiologist, now=clinic.now, patients=[patient.pk], what="patient-notes")
    last = shown(clinic, "AuditEvent", by=clinic.manager)[-1]
    assert (last["action"], last["subtype"][0]["display"]) == ("R", "Viewed: patient’s notes")


def test_a_refusal_is_no_success(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-02-20")
    clinic.book(patient, clinic.now.replace(day=24))
    told = {one["subtype"][0]["code"]: one for one in shown(clinic, "AuditEvent", by=clinic.manager)}
    assert told["booking-refused"]["outcome"] == "4"
    assert told["injection-recorded"]["outcome"] == "0"

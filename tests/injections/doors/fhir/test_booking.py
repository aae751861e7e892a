"""Booking by an Appointment: the same gate, answered in FHIR's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from injections.models import Assessment
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Patient
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.conftest import Fhir, as_user, found, only, said

OWN = "https://pht-clinic.example/fhir"
SNOMED = "http://snomed.info/sct"
LEFT = {"coding": [{"system": SNOMED, "code": "7771000"}]}
HAMSTRING = {"coding": [{"system": f"{OWN}/CodeSystem/site", "code": "hamstring-origin"}]}
START = local("2026-03-10")


def sent(clinic: Clinic, patient: Patient, **values: Any) -> dict[str, Any]:
    """What books a left hamstring-origin injection."""
    actors = (f"Patient/{patient.pk}", f"Practitioner/{clinic.practitioner.pk}", f"Location/{clinic.room.pk}")
    document = {
        "resourceType": "Appointment",
        "status": "proposed",
        "serviceType": [{"coding": [{"system": f"{OWN}/CodeSystem/service", "code": "injection"}]}],
        "reasonCode": [HAMSTRING, LEFT],
        "start": START.isoformat(),
        "participant": [{"actor": {"reference": one}, "status": "needs-action"} for one in actors],
        **values,
    }
    return {name: value for name, value in document.items() if value is not None}


def post(fhir: Fhir, document: object, **headers: str) -> Any:
    return fhir.post("Appointment", json.dumps(document), **headers)


def expressions(response: Any, status: int = 422) -> set[str]:
    return {path for one in only(response, status)["issue"] for path in one.get("expression", [])}


def test_clear_is_booked_and_reads_as_it_was_sent(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    response = post(fhir, sent(clinic, patient))
    document = only(response, 201)
    visit = Appointment.objects.get()
    assert document["status"] == visit.status == "booked"
    assert response.headers["Location"] == f"http://testserver/fhir/R4/Appointment/{visit.pk}"
    read = fhir.get(f"Appointment/{visit.pk}")
    assert only(read) == document
    assert read.headers["ETag"] == response.headers["ETag"]
    assert [wanted.site for wanted in visit.injection_request.wanted] == ["hamstring-origin"]
    again = {**document, "status": "booked", "start": local("2026-03-10", "11:00").isoformat()}
    again = {name: value for name, value in again.items() if name != "end"}
    assert "safety check does not allow this" in said(post(fhir, again), 422), (
        "too soon after the first, and understood"
    )


def test_what_needs_review_is_pending_and_says_why(fhir: Fhir, world: World) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient("Cole")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    document = only(post(fhir, sent(clinic, patient), Prefer="return=OperationOutcome"), 201)
    assert document["resourceType"] == "OperationOutcome"
    assert document["issue"][0]["diagnostics"].startswith("It is pending")
    assert {one["severity"] for one in document["issue"]} >= {"information", "warning"}
    assert Appointment.objects.get().status == "pending"


def test_blocked_is_refused_with_its_findings_and_stores_no_visit(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    document = only(post(fhir, sent(clinic, patient)), 422)
    assert not Appointment.objects.exists()
    kept = Assessment.objects.latest("pk")
    contained = {one["id"]: one for one in document["contained"]}
    assert [one["code"]["coding"][0]["code"] for one in contained.values()] == [one["rule"] for one in kept.findings]
    named = [one["extension"][0]["valueReference"]["reference"] for one in document["issue"][1:]]
    assert named == [f"#{pk}" for pk in contained]
    assert document["issue"][1]["severity"] == "error"


def test_an_override_reason_asks_a_radiologist(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    why = {"url": f"{OWN}/StructureDefinition/override-reason", "valueString": "Seen by the GP today"}
    document = only(post(fhir, sent(clinic, patient, extension=[why])), 201)
    assert document["status"] == "pending"
    assert {one["status"] for one in document["participant"]} == {"tentative"}


def test_a_time_that_is_taken_is_a_conflict(fhir: Fhir, clinic: Clinic) -> None:
    assert post(fhir, sent(clinic, clinic.fit_patient("Birch"))).status_code == 201
    response = post(fhir, sent(clinic, clinic.fit_patient("Ash")))
    assert "taken" in said(response, 409) or "has" in said(response, 409)
    assert Appointment.objects.count() == 1


def test_a_repeated_key_gets_the_first_answer(fhir: Fhir, clinic: Clinic) -> None:
    document = sent(clinic, clinic.fit_patient())
    first, second = (post(fhir, document, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert only(first, 201) == only(second, 201)
    assert second.headers["Location"] == first.headers["Location"]
    assert Appointment.objects.count() == 1
    other = post(fhir, {**document, "comment": "Other"}, **{"Idempotency-Key": "one"})
    assert "another body" in said(other, 422)


def test_a_slot_says_what_is_left_out(fhir: Fhir, clinic: Clinic) -> None:
    """And must not contradict what is said."""
    patient = clinic.fit_patient()
    slot = f"injection.{clinic.practitioner.pk}.{clinic.room.pk}.{START:%Y%m%dT%H%M}Z"
    who = [{"actor": {"reference": f"Patient/{patient.pk}"}, "status": "accepted"}]
    document = sent(clinic, patient, start=None, participant=who, slot=[{"reference": f"Slot/{slot}"}])
    late = {**document, "start": local("2026-03-10", "11:00").isoformat()}
    assert expressions(post(fhir, late)) == {"Appointment.slot[0]"}
    assert expressions(post(fhir, {**document, "slot": [{"reference": "Slot/1"}]})) >= {"Appointment.slot[0]"}
    assert expressions(post(fhir, {**document, "end": local("2026-03-10", "11:00").isoformat()})) == {"Appointment.end"}
    assert not Appointment.objects.exists()
    assert only(post(fhir, document), 201)["start"] == START.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("base", ["https://other-ehr.example/fhir/", "http://testserver/other/"])
def test_what_another_server_calls_so_is_nobody_and_no_time_of_ours(fhir: Fhir, clinic: Clinic, base: str) -> None:
    document = sent(clinic, clinic.fit_patient())
    slot = f"injection.{clinic.practitioner.pk}.{clinic.room.pk}.{START:%Y%m%dT%H%M}Z"
    document["slot"] = [{"reference": f"Slot/{slot}"}]
    elsewhere = json.loads(json.dumps(document))
    named = [one["actor"] for one in elsewhere["participant"]] + elsewhere["slot"]
    for one in named:
        one["reference"] = f"{base}{one['reference']}"
    places = {f"Appointment.participant[{number}].actor" for number in range(3)} | {"Appointment.slot[0]"}
    assert expressions(post(fhir, elsewhere)) >= places
    assert not Appointment.objects.exists()
    for one in named:
        one["reference"] = one["reference"].replace(base, "http://testserver/fhir/R4/")
    assert only(post(fhir, elsewhere), 201)["status"] == "booked"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"status": "pending"}, {"Appointment.status"}),
        ({"priority": 1, "description": "x"}, {"Appointment.priority", "Appointment.description"}),
        ({"serviceType": [{"text": "Injection"}]}, {"Appointment.serviceType"}),
        ({"reasonCode": [LEFT]}, {"Appointment.reasonCode"}),
        ({"reasonCode": [HAMSTRING]}, {"Appointment.reasonCode"}),
        ({"reasonCode": None}, {"Appointment.reasonCode"}),
        ({"reasonCode": [HAMSTRING, LEFT, {"text": "Hip"}]}, {"Appointment.reasonCode[2]"}),
        ({"start": None}, {"Appointment.start"}),
        ({"minutesDuration": 20}, {"Appointment.minutesDuration"}),
        ({"end": "2026-03-10T11:00:00Z"}, {"Appointment.end"}),
        ({"extension": [{"url": "urn:x", "valueString": "x"}]}, {"Appointment.extension[0]"}),
        ({"contained": [{"resourceType": "Patient", "id": "p"}]}, {"Appointment.contained[0]"}),
        ({"basedOn": [{"reference": "ServiceRequest/1"}]}, {"Appointment.basedOn[0]"}),
        ({"comment": "x" * 5000}, {"Appointment.comment"}),
        (
            {
                "participant": [
                    {"actor": {"reference": "Patient/1", "identifier": {"value": "2"}}, "status": "declined"},
                    {"actor": {"reference": "Practitioner/1"}, "status": "accepted", "required": "optional"},
                ]
            },
            {
                "Appointment.participant[0].status",
                "Appointment.participant[0].actor.identifier",
                "Appointment.participant[1].required",
            },
        ),
        ({"participant": [{"actor": {"reference": "Device/1"}, "status": "accepted"}]}, set()),
        ({"status": "pending", "start": None, "comment": "x" * 5000}, {"Appointment.status", "Appointment.comment"}),
    ],
    ids=[
        *("status", "elements", "kind", "no-site", "no-side", "no-reason", "reason-in-words", "no-start", "minutes"),
        *(
            "end",
            "extension",
            "contained",
            "order-elsewhere",
            "long-comment",
            "said-of-participants",
            "participants",
            "all-at-once",
        ),
    ],
)
def test_each_element_that_is_wrong_is_named(
    fhir: Fhir, clinic: Clinic, values: dict[str, Any], wrong: set[str]
) -> None:
    """All at once, and nothing is stored."""
    response = post(fhir, sent(clinic, clinic.fit_patient(), **values))
    named = expressions(response)
    assert wrong <= named, named
    if not wrong:
        assert "Appointment.participant[0].actor" in named
    assert not Appointment.objects.exists()
    assert not Assessment.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"resourceType": "Patient"}', 400),
        (b'{"resourceType": "Nothing"}', 400),
        (b'{"resourceType": "Appointment", "status": "booked"}', 400),
        (b'{"resourceType": "Appointment", "status": 5, "participant": [], "foo": 1}', 400),
    ],
    ids=["no-json", "a-list", "another-type", "no-type", "too-little", "wrong-types"],
)
def test_what_is_no_appointment_is_refused(fhir: Fhir, body: bytes, status: int) -> None:
    assert said(fhir.post("Appointment", body), status)
    assert not Entry.objects.filter(verb="book").exists()


def test_other_ways_of_asking_are_refused(fhir: Fhir, clinic: Clinic) -> None:
    document = sent(clinic, clinic.fit_patient())
    assert "Idempotency-Key" in said(post(fhir, document, **{"If-None-Exist": "identifier=x"}), 400)
    assert said(fhir.post("Appointment", "<Appointment/>", "application/fhir+xml"), 415)
    assert said(post(as_user(clinic, "manager"), document), 403)
    assert said(fhir.client.put("/fhir/R4/Appointment/1", "{}", "application/fhir+json"), 405)
    assert not Appointment.objects.exists()


def test_a_booking_is_one_view_row_and_on_the_trail(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    before = Entry.objects.count()
    assert post(fhir, sent(clinic, patient)).status_code == 201
    rows = list(Entry.objects.order_by("pk"))[before:]
    assert [row.patient_ids for row in rows if row.verb == "viewed"] == [[patient.pk]]
    assert any(row.subject.startswith("appointment:") and row.door == "api" for row in rows)


def test_visits_are_searched(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    pk = only(post(fhir, sent(clinic, patient)), 201)["id"]
    for query, fits in (
        ({"patient": f"Patient/{patient.pk}"}, True),
        ({"patient": "99999"}, False),
        ({"patient": f"http://testserver/fhir/R4/Patient/{patient.pk}"}, True),
        ({"date": "2026-03-10", "status": "booked,pending"}, True),
        ({"date": ["ge2026-03-01", "lt2026-03-10"]}, False),
        ({"practitioner": str(clinic.practitioner.pk), "location": str(clinic.room.pk)}, True),
        ({"service-type": f"{OWN}/CodeSystem/service|injection"}, True),
        ({"service-type": "urn:other|injection"}, False),
        ({"service-type": f"{OWN}/CodeSystem/service|"}, True),
        ({"status": "http://hl7.org/fhir/appointmentstatus|booked"}, True),
        ({"status": "http://hl7.org/fhir/appointmentstatus|"}, True),
        ({"status": "urn:other|booked"}, False),
        ({"_lastUpdated": "lt2026-03-01"}, False),
    ):
        ids = [one["id"] for one in found(fhir.get("Appointment", query))]
        assert ids == ([pk] if fits else []), query
    elsewhere = {"patient": f"https://other-ehr.example/fhir/Patient/{patient.pk}"}
    assert "another server" in said(fhir.get("Appointment", elsewhere), 400)
    assert "another server" in said(fhir.search("Appointment", elsewhere), 400)

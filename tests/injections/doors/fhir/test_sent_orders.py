"""Visits with several injections as they are sent: what an order says counts, and nothing of it is lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.conftest import Fhir, only
from tests.injections.doors.fhir.test_booking import HAMSTRING, LEFT, OWN, expressions, post, sent

TROCHANTERIC = {"coding": [{"system": f"{OWN}/CodeSystem/site", "code": "trochanteric-bursa"}]}
BOTH_HURT = {"url": f"{OWN}/StructureDefinition/override-reason", "valueString": "Both hurt"}


def with_orders(clinic: Clinic, patient: Patient, **values: Any) -> dict[str, Any]:
    """Two injections, each an order; `values` are said by the second one."""
    plain = {"resourceType": "ServiceRequest", "status": "active", "intent": "order"}
    orders = [
        {**plain, "id": f"i{number}", "subject": {"reference": f"Patient/{patient.pk}"}, "bodySite": [site, LEFT]}
        for number, site in enumerate((HAMSTRING, TROCHANTERIC))
    ]
    orders[1] |= values
    based = [{"reference": "#i0"}, {"reference": "#i1"}]
    return sent(clinic, patient, reasonCode=None, contained=orders, basedOn=based, extension=[BOTH_HURT])


def test_a_visit_with_several_injections_is_sent_as_it_is_shown(fhir: Fhir, clinic: Clinic) -> None:
    """And what is shown can be sent again."""
    patient = clinic.fit_patient()
    shown = only(post(fhir, with_orders(clinic, patient)), 201)
    assert [one.site for one in Appointment.objects.get().injection_request.wanted] == [
        "hamstring-origin",
        "trochanteric-bursa",
    ]
    assert [one["reference"] for one in shown["basedOn"]] == ["#injection-1", "#injection-2"]
    assert len(shown["contained"]) == 2
    again = {**shown, "status": "booked", "start": local("2026-03-10", "11:00").isoformat()}
    named = expressions(post(fhir, {name: value for name, value in again.items() if name != "end"}))
    assert named == set(), "refused by the safety check, and understood"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"doNotPerform": True}, "doNotPerform"),
        ({"status": "revoked"}, "status"),
        ({"intent": "plan"}, "intent"),
        ({"subject": {"reference": "Patient/99999"}}, "subject"),
        ({"subject": {"reference": "https://other.example/fhir/Patient/1"}}, "subject"),
        ({"code": {"text": "Physiotherapy"}}, "code"),
        ({"quantityQuantity": {"value": 2}, "note": [{"text": "Twice"}]}, "note"),
        ({"bodySite": [TROCHANTERIC, LEFT, {"text": "Knee"}]}, "bodySite[2]"),
        ({"orderDetail": [{"text": "Into the tendon"}]}, "orderDetail[0]"),
    ],
    ids=["not", "revoked", "plan", "another-patient", "elsewhere", "kind", "elements", "site", "target"],
)
def test_what_an_order_says_is_never_lost(fhir: Fhir, clinic: Clinic, values: dict[str, Any], wrong: str) -> None:
    document = with_orders(clinic, clinic.fit_patient(), **values)
    assert f"Appointment.contained[1].{wrong}" in expressions(post(fhir, document))
    assert not Appointment.objects.exists()


def test_everything_that_is_wrong_with_orders_is_named_at_once(fhir: Fhir, clinic: Clinic) -> None:
    document = with_orders(clinic, clinic.fit_patient(), status="revoked", doNotPerform=True)
    document["contained"][0]["orderDetail"] = [{"text": "Into the tendon"}]
    document["participant"][0]["status"] = "declined"
    named = expressions(post(fhir, json.loads(json.dumps(document))))
    assert named >= {
        "Appointment.contained[0].orderDetail[0]",
        "Appointment.contained[1].status",
        "Appointment.contained[1].doNotPerform",
        "Appointment.participant[0].status",
    }


def test_orders_are_of_visits_that_inject(fhir: Fhir, clinic: Clinic) -> None:
    kind = [{"coding": [{"system": f"{OWN}/CodeSystem/service", "code": "follow-up"}]}]
    document = {**with_orders(clinic, clinic.fit_patient()), "serviceType": kind}
    assert expressions(post(fhir, document)) >= {"Appointment.contained", "Appointment.basedOn"}
    assert not Appointment.objects.exists()

"""What leaves by `$everything` and is read back by the table of codes is judged as the record itself is.

But for plans of the patient's own and decisions on earlier visits, which are no resource of their own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any

from injections.doors.coded.facts import read_facts
from injections.doors.coded.resources import parse_resource
from injections.doors.fhir.everything import OF_PATIENTS
from injections.facts.history import history_about
from injections.facts.policy import effective_policy
from injections.models import Call
from injections.safety.assess import assess
from injections.safety.facts import Facts, Request
from pht_clinic import clock
from scheduling.models import Appointment, Patient
from tests.clinic import Clinic, local

STARTS = (local("2026-03-24"), local("2026-08-04"))
PLACES = (("hamstring-origin", "left"), ("hamstring-origin", "right"), ("hip-joint", "right"))


def exported(clinic: Clinic) -> dict[str, list[Any]]:
    """The resources of `$everything` of every patient, by reference, each written as JSON and read again."""
    found: dict[str, list[Any]] = defaultdict(list)
    for kind in OF_PATIENTS:
        for one in kind.resources(list(kind.rows(clinic.radiologist, clinic.now))):
            document = json.loads(one.model_dump_json())
            found[_whose(document)].append(parse_resource(document))
    return found


def _whose(document: dict[str, Any]) -> str:
    if document["resourceType"] == "Patient":
        return f"Patient/{document['id']}"
    actors = [one["actor"] for one in document.get("participant", ())]
    subjects = [document[name] for name in ("subject", "patient", "for") if name in document]
    named = [one["reference"] for one in (*subjects, *actors) if "reference" in one]
    return next(reference for reference in named if reference.startswith("Patient/"))


def requests() -> Iterator[Request]:
    for start, (site, side) in product(STARTS, PLACES):
        end = start.replace(minute=30)
        yield Request(site=site, side=side, start=start, end=end, targets=("peritendinous",))


def judged(facts: Facts) -> dict[str, Any]:
    judgement = assess(facts, policy=effective_policy())
    rules = {finding.rule: finding.severity.value for finding in judgement.findings}
    return {"verdict": judgement.verdict.value, "rules": rules, "from": (judgement.review_from, judgement.clear_from)}


def differences(resources: list[Any], patient: Patient, now: datetime) -> Iterator[str]:
    """Each request of which the record and what was exported lead to another judgement."""
    history = history_about(patient, now=now)
    for request in requests():
        ours = judged(replace(history.facts(request), activities=(), decisions=()))
        read = read_facts(resources, request=request, zone=clock.zone(), policy=effective_policy())
        theirs = judged(read.facts)
        if ours != theirs:
            left = [f"{one.reference}: {one.reason}" for one in read.unread]
            yield f"{patient}, {request.site} {request.side} {request.start:%d %b}:\n  {ours}\n  {theirs}\n  {left}"


def unlike(clinic: Clinic) -> list[str]:
    """Of every patient what is judged otherwise out of what was exported."""
    resources, found = exported(clinic), []
    for patient in Patient.objects.filter(merged_into=None, erasure=None):
        found += differences(resources[f"Patient/{patient.pk}"], patient, clinic.now)
    return found


def test_what_is_exported_is_judged_as_the_record_is(clinic: Clinic) -> None:
    patient, other = clinic.fit_patient("Birch"), clinic.fit_patient("Cole")
    clinic.known(patient)
    clinic.earlier_injection(patient, "2025-12")
    clinic.earlier_injection(
        patient, None, steroid=None, site="hip-region-unspecified", side="unknown", confirm_new=True
    )
    clinic.answer(
        patient, {"fever": "yes", "diabetes": "yes"}, diabetes_poorly_controlled="not-sure", injury_on="2025-12-01"
    )
    clinic.report(other, modality="mri", tear="full", tear_grade="3", tear_size_mm=9)
    clinic.book(other, local("2026-04-21"), override_reason="Please look")
    clinic.pathway(other, physiotherapy="not-possible", not_possible_reason="No therapist near", response=None)
    assert Call.objects.exists()
    assert Appointment.objects.exists()
    assert unlike(clinic) == []


def test_a_difference_would_be_seen(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2025-12")
    resources = [one for one in exported(clinic)[f"Patient/{patient.pk}"] if one.get_resource_type() != "Procedure"]
    assert [*differences(resources, patient, clinic.now)]

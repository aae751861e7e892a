"""What a clinic exports as FHIR resources comes into another and leaves it the same, as far as both sides have it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import pytest

from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.wanted import WantedRecords
from tests.api_world import World
from tests.clinic import Clinic
from tests.injections.doors.records.coming.bringing import brought, json_lines, outcomes, said
from tests.injections.doors.records.leaving.test_round_trip import exported

pytestmark = pytest.mark.django_db
COMPARED: Final = {
    "Patient": (
        *("identifier", "name", "telecom", "birthDate", "deceasedDateTime", "address", "contact", "communication"),
        "generalPractitioner",
    ),
    "Procedure": ("status", "code", "performedDateTime", "bodySite", "note", "contained"),
    "AllergyIntolerance": ("clinicalStatus", "code", "onsetDateTime", "reaction", "note"),
    "Condition": ("clinicalStatus", "code", "onsetDateTime", "note"),
    "MedicationStatement": ("status", "medicationCodeableConcept", "effectivePeriod", "note"),
    "DiagnosticReport": ("category", "code", "effectiveDateTime", "performer", "conclusion", "conclusionCode"),
    "QuestionnaireResponse": ("extension", "questionnaire", "status", "item"),
}
"""What both sides have of each type, its patient apart: not who recorded it here, and when."""


def content(resources: Iterable[dict[str, Any]]) -> list[str]:
    """What stands, whose it is by the number and the name of the patient; what was given here stays there."""
    every = [one for one in resources if one["resourceType"] in COMPARED and not is_left(one)]
    people = [one["id"] for one in every if one["resourceType"] == "Patient"]
    found = []
    for one in every:
        whose = one["id"] if one["resourceType"] == "Patient" else (one.get("subject") or one["patient"])["reference"]
        said_of_it = {name: one.get(name) for name in COMPARED[one["resourceType"]]}
        if one["resourceType"] == "QuestionnaireResponse" and "screening" in json.dumps(one["item"][0]["linkId"]):
            said_of_it |= {"authored": one.get("authored"), "by": (one.get("author") or {}).get("display")}
        found.append(json.dumps([people.index(whose.removeprefix("Patient/")), one["resourceType"], said_of_it]))
    return sorted(found)


def is_left(resource: dict[str, Any]) -> bool:
    """Whether it holds no more, or is of this clinic alone."""
    is_in_error = "entered-in-error" in json.dumps([resource.get("status"), resource.get("verificationStatus")])
    is_merged = any(one["type"] == "replaced-by" for one in resource.get("link", ()))
    is_ours = resource["resourceType"] == "Procedure" and bool(resource.get("performer"))
    return is_in_error or is_merged or is_ours


def resources_of(clinic: Clinic) -> list[dict[str, Any]]:
    wanted = WantedRecords.now(form="fhir", now=clinic.now)
    return [json.loads(line) for line in "".join(texts(wanted)).splitlines()]


@pytest.mark.full_trial(one_in=2)
def test_what_a_clinic_exports_as_fhir_comes_in_and_leaves_the_same(world: World) -> None:
    """A whole clinic: names, injections of elsewhere, allergies, conditions, medicines, reports, answers by place."""
    first = exported(world, resources_of)
    run = brought(world.clinic, json_lines(first))
    assert not set(outcomes(run)) & {"refused", "likely-duplicate"}, said(run)
    mine, again = content(first), content(resources_of(world.clinic))
    assert {json.loads(one)[1] for one in mine} == COMPARED.keys()
    assert not set(mine) - set(again)
    assert {json.loads(one)[1] for one in set(again) - set(mine)} == {"Procedure"}, "given here, elsewhere from there"

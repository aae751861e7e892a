"""Findings of an examination carry who recorded them and since when; a yes counts whoever said it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.answers.pathway import change_pathway, pathway_versions
from injections.booking.book import check
from injections.booking.request import BookingRequest
from injections.facts.examination import examination_of
from scheduling.models import Patient
from tests.api_world import IT, World
from tests.clinic import Clinic, local
from tests.pages_world import browser

DAY = timedelta(days=1)
PLACE = {"area": IT, "side": "left"}


def change(clinic: Clinic, patient: Patient, who: str, **pathway: object) -> None:
    """A change of the pathway on the next day."""
    clinic.now += DAY
    change_pathway(patient.pk, pathway=pathway, tried={}, **PLACE, by=getattr(clinic, who), now=clinic.now)


def found(patient: Patient) -> dict[str, tuple[str, str, int]]:
    """What was said, by whom and on which day of March."""
    versions = pathway_versions(patient.pk)
    return {
        one.name: (one.said, str(one.since.recorded_by), one.since.recorded_at.day)
        for one in examination_of(versions[0], versions)
    }


def test_a_finding_is_its_finders_while_it_stands(clinic: Clinic) -> None:
    """Another field is changed by somebody else: the findings keep their author and their day."""
    patient = clinic.fit_patient()
    change(clinic, patient, "radiologist", suspected_avulsion="no", indications=["sit-bone-tenderness"])
    change(clinic, patient, "reception", mild_and_improving="yes")
    assert found(patient)["sit-bone-tenderness"] == ("yes", "radiologist", 3)
    change(clinic, patient, "reception", suspected_avulsion="yes")
    assert found(patient)["suspected_avulsion"] == ("yes", "reception", 5)
    assert found(patient)["sit-bone-tenderness"] == ("yes", "radiologist", 3)


def test_what_was_taken_back_and_found_again_is_new(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    change(clinic, patient, "radiologist", suspected_avulsion="yes")
    change(clinic, patient, "reception", suspected_avulsion="no")
    change(clinic, patient, "reception", suspected_avulsion="yes")
    assert found(patient)["suspected_avulsion"] == ("yes", "reception", 5)


@pytest.mark.parametrize("who", ["reception", "radiologist"])
def test_a_yes_counts_whoever_said_it(clinic: Clinic, who: str) -> None:
    patient = clinic.fit_patient()
    change(clinic, patient, who, suspected_avulsion="yes")
    start = local("2026-03-10")
    ask = BookingRequest(patient_id=patient.pk, kind="injection", start=start, site="hamstring-origin", side="left")
    severities = {one.rule: one.severity.value for one in check(ask, now=clinic.now).findings}
    assert severities["suspected-avulsion"] == "critical"


def test_it_is_shown_beside_the_finding_and_read_by_programs(world: World) -> None:
    patient = world.clinic.fit_patient()
    body = {**PLACE, "suspected_avulsion": "yes", "indications": ["buttock-pain-hip-joint-unremarkable"]}
    done = world.radiologist.patch(f"/patients/{patient.pk}/pathway/", body)
    assert done.status_code == 200, done.content
    read = world.reception.get(f"/patients/{patient.pk}/pathway/", **PLACE).json()["found"]
    assert {name: (one["said"], one["by"]) for name, one in read.items()} == {
        "suspected_avulsion": ("yes", "radiologist"),
        "buttock-pain-hip-joint-unremarkable": ("yes", "radiologist"),
    }
    page = browser(world.clinic.users["reception"])
    for name in ("patient", "pathway"):
        assert "Avulsion suspected Yes: radiologist, 2 March 2026" in page.get(name, patient.pk)

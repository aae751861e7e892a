"""Findings of an examination carry who found and who recorded them and when; a yes counts whoever said it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from injections.answers.pathway import change_pathway, pathway_versions
from injections.booking.book import check
from injections.booking.request import BookingRequest
from injections.facts.examination import examination_of
from scheduling.models import Patient
from tests.api_world import IT, World
from tests.clinic import Clinic, local
from tests.filled_form import fields_of
from tests.pages_world import LEFT_HAMSTRING, browser

DAY = timedelta(days=1)
PLACE = {"area": IT, "side": "left"}


def change(
    clinic: Clinic, patient: Patient, who: str, notes: Mapping[str, object] | None = None, **pathway: object
) -> None:
    """A change of the pathway on the next day."""
    clinic.now += DAY
    change_pathway(patient.pk, pathway=pathway, notes=notes or {}, **PLACE, by=getattr(clinic, who), now=clinic.now)


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


def examiners(patient: Patient) -> dict[str, tuple[str, date | None]]:
    """Who was named as the one who found it, and the day."""
    versions = pathway_versions(patient.pk)
    return {one.name: (one.by, one.on) for one in examination_of(versions[0], versions)}


WALKER = {"examined_by": "Dr Walker", "examined_on": date(2026, 2, 20)}
PATEL = {"examined_by": "Anya Patel, physiotherapist", "examined_on": date(2026, 3, 1)}


def test_who_examined_and_when_belongs_to_what_was_found_then(clinic: Clinic) -> None:
    """A second finding by somebody else leaves the first one's examiner; a correction of the name reaches both."""
    patient = clinic.fit_patient()
    change(clinic, patient, "reception", WALKER, indications=["sit-bone-tenderness"])
    change(clinic, patient, "reception", mild_and_improving="yes")
    assert examiners(patient)["sit-bone-tenderness"] == tuple(WALKER.values())
    change(clinic, patient, "reception", PATEL, suspected_avulsion="yes")
    both = {"suspected_avulsion": tuple(PATEL.values()), "sit-bone-tenderness": tuple(WALKER.values())}
    assert examiners(patient) == both
    change(clinic, patient, "reception", {"examined_by": "A. Patel"})
    assert examiners(patient) == dict.fromkeys(both, ("A. Patel", PATEL["examined_on"]))


def test_what_is_found_without_a_name_is_not_the_last_examiners(clinic: Clinic) -> None:
    """Reception records a suspicion and names nobody: it is not put into the mouth of who examined before."""
    patient = clinic.fit_patient()
    change(clinic, patient, "radiologist", WALKER, indications=["sit-bone-tenderness"])
    change(clinic, patient, "reception", suspected_avulsion="yes")
    assert examiners(patient) == {"suspected_avulsion": ("", None), "sit-bone-tenderness": tuple(WALKER.values())}


def test_the_day_of_an_examination_lies_in_the_life_so_far(world: World) -> None:
    """Both doors refuse another one, at its field."""
    patient = world.clinic.fit_patient()
    page = browser(world.clinic.users["reception"])
    for day, sentence in (("2026-03-03", "is in the future"), ("1950-01-01", "is before the date of birth")):
        refused = world.reception.patch(f"/patients/{patient.pk}/pathway/", {**PLACE, "examined_on": day})
        assert [one["pointer"] for one in refused.json()["errors"]] == ["#/examined_on"]
        assert sentence in refused.json()["errors"][0]["detail"]
        typed = date.fromisoformat(day).strftime("%d %m %Y")
        page.get("pathway", patient.pk, **LEFT_HAMSTRING)
        data = {**fields_of(page.html, "physiotherapy"), "examined_on": typed}
        assert f"The day of the examination {sentence}" in page.post("pathway", patient.pk, data=data, expect=422)


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
    named = {"examined_by": "Dr Walker", "examined_on": "2026-02-20"}
    assert world.reception.patch(f"/patients/{patient.pk}/pathway/", {**PLACE, **named}).status_code == 200
    read = world.reception.get(f"/patients/{patient.pk}/pathway/", **PLACE).json()
    assert (read["examined_by"], read["examined_on"]) == tuple(named.values())
    assert {(one["by"], one["on"], one["recorded_by"]) for one in read["found"].values()} == {
        ("Dr Walker", "2026-02-20", "radiologist")
    }
    for name in ("patient", "pathway"):
        said = "Avulsion suspected Yes: found by Dr Walker on 20 February 2026, recorded by radiologist, 2 March 2026"
        assert said in page.get(name, patient.pk)

"""An appointment as what is asked for; sites, sides and reports written and read again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.diagnosticreport import DiagnosticReport

from injections.doors.coded.body_sites import area_and_side, body_sites, side_concept, site_and_side
from injections.doors.coded.concepts import injection_code, own_concept, report_code, report_conclusions
from injections.doors.coded.errors import CodedError
from injections.doors.coded.own import OWN_CODES
from injections.doors.coded.requests import read_request, services_of
from injections.doors.coded.resources import parse_resource
from injections.doors.coded.table import SNOMED_CT, rows_of
from injections.safety.codes import HISTORY_SIDES, MODALITIES, OTHER_DIAGNOSES, REPORT_SIDES, TEARS
from injections.safety.facts import Report, Request
from injections.safety.sites import AREAS, SITES
from tests.injections.doors.coded.case import (
    HIP,
    ISCHIUM,
    KNEE,
    LEFT,
    REQUEST,
    START,
    STEROID_INTO_JOINT,
    UNMAPPED,
    Json,
    appointment,
    concept,
    own,
    read,
)


def parsed(value: Json) -> Appointment:
    found = parse_resource(value)
    assert isinstance(found, Appointment)
    return found


def request(value: Json) -> Request:
    return read_request(parsed(value))


def problems(value: Json) -> list[str]:
    with pytest.raises(CodedError) as raised:
        request(value)
    return [str(problem) for problem in raised.value.problems]


def test_an_injection_is_asked_for() -> None:
    """Half an hour and the usual target where nothing else is said, as in the batch check."""
    assert request(appointment()) == REQUEST
    said = request(
        appointment(
            "scan-and-injection", *(concept(HIP), concept("24028007")), end=(START + timedelta(minutes=45)).isoformat()
        )
    )
    end = START + timedelta(minutes=45)
    assert said == Request(start=START, end=end, site="hip-joint", side="right", targets=("joint",), includes_scan=True)


def test_targets_are_taken_in_their_order() -> None:
    """Each once."""
    coded = appointment()
    coded["serviceType"] += [own("target", "bursa"), own("target", "peritendinous"), own("target", "bursa")]
    assert request(coded) == replace(REQUEST, targets=("bursa", "peritendinous"))


def test_a_published_code_asks_for_an_injection_too() -> None:
    """And the place may stand beside it."""
    coded = appointment() | {"serviceType": [concept(STEROID_INTO_JOINT), concept(ISCHIUM), concept(LEFT)]}
    del coded["reasonCode"]
    assert request(coded) == REQUEST


@pytest.mark.parametrize("kind", ["physiotherapy", "exercise-class"])
def test_a_visit_that_loads_needs_only_its_start(kind: str) -> None:
    """It has no site."""
    coded = appointment(kind)
    del coded["reasonCode"]
    assert request(coded) == Request(start=START, end=START + timedelta(minutes=30), kind=kind)


@pytest.mark.parametrize(
    ("coded", "found"),
    [
        (appointment(UNMAPPED), ["#/serviceType: must have the code of one of injection, scan-and-injection, "]),
        (appointment("injection", own("site", "other-site"), concept(LEFT)), ["#/reasonCode: must have the code of o"]),
        (appointment("injection", concept(KNEE), concept(LEFT)), ["#/reasonCode: must have the code of one site"]),
        (appointment("injection", concept(HIP)), ["#/reasonCode: must have the code of one side, left or right"]),
        (appointment("injection", concept(HIP), concept("51440002")), ["#/reasonCode: must have the code of one side"]),
        (appointment(end=START.isoformat()), ["#/end: must be after the start"]),
        (appointment(start="1026-06-30T09:00:00Z"), ["#/start: must lie in the years 1900 to 2199"]),
        (
            appointment("injection", concept(UNMAPPED), start=None),
            [
                "#/start: is required",
                "#/reasonCode: must have the code of one site",
                "#/reasonCode: must have the code",
            ],
        ),
    ],
    ids=["service", "elsewhere", "knee", "no side", "both sides", "no length", "year", "all at once"],
)
def test_what_cannot_be_asked_for_says_why_and_where(coded: Json, found: list[str]) -> None:
    """With every problem at once."""
    said = problems({key: value for key, value in coded.items() if value is not None})
    assert len(said) == len(found)
    assert all(one.startswith(start) for one, start in zip(said, found, strict=True)), said


def test_a_visit_of_two_services_is_not_guessed_at() -> None:
    """But a scan and an injection are one."""
    both = appointment() | {"serviceType": [own("service", "injection"), own("service", "physiotherapy")]}
    assert problems(both)[0].startswith("#/serviceType")
    scan = appointment() | {"serviceType": [own("service", "injection"), own("service", "scan-and-injection")]}
    assert request(scan).includes_scan
    assert services_of(parsed(appointment(UNMAPPED))) == frozenset()


def test_sites_and_sides_come_back_as_they_were_written() -> None:
    """Every one of them; each of the five that are injected has a published code beside ours."""
    for site in SITES:
        for side in (*HISTORY_SIDES, None):
            written = body_sites(site.code, side)
            assert site_and_side(written) == (site.code, side or "unknown")
            assert len(written) == (2 if side in ("left", "right", "both") else 1)
        systems = [coding.system for coding in written[0].coding or ()]
        assert (SNOMED_CT in systems) == (site.code != "other-site")
    assert side_concept("unknown") is None
    assert site_and_side(None) == ("hip-region-unspecified", "unknown")
    with pytest.raises(KeyError):
        body_sites("nowhere", None)


def test_a_published_code_alone_means_the_area() -> None:
    """Two sites of one area differ in nothing that a rule looks at."""
    for site in (one for one in SITES if one.bookable):
        published = body_sites(site.code, "left")
        for written in published:
            written.coding = [one for one in written.coding or () if one.system == SNOMED_CT]
        assert area_and_side(published) == (site.area, "left")


def test_services_and_injections_come_back_as_they_were_written() -> None:
    """What an injection held, each visit and each target."""
    steroid = {"steroid": True, "no-steroid": False, "unknown": None}
    for known in (True, False, None):
        (row,) = rows_of(injection_code(steroid=known))
        assert steroid[row.value] is known
    for fact, code in ((one.fact, one.code) for one in OWN_CODES if one.fact in ("service", "target")):
        assert [(row.fact, row.value) for row in rows_of(own_concept(fact, code))] == [(fact, code)]
    with pytest.raises(KeyError):
        own_concept("site", "nowhere")


@pytest.mark.parametrize("modality", MODALITIES)
def test_reports_come_back_as_they_were_written(modality: str) -> None:
    """But for the grade and size of a tear, which have no code."""
    reports = [
        Report(
            modality=modality,
            area=area,
            side=side,
            performed_on=date(2026, 6, 1),
            tendinopathy="no",
            bursitis="yes",
            tear=tear,
            other_diagnosis=diagnosis,
        )
        for area in AREAS
        for side, tear, diagnosis in zip(
            (*REPORT_SIDES, "left", "right"), (*TEARS, "none"), OTHER_DIAGNOSES, strict=True
        )
    ]
    for written in reports:
        resource = DiagnosticReport(
            status="final",
            code=report_code(written),
            conclusionCode=report_conclusions(written),
            effectiveDateTime=written.performed_on,
        )
        assert read(resource.model_dump(mode="json")).facts.reports == (written,)


def test_an_instant_is_held_in_utc() -> None:
    """Whatever its offset was."""
    coded = appointment(start="2026-06-30T11:00:00+02:00")
    assert request(coded).start == datetime(2026, 6, 30, 9, tzinfo=UTC)
    assert isinstance(body_sites("hip-joint", None)[0], CodeableConcept)

"""FHIR resources brought in: a Bundle or a resource a line, each a line of the report, none of it dropped unsaid."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from injections.answers.screening import answers_of
from injections.doors.coded.own import PLACE, system_of
from injections.doors.coded.people import NHS_NUMBER
from injections.doors.coded.questionnaire import CANONICAL
from injections.doors.records.coming.reading import LINES_OF_A_PART
from injections.doors.records.coming.report import lines_to_look_at
from injections.doors.records.coming.runs import Stage
from injections.models import AllergyIntolerance, Condition, ImagingReport, Injection, Pathway, RecordImport, Screening
from pht_clinic.web.csv_reading import Unreadable
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.injections.doors.records.coming.bringing import brought, json_lines, outcomes, read, said, worked

pytestmark = pytest.mark.django_db
HERS: Final = {"reference": "Patient/a1"}


def concept(fact: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system_of(fact), "code": code}]}


ANN: Final = {
    "resourceType": "Patient",
    "id": "a1",
    "identifier": [{"system": NHS_NUMBER, "value": "999 000 0018"}],
    "name": [{"use": "old", "text": "Ann Before"}, {"use": "official", "given": ["Ann", "Maria"], "family": "Example"}],
    "telecom": [{"system": "email", "value": "ann@mail.example"}, {"system": "phone", "value": "020 7946 0958"}],
    "birthDate": "1961-04-02",
    "gender": "female",
    "generalPractitioner": [{"display": "Dr Grey, High Street"}],
    "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "de-DE"}]}}],
}
GIVEN: Final = {
    "resourceType": "Procedure",
    "id": "p1",
    "status": "completed",
    "subject": HERS,
    "code": concept("injection", "steroid"),
    "bodySite": [concept("site", "hamstring-origin")],
    "performedDateTime": "2025-08",
    "note": [{"text": "Dose: 40 mg"}, {"text": "In the old clinic."}],
}
ALLERGY: Final = {
    "resourceType": "AllergyIntolerance",
    "id": "l1",
    "patient": HERS,
    "code": {"text": "Latex"},
    "reaction": [{"manifestation": [{"text": "Rash"}]}],
    "recorder": {"display": "Dr Grey"},
}
CONDITION: Final = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": HERS,
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "73211009", "display": "Diabetes mellitus"}]},
    "onsetDateTime": "2019-05",
}
MEDICINE: Final = {
    "resourceType": "MedicationStatement",
    "id": "m1",
    "status": "active",
    "subject": HERS,
    "medicationCodeableConcept": {"text": "Apixaban"},
}
REPORT: Final = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "subject": HERS,
    "code": concept("modality", "mri"),
    "effectiveDateTime": "2026-01-05",
    "conclusion": "Nothing torn.",
    "conclusionCode": [
        concept("area", "ischial-tuberosity"),
        {"coding": [{"system": "http://snomed.info/sct", "code": "7771000"}]},
        *(concept("finding", one) for one in ("tendinopathy-yes", "bursitis-no", "tear-none", "diagnosis-none")),
    ],
}
RESPONSE: Final = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "status": "completed",
    "questionnaire": CANONICAL,
    "subject": HERS,
    "authored": "2026-02-01T09:00:00+00:00",
    "author": {"display": "carer"},
    "extension": [{"url": PLACE, "valueCodeableConcept": concept("area", "hip-joint")}],
    "item": [
        {"linkId": "fever", "answer": [{"valueBoolean": False}]},
        {"linkId": "response", "answer": [{"valueCoding": {"code": "not-satisfactory"}}]},
    ],
}
EVERYTHING: Final = (ANN, GIVEN, ALLERGY, CONDITION, MEDICINE, REPORT, RESPONSE)


def bundle(*resources: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]} | more
    )


def ann() -> Patient:
    return Patient.objects.get(family_name="Example")


def kinds(run: RecordImport) -> list[tuple[str, str]]:
    return list(run.lines.order_by("number").values_list("kind", "source_id"))


@pytest.mark.parametrize(
    "text",
    [bundle(*EVERYTHING), json.dumps(json.loads(bundle(*EVERYTHING)), indent=2), json_lines(EVERYTHING)],
    ids=["bundle", "indented", "lines"],
)
def test_each_resource_is_a_line_and_comes_in_as_rows_of_the_record(clinic: Clinic, text: str) -> None:
    run = brought(clinic, text)
    assert (outcomes(run), run.form) == (["added"] * 7, "fhir"), said(run)
    expected = ["patient", "injection", "allergy", "condition", "condition", "report", "screening"]
    assert kinds(run) == list(zip(expected, (f"{one['resourceType']}/{one['id']}" for one in EVERYTHING), strict=True))
    patient = ann()
    assert (patient.given_name, patient.former_names, patient.nhs_number) == ("Ann Maria", ["Ann Before"], "9990000018")
    assert (patient.gp_name, patient.gp_practice, patient.written_language) == ("Dr Grey", "High Street", "de")
    given = Injection.objects.get(patient=patient)
    assert (given.site, given.side, given.given, given.steroid) == ("hamstring-origin", "unknown", "2025-08", True)
    assert (str(given.dose_mg), given.note, given.origin) == ("40.00", "In the old clinic.", "elsewhere")
    allergy = AllergyIntolerance.objects.get(patient=patient)
    assert (allergy.substance, allergy.reaction, allergy.said_by) == ("Latex", "Rash", "Dr Grey")
    names = Condition.objects.filter(patient=patient).order_by("pk").values_list("kind", "name", "code", "since")
    assert list(names) == [("condition", "Diabetes mellitus", "73211009", "2019-05"), ("medicine", "Apixaban", "", "")]
    report = ImagingReport.objects.get(patient=patient)
    assert (report.area, report.side, report.tendinopathy) == ("ischial-tuberosity", "left", "yes")
    assert (report.conclusion, report.reported_by) == ("Nothing torn.", "not named in the file")
    row = Screening.objects.get(patient=patient)
    assert (row.area, row.side, row.answered_by, f"{row.answered_at:%d %H:%M}") == (
        "hip-joint",
        "",
        "carer",
        "01 09:00",
    )
    assert answers_of(patient.pk, area=None, side=None).value("fever") == "no"
    assert Pathway.objects.get(patient=patient).content == {"response": "not-satisfactory"}
    assert set(outcomes(brought(clinic, text))) == {"already-there"}


def test_an_address_comes_with_no_leave_to_write_to_it(clinic: Clinic) -> None:
    """No resource says so, and whoever once declined must not be written to again."""
    brought(clinic, bundle(ANN))
    assert (ann().email, ann().email_opt_in) == ("ann@mail.example", False)


def test_that_they_died_comes_with_the_patient(clinic: Clinic) -> None:
    assert outcomes(brought(clinic, bundle(ANN | {"deceasedDateTime": "2026-02"}, GIVEN))) == ["added", "added"]
    assert ann().has_died
    assert ann().death.on == "2026-02"


@pytest.mark.parametrize("stage", [Stage.TRYING, Stage.BRINGING])
def test_whoever_is_taken_back_with_a_refused_death_is_nobody_for_the_lines_after(clinic: Clinic, stage: Stage) -> None:
    run = brought(clinic, json_lines([ANN | {"deceasedDateTime": "2031-01-01"}, GIVEN]), stage)
    assert outcomes(run) == ["refused", "refused"]
    assert not Patient.objects.filter(family_name="Example").exists()


@pytest.mark.parametrize("stage", [Stage.TRYING, Stage.BRINGING])
def test_of_somebody_who_was_there_the_death_comes_and_all_the_lines_after(clinic: Clinic, stage: Stage) -> None:
    """More than a part later too; withdrawn, the patient stays."""
    brought(clinic, bundle(ANN))
    filling = [{"resourceType": "Observation", "id": str(number)} for number in range(LINES_OF_A_PART)]
    run = brought(clinic, json_lines([ANN | {"deceasedDateTime": "2026-02"}, *filling, GIVEN]), stage)
    assert kinds(run)[0] == ("death", "Patient/a1")
    assert [outcomes(run)[0], outcomes(run)[-1]] == ["added", "added"], said(run)
    if stage == Stage.BRINGING:
        assert Injection.objects.get().patient == ann()
        worked(clinic, run, Stage.WITHDRAWING)
        assert run.lines.get(number=0).kept_because == "A record of this kind is never withdrawn."
        assert ann().has_died


def test_a_pathway_said_again_after_another_is_a_version_beside_other_answers_too(clinic: Clinic) -> None:
    """Each response says answers and a pathway, and the line names but the one row."""
    filling = [{"resourceType": "Observation", "id": str(number)} for number in range(LINES_OF_A_PART)]
    other = RESPONSE | {
        "item": [RESPONSE["item"][0], {"linkId": "response", "answer": [{"valueCoding": {"code": "satisfactory"}}]}]
    }
    run = brought(clinic, json_lines([ANN, RESPONSE, *filling, other, *filling, RESPONSE]))
    assert set(outcomes(run)) == {"added", "passed-over"}, said(run)
    rows = Pathway.objects.order_by("pk")
    assert [row.content["response"] for row in rows] == ["not-satisfactory", "satisfactory", "not-satisfactory"]


def test_a_death_is_of_the_patient_of_its_line_even_without_an_id(clinic: Clinic) -> None:
    plain = {name: value for name, value in ANN.items() if name != "id"}
    assert outcomes(brought(clinic, bundle(plain | {"deceasedDateTime": "2026-02"}))) == ["added"]
    assert ann().has_died


def test_a_patient_who_comes_twice_is_one_person(clinic: Clinic) -> None:
    run = brought(clinic, json_lines([ANN, ANN | {"gender": "female"}, GIVEN]))
    assert outcomes(run) == ["added", "refused", "added"], said(run)
    assert said(run)[1] == "Id: line 1 is of this patient already."
    assert Injection.objects.of_patient(ann().pk).count() == 1


@pytest.mark.parametrize(
    ("resource", "outcome", "why"),
    [
        (GIVEN | {"status": "entered-in-error"}, "passed-over", "withdrawn there"),
        (GIVEN | {"status": "not-done"}, "passed-over", "not done"),
        (GIVEN | {"code": {"text": "Massage"}}, "refused", "not in the table of codes"),
        (GIVEN | {"subject": {"reference": "Patient/b2"}}, "refused", "No line before this one"),
        (GIVEN | {"bodySite": [{"text": "Elbow"}]}, "added", "Elbow"),
        (GIVEN | {"modifierExtension": [{"url": "http://x.example", "valueBoolean": True}]}, "refused", "modifier"),
        (GIVEN | {"performedDateTime": 5}, "refused", "must be text"),
        (GIVEN | {"status": None, "nonsense": 1}, "refused", "nonsense"),
        (ALLERGY | {"code": {"coding": [{"system": "http://x.example"}]}}, "refused", "substance"),
        (ALLERGY | {"note": [{"text": "Since birth."}]}, "added", "Since birth."),
        (CONDITION | {"verificationStatus": concept("x", "refuted")}, "passed-over", "refuted"),
        (MEDICINE | {"status": "stopped"}, "passed-over", "not taken"),
        (REPORT | {"conclusionCode": []}, "refused", "no single area"),
        (REPORT | {"status": "preliminary"}, "refused", "not final"),
        (RESPONSE | {"questionnaire": "http://else.example/q"}, "refused", "only answers to"),
        (RESPONSE | {"item": [{"linkId": "fever", "answer": [{"valueString": "hot"}]}]}, "refused", "fever"),
        (RESPONSE | {"item": []}, "refused", "answers nothing"),
        ({"resourceType": "Appointment", "id": "1", "status": "booked"}, "passed-over", "book it here"),
        ({"resourceType": "Observation", "id": "1"}, "passed-over", "not imported"),
        ({"resourceType": "Nonsense", "id": "1"}, "passed-over", "not imported"),
        (ANN | {"id": "z", "link": [{"other": HERS, "type": "replaced-by"}]}, "passed-over", "merged"),
        ({"resourceType": "Patient", "id": "z", "birthDate": "1961"}, "refused", "date"),
    ],
    ids=[
        *("in-error", "not-done", "no-injection", "whose", "place", "modifier", "number", "unknown-element"),
        *("no-substance", "note", "refuted", "stopped", "no-finding", "preliminary", "other-questions", "other-answer"),
        *("no-answer", "visit", "observation", "unknown-type", "merged", "half-a-patient"),
    ],
)
def test_nothing_is_dropped_unsaid(clinic: Clinic, resource: dict[str, Any], outcome: str, why: str) -> None:
    run = brought(clinic, bundle(ANN, resource))
    assert outcomes(run) == ["added", outcome], said(run)
    assert why.lower() in said(run)[1].lower()
    assert [line.number for line in lines_to_look_at(run)] == ([] if outcome == "passed-over" else [1])


def test_a_part_of_a_response_that_is_refused_takes_the_other_with_it(clinic: Clinic) -> None:
    late = RESPONSE | {"authored": "2031-01-01T10:00:00+00:00"}
    assert outcomes(brought(clinic, bundle(ANN, late))) == ["added", "refused"]
    assert not Screening.objects.exists()
    assert not Pathway.objects.exists()


def test_a_bundle_names_its_patient_by_address_and_in_any_order(clinic: Clinic) -> None:
    urn = "urn:uuid:6d3f9c1e-7b1a-4a0e-9a59-2f1f6f1a7c11"
    plain = {name: value for name, value in ANN.items() if name != "id"}
    entries = [{"resource": GIVEN | {"subject": {"reference": urn}}}, {"fullUrl": urn, "resource": plain}]
    run = brought(clinic, bundle(entry=entries), Stage.TRYING)
    assert outcomes(run) == ["added", "added"], said(run)
    run = brought(clinic, bundle(entry=entries))
    assert outcomes(run) == ["added", "added"], said(run)
    assert [line.line for line in run.lines.order_by("number")] == [2, 1]
    assert Injection.objects.get().patient == ann()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bundle(), "The Bundle is empty."),
        (bundle(ANN, ANN), "Entries 1 and 2 of the Bundle are both Patient/a1."),
        (bundle(entry={"a": 1}), "no list of entries"),
        (bundle(entry=[{"fullUrl": "x"}]), "Entry 1 of the Bundle holds no resource."),
        (bundle(ANN)[:-1], "The file is not valid JSON"),
        ('{\n"resourceType": "Bundle",\n"id": "a", "id": "b"}', "same key twice"),
    ],
    ids=["empty", "twice", "no-list", "no-resource", "cut", "key-twice"],
)
def test_a_document_that_is_no_bundle_is_refused_as_a_whole(clinic: Clinic, text: str, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(clinic, text)
    assert why in refused.value.sentence

"""Reports through the API: corrected, withdrawn, readable, and every problem in one answer."""

from __future__ import annotations

from typing import Any

import pytest

from injections.models import Assessment
from tests.api_world import IT, World, pointers, problem
from tests.clinic import local

REPORT: dict[str, Any] = {
    "modality": "mri",
    "area": IT,
    "side": "left",
    "performed_on": "2026-02-25",
    "tendon": "Semimembranosus",
    "tendinopathy": "yes",
    "tendinopathy_grade": "high-grade",
    "bursitis": "no",
    "tear": "avulsion",
    "other_diagnosis": "other",
    "other_diagnosis_text": "A lipoma",
    "findings": "Retracted by 2 cm.\nOedema.",
    "conclusion": "Avulsion.",
    "reported_by": "Dr Elsewhere",
}
SAID = ("tendon", "tendinopathy_grade", "other_diagnosis_text", "findings", "conclusion", "reported_by")


def made(world: World, patient_id: int, **changes: object) -> dict[str, Any]:
    response = world.radiologist.post(f"/patients/{patient_id}/reports/", {**REPORT, **changes})
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def test_what_was_sent_comes_back_and_what_is_not_said_is_null(world: World) -> None:
    patient = world.clinic.patient()
    report = made(world, patient.pk)
    assert {name: report[name] for name in SAID} == {name: REPORT[name] for name in SAID}
    assert (report["stands"], report["withdrawn"], report["effusion"], report["tear_size_mm"]) == (
        True,
        False,
        None,
        None,
    )
    read = world.reception.get(f"/reports/{report['id']}/").json()
    assert {**report, "reassessed": None, "closed_calls": None} == {**read, "reassessed": None, "closed_calls": None}


def test_a_report_is_withdrawn_and_the_booking_follows(world: World) -> None:
    """REC14, hazard H11: the call closes with it, and the answer names it."""
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"))
    report = made(world, patient.pk)
    assert report["reassessed"] == [{"appointment": booked["id"], "verdict": "blocked", "status": "pending"}]
    [call] = world.reception.get("/calls/").json()["results"]
    assert pointers(world.radiologist.post(f"/reports/{report['id']}/withdraw/", {})) == {"#/reason"}
    problem(world.reception.post(f"/reports/{report['id']}/withdraw/", {"reason": "Wrong"}), 403)
    gone = world.radiologist.post(f"/reports/{report['id']}/withdraw/", {"reason": "Another patient's"})
    assert gone.status_code == 200, gone.content
    body = gone.json()
    assert (body["withdrawn"], body["stands"], body["supersedes"], body["reason"]) == (
        True,
        False,
        report["id"],
        "Another patient's",
    )
    assert body["closed_calls"] == [call["id"]]
    assert [one["verdict"] for one in body["reassessed"]] == ["clear"]
    assert world.reception.get("/calls/").json()["results"] == []
    [closed] = world.reception.get("/calls/", status="closed").json()["results"]
    assert closed["said"] == "Closed automatically: the MRI of 25 February 2026 was withdrawn. Another patient's"
    old = world.reception.get(f"/reports/{report['id']}/").json()
    assert (old["stands"], old["superseded_by"], old["withdrawn"]) == (False, body["id"], False)
    assert problem(world.radiologist.post(f"/reports/{report['id']}/withdraw/", {"reason": "x"}), 409)["type"].endswith(
        "superseded"
    )
    problem(world.radiologist.post("/reports/999999/withdraw/", {"reason": "x"}), 404)


def test_a_correction_changes_what_it_names(world: World) -> None:
    patient = world.clinic.fit_patient()
    report = made(world, patient.pk)
    sent = {"reason": "Read again", "tear": "partial", "tear_grade": "2", "tear_size_mm": 4.5, "conclusion": None}
    right = world.radiologist.post(f"/reports/{report['id']}/correct/", sent)
    assert right.status_code == 200, right.content
    body = right.json()
    assert (body["tear"], body["tear_grade"], body["tear_size_mm"], body["conclusion"]) == ("partial", "2", 4.5, "")
    assert (body["findings"], body["other_diagnosis_text"], body["stands"]) == (REPORT["findings"], "A lipoma", True)
    assert len(body["closed_calls"]) == 1
    listed = world.reception.get(f"/patients/{patient.pk}/reports/").json()["results"]
    assert [one["stands"] for one in listed] == [True, False, True]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"reason": ""}, {"#", "#/reason"}),
        ({"reason": 5, "tear": "full"}, {"#/reason", "#/tear_grade", "#/tear_size_mm"}),
        ({"reason": None, "performed_on": "2030-01-01"}, {"#/reason", "#/performed_on"}),
        ({"other_diagnosis_text": ""}, {"#/other_diagnosis_text"}),
        ({"other_diagnosis": "none"}, set()),
        ({"other_diagnosis": "none", "other_diagnosis_text": "A lipoma"}, {"#/other_diagnosis_text"}),
        ({"area": "hip-joint"}, set()),
        ({"effusion": "yes", "is_withdrawn": True}, {"#/effusion", "#/is_withdrawn"}),
        ({"reason": "x" * 4001, "conclusion": None}, {"#/reason"}),
        ({"conclusion": REPORT["conclusion"]}, {"#"}),
    ],
)  # fmt: skip  # one row a line
def test_a_correction_names_every_problem(world: World, changes: dict[str, object], named: set[str]) -> None:
    report = made(world, world.clinic.patient().pk)
    response = world.radiologist.post(f"/reports/{report['id']}/correct/", {"reason": "Read again", **changes})
    assert (pointers(response) if named else response.status_code) == (named or 200)


def test_every_sentence_names_its_field(world: World) -> None:
    patient = world.clinic.patient()
    refused = world.radiologist.post(
        f"/patients/{patient.pk}/reports/", {"tear": "partial", "other_diagnosis": "other"}
    )
    said = {one["pointer"]: one["detail"] for one in problem(refused, 422)["errors"]}
    assert said["#/performed_on"] == "Performed on is required."
    assert said["#/tear_grade"] == "Tear grade is required for a partial tear."
    assert said["#/other_diagnosis_text"] == "Other diagnosis text is required: say what else was found."
    assert said["#/modality"] == "Modality is required."


def test_a_batch_line_has_nothing_of_what_no_rule_judges(world: World) -> None:
    """The stored facts are what the batch check takes."""
    patient = world.clinic.fit_patient()
    made(world, patient.pk, tear="none")
    booked = world.book(patient, local("2026-03-10"))

    facts = Assessment.objects.filter(appointment=booked["id"]).order_by("-pk")[0].facts
    assert {name for report in facts["reports"] for name in report} == {
        *("modality", "area", "side", "performed_on", "tendinopathy", "bursitis"),
        *("tear", "tear_grade", "tear_size_mm", "other_diagnosis"),
    }

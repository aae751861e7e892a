"""What an imaging report may say: every problem of every kind at once, each in a sentence that names its field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from injections.imaging.content import read
from injections.patient.injection_checks import Whose
from pht_clinic.errors import field_words, naming

GRADE_AND_SIZE = {"Tear grade is required for a partial tear.", "Tear size in mm is required for a partial tear."}
SAY_WHAT = "Other diagnosis text is required: say what else was found."
UNPRINTABLE = "Conclusion must not contain control characters."
WHOSE = Whose(date(1980, 5, 1), datetime(2026, 3, 2, 9, tzinfo=UTC))
REPORT: dict[str, Any] = {
    "modality": "ultrasound",
    "area": "ischial-tuberosity",
    "side": "left",
    "performed_on": "2026-02-20",
    "tendinopathy": "yes",
    "bursitis": "no",
    "tear": "none",
    "other_diagnosis": "none",
}
JOINT = {
    "modality": "mri",
    "area": "hip-joint",
    "side": "left",
    "performed_on": "2026-02-20",
    "other_diagnosis": "none",
}


def said(content: object) -> set[str]:
    """The sentences of the refusal, as a program reads them."""
    _, problems = read(content, WHOSE)
    return {naming(field_words(one.pointer), one.detail) for one in problems}


def named(content: object) -> set[str]:
    return {one.pointer for one in read(content, WHOSE)[1]}


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({}, set()),
        ({"tear": "partial"}, GRADE_AND_SIZE),
        ({"tear_grade": "2"}, {"Tear grade is only for a tear."}),
        ({"tear_size_mm": 3}, {"Tear size in mm is only for a tear."}),
        ({"other_diagnosis": "other"}, {SAY_WHAT}),
        ({"other_diagnosis": "other", "other_diagnosis_text": "  "}, {SAY_WHAT}),
        ({"other_diagnosis": "other", "other_diagnosis_text": "A lipoma"}, set()),
        ({"other_diagnosis_text": "A lipoma"}, {"Other diagnosis text is only for something else."}),
        ({"tendinopathy_grade": "high-grade"}, set()),
        ({"tendinopathy": "no", "tendinopathy_grade": "mild"}, {"Tendinopathy grade is only for a tendinopathy."}),
        ({"performed_on": "2026-03-02"}, set()),
        ({"performed_on": "2026-03-03"}, {"Performed on is in the future."}),
        ({"performed_on": "1980-05-01"}, set()),
        ({"performed_on": "1980-04-30"}, {"Performed on is before the date of birth, 1 May 1980."}),
        ({"effusion": "yes"}, {"Effusion is only for the hip joint and the sacroiliac joint."}),
        ({"findings": 5, "conclusion": "\x00"}, {"Findings must be text.", UNPRINTABLE}),
        ({"area": []}, {"Area must be one of ischial-tuberosity, greater-trochanter, hip-joint, sacroiliac-joint."}),
        ({"recorded_by": "me"}, {"Recorded by is not a known key."}),
    ],
)  # fmt: skip  # one row a line
def test_what_is_wrong_is_said(changes: dict[str, Any], sentences: set[str]) -> None:
    assert said(REPORT | changes) == sentences


def test_problems_of_every_kind_are_named_together() -> None:
    """Missing, ill-formed, impossible, contradictory, unknown: at once."""
    wrong = {
        "modality": "x-ray",
        "area": "ischial-tuberosity",
        "performed_on": "2190-01-01",
        "tendinopathy": "no",
        "tendinopathy_grade": "mild",
        "bursitis": None,
        "tear": "full",
        "tear_size_mm": -1,
        "other_diagnosis": "other",
        "findings": ["x"],
        "colour": "red",
    }
    right = {"area", "tendinopathy", "tear", "other_diagnosis"}
    missing = {"side", "tear_grade", "other_diagnosis_text"}
    assert named(wrong) == {f"#/{name}" for name in (wrong.keys() | missing) - right}


@pytest.mark.parametrize("nothing", [None, [], "report", 5])
def test_what_is_no_object_is_refused(nothing: object) -> None:
    assert named(nothing) == {"#"}


def test_a_report_of_a_joint_need_not_speak_of_the_tendon() -> None:
    columns, problems = read(JOINT | {"labral_tear": "yes", "osteoarthritis": "mild"}, WHOSE)
    assert problems == []
    assert (columns["tendinopathy"], columns["bursitis"], columns["tear"]) == ("", "", "")
    assert (columns["labral_tear"], columns["osteoarthritis"], columns["sacroiliitis"]) == ("yes", "mild", "")
    assert named(JOINT | {"sacroiliitis": "yes"}) == {"#/sacroiliitis"}
    assert named(JOINT | {"area": "sacroiliac-joint", "labral_tear": "no"}) == {"#/labral_tear"}
    assert named(JOINT | {"tear_grade": "2"}) == {"#/tear_grade"}
    assert named(JOINT | {"area": "greater-trochanter"}) == {"#/tendinopathy", "#/bursitis", "#/tear"}

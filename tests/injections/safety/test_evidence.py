"""The values beside each message, which a reader recognises; their digest says what a decision goes on covering."""

from typing import Any

import pytest

from injections.safety.assess import assess
from tests.injections.safety.example import clean, the

_SPORT = {"kind": "sport", "start": "2026-07-01 09:00"}
_THINNER = {"blood_thinner": "yes"}
_MRI = {"modality": "mri", "performed_on": "2026-06-01"}
_OLD_INJURY = {"onset": "sudden", "injury_on": "2026-04-07"}

EVIDENCE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "repeat-interval",
        {"given": ("2026-03", "2020-01-01"), "booked": ("2026-10-01",)},
        {
            "start_on": "2026-06-30",
            "injections": [
                {"area": "ischial-tuberosity", "side": "left", "counted_on": "2026-03-31", "given": "2026-03"},
                {"area": "ischial-tuberosity", "side": "left", "counted_on": "2026-10-01"},
            ],
        },
    ),
    (
        "injection-history-unknown",
        {"given": ({"given": "2026-01-10", "site": "other-site", "side": "unknown", "steroid": None},)},
        {
            "steroid_injection_last_12_months": "no",
            "injections": [{"area": "other-site", "side": "unknown", "counted_on": "2026-01-10"}],
        },
    ),
    (
        "injection-history-unknown",
        {"pathway": {"treatments_tried": ("earlier-injection",)}},
        {"steroid_injection_last_12_months": "no", "treatments_tried": "earlier-injection"},
    ),
    (
        "repeat-number",
        {"given": ("2019", "2020", {"given": None, "recorded_on": "2024-05-01", "side": "both", "helped": "no"})},
        {
            "number": 4,
            "injections_given": 3,
            "last": {"area": "ischial-tuberosity", "side": "both", "counted_on": "2024-05-01", "given": None},
            "helped": "no",
        },
    ),
    ("open-warning-sign", {"open_warning_sign": True}, {"open_warning_sign": True}),
    (
        "open-warning-sign",
        {"open_calls": ("local-infection", "acute-trauma", "local-infection")},
        {"open_warning_sign": True, "open_calls": ["acute-trauma", "local-infection"]},
    ),
    (
        "earlier-decision",
        {"decisions": ({"outcome": "delay", "decided_on": "2026-06-10", "until": "2026-07-01"},)},
        {"outcome": "delay", "decided_on": "2026-06-10", "until": "2026-07-01"},
    ),
    (
        "screening-stale",
        {"screening": {"answered": {"fever": "2026-06-10 10:00"}}},
        {"older_than_hours": 336, "questions": ["fever"]},
    ),
    ("pregnancy", {"pregnant": "yes"}, {"pregnant": "yes", "answered_on": "2026-06-27"}),
    (
        "local-infection",
        {"infection_at_site": "yes", "screening": {"answered_at": None}},
        {"infection_at_site": "yes", "answered_on": None},
    ),
    (
        "acute-trauma",
        {"bruising": "yes", "sudden_pop": "yes", "screening": {"answered": {"bruising": "2026-06-28 23:30Z"}}},
        {"yes": ["sudden_pop", "bruising"], "onset": "gradual", "answered_on": "2026-06-29"},
    ),
    (
        "rest-window",
        {"activities": (_SPORT,)},
        {
            "loads": [
                {
                    "kind": "sport",
                    "start": "2026-07-01T08:00:00+00:00",
                    "injection_ended": "2026-06-30T09:30:00+00:00",
                    "rest_hours": 48,
                    "agreed_to_move": False,
                }
            ]
        },
    ),
    (
        "acute-trauma",
        {"bruising": "yes", "screening": {"onset": "sudden", "answered_at": None}},
        {"yes": ["bruising"], "onset": "sudden", "answered_on": None},
    ),
    (
        "rest-window",
        {"loading": {"physiotherapy": "2026-06-30 12:00"}},
        {
            "loads": [
                {
                    "kind": "physiotherapy",
                    "start": "2026-06-30T11:00:00+00:00",
                    "injection_ended": "2026-06-30T09:30:00+00:00",
                    "rest_hours": 48,
                    "agreed_to_move": False,
                }
            ]
        },
    ),
    ("anticoagulant", {"bleeding_disorder": "yes"}, {"yes": ["bleeding_disorder"]}),
    (
        "anticoagulant",
        {"bleeding_disorder": "yes", "screening": {"blood_thinner_kind": "doac"}, **_THINNER},
        {"yes": ["bleeding_disorder", "blood_thinner"], "blood_thinner_kind": "doac"},
    ),
    (
        "anticoagulant",
        {"screening": {"blood_thinner_kind": "warfarin", "inr": 2.5, "inr_on": "2026-06-25"}, **_THINNER},
        {
            "yes": ["blood_thinner"],
            "blood_thinner_kind": "warfarin",
            "inr": 2.5,
            "inr_on": "2026-06-25",
            "start_on": "2026-06-30",
        },
    ),
    (
        "systemic-red-flag",
        {"fever": "yes", "night_pain": "yes"},
        {"yes": ["fever", "night_pain"], "answered_on": "2026-06-27"},
    ),
    ("nerve-or-back", {"numbness": "yes", "back_pain": "yes"}, {"yes": ["numbness", "back_pain"]}),
    ("nerve-or-back", {"numbness": "yes"}, {"yes": ["numbness"]}),
    (
        "systemic-infection",
        {"infection_or_antibiotics": "yes", "preventive_antibiotic": "yes"},
        {"preventive_antibiotic": "yes", "infection_or_antibiotics": "yes", "answered_on": "2026-06-27"},
    ),
    ("systemic-infection", {"preventive_antibiotic": "yes"}, {"preventive_antibiotic": "yes"}),
    (
        "conservative-care-first",
        {"pathway": {"physiotherapy": "not-possible", "not_possible_reason": " Frail. "}},
        {"physiotherapy": "not-possible", "response": "not-satisfactory", "not_possible_reason": "Frail."},
    ),
    (
        "conservative-care-first",
        {"pathway": {"physiotherapy": "not-possible", "not_possible_reason": " "}},
        {"physiotherapy": "not-possible", "response": "not-satisfactory", "not_possible_reason": None},
    ),
    (
        "screening-incomplete",
        {"fever": "not-sure", "diabetes": None, "bruising": None, "screening": {"onset": None}},
        {"unanswered": ["bruising", "diabetes", "onset"], "not_sure": ["fever"]},
    ),
    (
        "acute-trauma",
        {"bruising": "yes", "screening": _OLD_INJURY, "reports": ({"tear": "full"}, {"modality": "mri"})},
        {
            "yes": ["bruising"],
            "onset": "sudden",
            "injury_on": "2026-04-07",
            "start_on": "2026-06-30",
            "tears": ["full", "none"],
        },
    ),
    (
        "tendon-tear",
        {"reports": ({"tear": "partial", "tear_grade": "1", "tear_size_mm": 4.0}, _MRI)},
        {
            "reports": [
                {
                    "modality": "mri",
                    "performed_on": "2026-06-01",
                    "tendinopathy": "yes",
                    "bursitis": "no",
                    "tear": "none",
                    "tear_grade": None,
                    "tear_size_mm": None,
                    "other_diagnosis": "none",
                },
                {
                    "modality": "ultrasound",
                    "performed_on": "2026-05-31",
                    "tendinopathy": "yes",
                    "bursitis": "no",
                    "tear": "partial",
                    "tear_grade": "1",
                    "tear_size_mm": 4.0,
                    "other_diagnosis": "none",
                },
            ]
        },
    ),
    ("suspected-avulsion", {"pathway": {"suspected_avulsion": "yes"}}, {"suspected_avulsion": "yes", "reports": []}),
    ("ultrasound-assessment", {"reports": ({"modality": "mri"},)}, {"ultrasound": None, "mri": True}),
    ("ultrasound-assessment", {"reports": ()}, {"ultrasound": None, "mri": False}),
    ("anti-doping", {"tested_sport": "yes"}, {"tested_sport": "yes", "next_event_on": None, "start_on": "2026-06-30"}),
]


@pytest.mark.parametrize(("rule", "facts", "evidence"), EVIDENCE)
def test_the_evidence(rule: str, facts: dict[str, Any], evidence: dict[str, Any]) -> None:
    """Values that a reader recognises; their digest decides whether a decision still covers the finding."""
    assert the(rule, **facts).evidence == evidence


def test_evidence_is_in_one_order() -> None:
    """Whatever the order of the facts."""
    one = the("rest-window", activities=(_SPORT,), loading={"physiotherapy": "2026-06-30 12:00"})
    starts = [load["start"] for load in one.evidence["loads"]]  # type: ignore[attr-defined]
    assert starts == sorted(starts)
    days = ("2026-03-10", "2026-04-10", "2026-05-10")
    forward, backward = the("repeat-interval", given=days), the("repeat-interval", given=days[::-1])
    assert forward.concerns[0].digest == backward.concerns[0].digest


def test_an_injection_is_named_alike_whether_booked_or_given() -> None:
    """So a decision goes on covering the finding when a booked one has been given."""
    booked, given = the("repeat-interval", booked=("2026-03-20",)), the("repeat-interval", given=("2026-03-20",))
    assert booked.concerns[0] == given.concerns[0]
    assert booked.message != given.message


def test_what_passes_and_comes_again_is_another_concern() -> None:
    """The day of the answer is evidence of a fever, an infection, a pregnancy; of a diabetes it is not."""
    for question in ("fever", "infection_at_site", "infection_or_antibiotics", "pregnant"):
        first, again = (
            assess(clean(screening={"answered": {question: day}}, **{question: "yes"})).findings[0].concerns[0].digest
            for day in ("2026-06-20", "2026-06-25")
        )
        assert first != again, question
    first, again = (
        the("diabetes", diabetes="yes", screening={"answered": {"diabetes": day}})
        for day in ("2026-06-20", "2026-06-25")
    )
    assert first.concerns[0] == again.concerns[0]

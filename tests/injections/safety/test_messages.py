"""What staff read, word for word, and the evidence beside it, where either depends on the facts."""

from typing import Any

import pytest

from injections.safety.assess import assess
from injections.safety.findings import Finding
from tests.injections.safety.example import clean


def the(rule: str, **facts: Any) -> Finding:
    return next(finding for finding in assess(clean(**facts)).findings if finding.rule == rule)


_SPORT = {"kind": "sport", "start": "2026-07-01 09:00"}
_THINNER = {"blood_thinner": "yes"}
_OLD_INJURY = {"onset": "sudden", "injury_on": "2026-04-07"}

MESSAGES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "repeat-interval",
        "Too soon: given in this area on 10 May 2026, less than 3 months apart.",
        {"given": ("2026-04-10", "2026-05-10")},
    ),
    (
        "repeat-interval",
        "Close: booked in this area on 1 October 2026, less than 4 months apart.",
        {"given": ("2026-03-20",), "booked": ("2026-10-01",)},
    ),
    (
        "injection-history-unknown",
        "The patient says no steroid injection in the last 12 months; one is recorded.",
        {"given": ("2026-01-10",)},
    ),
    (
        "repeat-number",
        "Injection number 3 in this area; the last counts as 10 January 2025. It helped.",
        {"given": ({"given": "2025-01-10", "helped": "yes"}, {"given": "2024-01-10", "helped": "no"})},
    ),
    (
        "repeat-number",
        "Injection number 2 in this area; the last counts as 10 January 2025. It did not help.",
        {"given": ({"given": "2025-01-10", "helped": "no"},)},
    ),
    (
        "repeat-number",
        "Injection number 2 in this area; the last counts as 30 June 2026. Not known whether it helped.",
        {"given": ("2026-06-30",)},
    ),
    (
        "repeat-number",
        "Injection number 1 in this area; the last counts as 1 July 2026. Not known whether it helped.",
        {"given": ({"given": "2026-07-01", "helped": "not-sure"},)},
    ),
    *(
        (
            "repeat-without-physiotherapy",
            f"A further injection in this area while physiotherapy {words}.",
            {"given": ("2020",), "pathway": {"physiotherapy": physiotherapy}},
        )
        for physiotherapy, words in (
            ("none", "has not started"),
            ("not-possible", "is not possible"),
            (None, "is not recorded"),
        )
    ),
    (
        "rest-window",
        "The patient's own sport 22 hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
        {"activities": (_SPORT,)},
    ),
    *(
        (
            "rest-window",
            f"Travel {hours} hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
            {"activities": ({"kind": "travel", "start": f"2026-07-01 {hour}"},)},
        )
        for hour, hours in (("08:30", 22), ("10:29:59", 23))
    ),
    (
        "rest-window",
        "Physiotherapy 3 hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
        {"activities": (_SPORT,), "loading": {"exercise-class": "2026-07-01", "physiotherapy": "2026-06-30 13:59"}},
    ),
    (
        "rest-window",
        "An exercise class 0 hours after the end of an injection; rest is 48 hours, until 3 July 2026 00:00.",
        {"kind": "exercise-class", "given": ("2026-06-30",)},
    ),
    (
        "rest-window",
        "Travel 0 hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
        {"activities": ({"kind": "travel", "start": "2026-06-30 10:30"},)},
    ),
    (
        "rest-window",
        "The patient's manual work 0 hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
        {"activities": ({"kind": "manual-work", "start": "2026-06-30 10:30"},)},
    ),
    (
        "yearly-limit",
        "3 injections in this area within 12 months before this one.",
        {"given": ("2025-08-01", "2025-10-01", "2025-12-01")},
    ),
    (
        "steroid-load",
        "Another steroid injection on 20 June 2026, fewer than 28 days before.",
        {"given": tuple({"given": day, "site": "other-site"} for day in ("2026-06-20", "2026-06-05"))},
    ),
    (
        "steroid-load",
        "3 steroid injections within 12 months, anywhere.",
        {"given": tuple({"given": f"2025-{month}-01", "site": "other-site"} for month in (10, 11, 12))},
    ),
    (
        "sites-per-day",
        "This would be injection number 4 on 30 June 2026; at most 3 on one day.",
        {"booked": tuple({"start": f"2026-06-30 1{hour}:00", "site": "hip-joint"} for hour in (2, 3, 4))},
    ),
    (
        "bilateral-same-day",
        "The right side of the same area is injected on 30 June 2026 too.",
        {"booked": ({"start": "2026-06-30 11:00", "side": "right"},)},
    ),
    (
        "conservative-care-first",
        "It is not known whether physiotherapy was tried; it comes before an injection.",
        {"no_pathway": True},
    ),
    (
        "conservative-care-first",
        "Physiotherapy was not tried; it comes before an injection.",
        {"pathway": {"physiotherapy": "none"}},
    ),
    ("conservative-care-first", "The response to physiotherapy is not recorded.", {"pathway": {"response": None}}),
    (
        "conservative-care-first",
        "The response to physiotherapy is satisfactory.",
        {"pathway": {"response": "satisfactory"}},
    ),
    ("specialist-assessment", "No clinical assessment by a specialist is recorded.", {"no_pathway": True}),
    (
        "specialist-assessment",
        "No clinical assessment by a specialist has taken place for certain.",
        {"pathway": {"specialist_assessment": "not-sure"}},
    ),
    (
        "side-mismatch",
        "The patient says the pain is on the right side; the injection is for the left.",
        {"screening": {"pain_side": "right"}},
    ),
    (
        "ultrasound-assessment",
        "The newest ultrasound report is of 30 June 2025, 12 months old or older.",
        {"reports": ({"performed_on": "2025-06-30"}, {"performed_on": "2024-06-30"})},
    ),
    (
        "other-imaging-diagnosis",
        "The newest report names another diagnosis.",
        {"reports": ({"other_diagnosis": "other"},)},
    ),
    (
        "other-imaging-diagnosis",
        "The newest report names ischiofemoral impingement.",
        {"reports": ({"other_diagnosis": "ischiofemoral-impingement"},)},
    ),
    ("suspected-avulsion", "The newest report shows an avulsion.", {"reports": ({"tear": "avulsion"},)}),
    ("suspected-avulsion", "An avulsion of the tendon is suspected.", {"pathway": {"suspected_avulsion": "yes"}}),
    (
        "systemic-red-flag",
        "Red flag: fever, weight loss.",
        {"fever": "yes", "unexplained_weight_loss": "yes", "night_pain": "yes"},
    ),
    (
        "systemic-red-flag",
        "To be weighed by the radiologist: cancer in the past, pain at night.",
        {"night_pain": "yes", "cancer_history": "yes"},
    ),
    (
        "acute-trauma",
        "A possible tear, day of the injury unknown: sudden pop, bruising.",
        {"bruising": "yes", "sudden_pop": "yes"},
    ),
    (
        "acute-trauma",
        "A possible tear since 8 April 2026: bruising.",
        {"bruising": "yes", "screening": {"onset": "sudden", "injury_on": "2026-04-08"}},
    ),
    (
        "acute-trauma",
        "Injury on 7 April 2026, and no later report excludes a full tear.",
        {"bruising": "yes", "screening": _OLD_INJURY, "reports": ()},
    ),
    (
        "acute-trauma",
        "Injury on 7 April 2026; a later report shows no full tear or avulsion.",
        {"bruising": "yes", "screening": _OLD_INJURY},
    ),
    ("acute-trauma", "The pain came gradually, with: difficulty walking.", {"difficulty_walking": "yes"}),
    (
        "pain-site-mismatch",
        "The pain is mainly at the side of the hip, which does not fit this site.",
        {"screening": {"main_pain_site": "side-of-hip"}},
    ),
    (
        "pain-site-mismatch",
        "The pain is mainly at the sit bone, which does not fit this site.",
        {"site": "hip-joint", "screening": {"main_pain_site": "sit-bone"}},
    ),
    (
        "pain-site-mismatch",
        "The pain is mainly somewhere else, which does not fit this site.",
        {"screening": {"main_pain_site": "other"}},
    ),
    ("under-18", "Under 18 on the day of the visit; 18 on 1 July 2026.", {"date_of_birth": "2008-07-01"}),
    (
        "surgery-planned",
        "An operation there on 30 November 2026, within 6 months.",
        {"surgery_planned": "yes", "screening": {"surgery_on": "2026-11-30"}},
    ),
    (
        "surgery-planned",
        "The planned operation of 1 June 2026 is past: ask whether it took place.",
        {"surgery_planned": "yes", "screening": {"surgery_on": "2026-06-01"}},
    ),
    (
        "diabetes",
        "Diabetes, poorly controlled: sugar may rise for some days after.",
        {"diabetes": "yes", "screening": {"diabetes_poorly_controlled": "yes"}},
    ),
    ("diabetes", "Diabetes, not known how well controlled: sugar may rise for some days after.", {"diabetes": "yes"}),
    (
        "systemic-infection",
        "An infection or antibiotics, reported fewer than 14 days before.",
        {"infection_or_antibiotics": "yes"},
    ),
    (
        "screening-incomplete",
        "2 not answered or not sure: fever, how it started.",
        {"fever": "not-sure", "screening": {"onset": None}},
    ),
    ("screening-incomplete", "37 not answered or not sure.", {"no_screening": True}),
    (
        "screening-stale",
        "The answers will be 14 days old or older; the reminders ask again.",
        {"screening": {"answered_at": "2026-06-10 10:00"}},
    ),
]


@pytest.mark.parametrize(("rule", "message", "facts"), MESSAGES, ids=[message for _, message, _ in MESSAGES])
def test_the_message(rule: str, message: str, facts: dict[str, Any]) -> None:
    """With its dates filled in."""
    assert the(rule, **facts).message == message


EVIDENCE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "repeat-interval",
        {"given": ("2026-03", "2020-01-01"), "booked": ("2026-10-01",)},
        {
            "start_on": "2026-06-30",
            "injections": [
                {
                    "site": "hamstring-origin",
                    "side": "left",
                    "counted_on": "2026-03-31",
                    "status": "given",
                    "given": "2026-03",
                    "steroid": True,
                },
                {"site": "hamstring-origin", "side": "left", "counted_on": "2026-10-01", "status": "booked"},
            ],
        },
    ),
    (
        "injection-history-unknown",
        {"given": ({"given": "2026-01-10", "site": "other-site", "side": "unknown", "steroid": None},)},
        {
            "steroid_injection_last_12_months": "no",
            "injections": [
                {
                    "site": "other-site",
                    "side": "unknown",
                    "counted_on": "2026-01-10",
                    "status": "given",
                    "given": "2026-01-10",
                    "steroid": None,
                }
            ],
        },
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
    ("systemic-red-flag", {"fever": "yes", "night_pain": "yes"}, {"yes": ["fever", "night_pain"]}),
    ("nerve-or-back", {"numbness": "yes", "back_pain": "yes"}, {"yes": ["numbness", "back_pain"]}),
    ("nerve-or-back", {"numbness": "yes"}, {"yes": ["numbness"]}),
    (
        "systemic-infection",
        {"infection_or_antibiotics": "yes", "preventive_antibiotic": "yes"},
        {"preventive_antibiotic": "yes", "infection_or_antibiotics": "yes"},
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
        {"reports": ({"tear": "partial", "tear_grade": "1", "tear_size_mm": 4.0},)},
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
    ),
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
    assert forward.digest == backward.digest

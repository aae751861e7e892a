"""What staff read, word for word, where it depends on the facts."""

from typing import Any

import pytest

from injections.safety.findings import MESSAGE_LIMIT
from tests.injections.safety.example import the

_SPORT = {"kind": "sport", "start": "2026-07-01 09:00"}
_THINNER = {"blood_thinner": "yes"}
_MRI = {"modality": "mri", "performed_on": "2026-06-01"}
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
        "repeat-interval",
        "Too soon: given in this area some time in 2025, counted as 31 December, less than 3 months apart.",
        {"given": ("2025",), "start": "2026-03-01"},
    ),
    (
        "repeat-interval",
        "Too soon: given in this area some time in June 2026, counted as 20 June, less than 3 months apart.",
        {"given": ("2026-06",), "start": "2026-06-20"},
    ),
    (
        "repeat-interval",
        "Too soon: given in this area some time in 2026, counted as 31 December 2025, less than 3 months apart.",
        {"given": ({"given": "2026", "recorded_on": "2025-12-31"},), "start": "2026-03-01"},
    ),
    (
        "repeat-interval",
        "Too soon: given in this area on an unknown date, counted as 30 June 2026, less than 3 months apart.",
        {"given": ({"given": None},)},
    ),
    (
        "injection-history-unknown",
        "An earlier injection is named among the treatments tried; none is recorded.",
        {"pathway": {"treatments_tried": ("earlier-injection",)}},
    ),
    (
        "injection-history-unknown",
        "Not known whether there was any steroid injection in the last 12 months.",
        {"pathway": {"treatments_tried": ("earlier-injection",)}, "steroid_injection_last_12_months": None},
    ),
    (
        "injection-history-unknown",
        "The patient says no steroid injection in the last 12 months; one is recorded.",
        {"given": ("2026-01-10",)},
    ),
    (
        "repeat-number",
        "Injection number 3 in this area; the last on 10 January 2025. It helped.",
        {"given": ({"given": "2025-01-10", "helped": "yes"}, {"given": "2024-01-10", "helped": "no"})},
    ),
    (
        "repeat-number",
        "Injection number 2 in this area; the last on 10 January 2025. It did not help.",
        {"given": ({"given": "2025-01-10", "helped": "no"},)},
    ),
    (
        "repeat-number",
        "Injection number 2 in this area; the last on 30 June 2026. Not known whether it helped.",
        {"given": ("2026-06-30",)},
    ),
    (
        "repeat-number",
        "Injection number 1 in this area; the last on 1 July 2026. Not known whether it helped.",
        {"given": ({"given": "2026-07-01", "helped": "not-sure"},)},
    ),
    (
        "repeat-number",
        "Injection number 2 in this area; the last some time in 2024, counted as 31 December. It helped.",
        {"given": ({"given": "2024", "helped": "yes"},)},
    ),
    (
        "repeat-number",
        "3 given in this area already, to be weighed; the last some time in May 2024, counted as 31 May. It helped.",
        {"given": ("2019", "2020", {"given": "2024-05", "helped": "yes"})},
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
        "rest-window",
        "The patient's race 22 hours after the end of an injection; rest is 48 hours, until 2 July 2026 10:30.",
        {"activities": ({"kind": "race", "start": "2026-07-01 09:00"},)},
    ),
    (
        "early-load",
        "A race on 10 July 2026, within 14 days of the injection: the tendon is weaker for a while.",
        {"activities": ({"kind": "sport", "start": "2026-07-05"}, {"kind": "race", "start": "2026-07-10"})},
    ),
    (
        "early-load",
        "Sport on 6 July 2026, within 14 days of the injection: step by step, no sprinting or jumping yet.",
        {"activities": ({"kind": "sport", "start": "2026-07-05 23:30Z"},)},
    ),
    (
        "open-warning-sign",
        "A call about a warning sign, a complication or a red flag is not closed yet.",
        {"open_warning_sign": True},
    ),
    (
        "earlier-decision",
        "An injection here was declined on 10 January 2026, less than 12 months before.",
        {"decisions": ({"outcome": "decline", "decided_on": "2026-01-10"},)},
    ),
    (
        "earlier-decision",
        "An injection here was delayed on 10 June 2026: not before 1 July 2026.",
        {"decisions": ({"outcome": "delay", "decided_on": "2026-06-10", "until": "2026-07-01"},)},
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
        "Another steroid injection some time in May 2026, counted as 31 May, fewer than 28 days before.",
        {"given": ({"given": "2026-05", "site": "other-site"},), "start": "2026-06-20"},
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
        "The ultrasound of 31 May 2026 names another diagnosis.",
        {"reports": ({"other_diagnosis": "other"},)},
    ),
    (
        "other-imaging-diagnosis",
        "The ultrasound of 31 May 2026 names ischiofemoral impingement.",
        {"reports": ({"other_diagnosis": "ischiofemoral-impingement"},)},
    ),
    (
        "other-imaging-diagnosis",
        "The MRI of 1 June 2026 names a stress fracture; the ultrasound of 31 May 2026 differs.",
        {"reports": ({}, {**_MRI, "other_diagnosis": "stress-fracture"})},
    ),
    (
        "tendon-tear",
        "The ultrasound of 31 May 2026 shows a full tear of the tendon.",
        {"reports": ({"tear": "full"}, {**_MRI, "tear": "full"})},
    ),
    (
        "tendon-tear",
        "The ultrasound of 31 May 2026 shows a partial tear of the tendon; the MRI of 1 June 2026 differs.",
        {"reports": ({"tear": "partial"}, _MRI)},
    ),
    (
        "tendon-tear",
        "The MRI of 1 June 2026 shows a full tear of the tendon; the ultrasound of 31 May 2026 differs.",
        {"reports": ({"tear": "partial"}, {**_MRI, "tear": "full"})},
    ),
    (
        "suspected-avulsion",
        "The ultrasound of 31 May 2026 shows an avulsion.",
        {"reports": ({**_MRI, "tear": "avulsion"}, {"tear": "avulsion"})},
    ),
    (
        "suspected-avulsion",
        "The MRI of 1 June 2026 shows an avulsion; the ultrasound of 31 May 2026 differs.",
        {"reports": ({}, {**_MRI, "tear": "avulsion"})},
    ),
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
        "systemic-red-flag",
        "Often part of the condition here: pain at night.",
        {"site": "trochanteric-bursa", "night_pain": "yes"},
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
    (
        "acute-trauma",
        "Injury on 7 April 2026; the ultrasound of 31 May 2026 shows a full tear; the MRI of 1 June 2026 differs.",
        {"bruising": "yes", "screening": _OLD_INJURY, "reports": ({"tear": "full"}, _MRI)},
    ),
    (
        "acute-trauma",
        "Injury on 7 April 2026; the MRI of 1 June 2026 shows an avulsion.",
        {"bruising": "yes", "screening": _OLD_INJURY, "reports": ({**_MRI, "tear": "avulsion"},)},
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
        "The pain is mainly in the upper buttock, which does not fit this site.",
        {"screening": {"main_pain_site": "upper-buttock"}},
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
        "anticoagulant",
        "Warfarin with an INR of 3.4 of 25 June 2026, above 3. It is not to be stopped.",
        {"screening": {"blood_thinner_kind": "warfarin", "inr": 3.4, "inr_on": "2026-06-25"}, **_THINNER},
    ),
    (
        "anticoagulant",
        "Warfarin with an INR of 3.05, above 3. It is not to be stopped.",
        {"screening": {"blood_thinner_kind": "warfarin", "inr": 3.05}, **_THINNER},
    ),
    (
        "anticoagulant",
        "Takes a blood thinner: its kind or INR needs a look. It is not to be stopped.",
        {"screening": {"blood_thinner_kind": "warfarin", "inr": 3.0, "inr_on": "2026-06-22"}, **_THINNER},
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
    (
        "screening-stale",
        "2 of the answers will be 14 days old or older; the reminders ask again.",
        {"screening": {"answered": {"fever": "2026-06-10 10:00", "onset": "2026-06-10 10:00"}}},
    ),
]


@pytest.mark.parametrize(("rule", "message", "facts"), MESSAGES, ids=[message for _, message, _ in MESSAGES])
def test_the_message(rule: str, message: str, facts: dict[str, Any]) -> None:
    """With its dates filled in."""
    assert the(rule, **facts).message == message


def test_a_second_appointment_of_one_day_is_a_target_of_the_first() -> None:
    """What reception does is not the same there: the other one is booked for that date, so a target is added to it."""
    for booked in (("2026-06-30 10:30",), ("2026-06-30 16:00", "2026-09-01")):
        action = the("repeat-interval", booked=booked).action or ""
        assert action.startswith("Add the target to the appointment that stands")
        assert len(action) < 160
    for other in ({"booked": ("2026-07-01",)}, {"given": ("2026-06-30",)}, {"given": ("2026-06-01",)}):
        assert (the("repeat-interval", **other).action or "").startswith("Say that it is too soon")
    assert the("repeat-interval", booked=("2026-03-20",)).action is None


LONGEST: dict[str, dict[str, Any]] = {
    "repeat-number": {"given": tuple({"given": None, "recorded_on": "2025-09-30"} for _ in range(12))},
    "repeat-interval": {"given": ("2025-09",), "start": "2025-11-30"},
    "steroid-load": {"given": ({"given": "2025-09", "site": "other-site"},), "start": "2025-10-20"},
    "other-imaging-diagnosis": {
        "reports": (
            {"other_diagnosis": "ischiofemoral-impingement", "performed_on": "2025-09-30"},
            {"modality": "mri", "performed_on": "2025-09-30"},
        )
    },
    "acute-trauma": {
        "screening": {"onset": "sudden", "injury_on": "2025-09-20"},
        "bruising": "yes",
        "reports": (
            {"tear": "avulsion", "performed_on": "2025-09-30"},
            {"modality": "mri", "performed_on": "2025-09-30"},
        ),
    },
}


@pytest.mark.parametrize("rule", LONGEST)
def test_the_longest_message_is_short_enough(rule: str) -> None:
    """With September, a day of two figures and both kinds of scan."""
    assert len(the(rule, **LONGEST[rule]).message) < MESSAGE_LIMIT

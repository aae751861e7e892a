"""Thresholds: tightened, never loosened, and part of the version."""

from typing import Any

import pytest

from injections.safety.assess import assess
from injections.safety.policy import DEFAULT, RULES_VERSION, Policy, PolicyError, clinic_policy, thresholds
from injections.safety.questions import QUESTIONS
from tests.injections.safety.example import clean

STRICTER: dict[str, tuple[object, object]] = {
    "repeat_critical_months": (4, 2),
    "repeat_review_months": (6, 3),
    "rest_hours": (72, 47),
    "rest_max_hours": (96, 71),
    "early_load_hours": (337, 335),
    "repeat_number_review": (3, 5),
    "decision_months": (13, 11),
    "yearly_months": (13, 11),
    "yearly_count": (2, 4),
    "load_count": (2, 4),
    "load_days": (29, 27),
    "injections_per_day": (2, 4),
    "ultrasound_valid_months": (6, 13),
    "trauma_days": (85, 83),
    "infection_hours": (337, 335),
    "screening_valid_hours": (335, 337),
    "adult_years": (19, 17),
    "surgery_critical_months": (4, 2),
    "surgery_review_months": (7, 5),
    "inr_max": (2.5, 3.1),
    "inr_days": (7, 9),
    "event_days": (12, 10),
    "steroid_max_mg": (40, 80.5),
    "dose_tolerance_mg": (0.1, 0.6),
    "lidocaine_max_mg": (150, 201),
}


def test_the_thresholds_of_the_rules() -> None:
    """The numbers of the specification, in one place."""
    assert {one.name: one.default for one in thresholds()} == {
        "repeat_critical_months": 3,
        "repeat_review_months": 4,
        "rest_hours": 48,
        "rest_max_hours": 72,
        "early_load_hours": 336,
        "repeat_number_review": 4,
        "decision_months": 12,
        "yearly_months": 12,
        "yearly_count": 3,
        "load_count": 3,
        "load_days": 28,
        "injections_per_day": 3,
        "ultrasound_valid_months": 12,
        "trauma_days": 84,
        "infection_hours": 336,
        "screening_valid_hours": 336,
        "adult_years": 18,
        "surgery_critical_months": 3,
        "surgery_review_months": 6,
        "inr_max": 3.0,
        "inr_days": 8,
        "event_days": 11,
        "steroid_max_mg": 80.0,
        "dose_tolerance_mg": 0.5,
        "lidocaine_max_mg": 200.0,
    }
    assert set(STRICTER) == {one.name for one in thresholds()}


@pytest.mark.parametrize("name", STRICTER)
def test_a_threshold_can_be_tightened_but_not_loosened(name: str) -> None:
    """As a number or as text from the environment; its own value is no change."""
    stricter, looser = STRICTER[name]
    for value in (stricter, str(stricter)):
        tightened = DEFAULT.tightened({name: value})
        assert getattr(tightened, name) == stricter
        assert tightened.rules_version.startswith(f"{RULES_VERSION}+")
    assert DEFAULT.tightened({name: getattr(DEFAULT, name)}) == DEFAULT
    for value in (looser, str(looser)):
        with pytest.raises(PolicyError, match=f"{name} must be .* looser"):
            DEFAULT.tightened({name: value})


@pytest.mark.parametrize("name", STRICTER)
@pytest.mark.parametrize("value", [None, True, "", "x", "nan", "inf", float("nan"), float("inf"), [], "1e9999"])
def test_what_is_no_number_is_refused(name: str, value: Any) -> None:
    """With the setting's name."""
    with pytest.raises(PolicyError, match=name):
        DEFAULT.tightened({name: value})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rest_hour": 72}, "rest_hour is not a threshold"),
        ({"zone_name": "UTC"}, "zone_name is not a threshold"),
        ({"rest_hours": "48.5"}, "whole number"),
        ({"rest_hours": 48.5}, "whole number"),
        ({"rest_hours": 100_000}, "mistyped"),
        ({"injections_per_day": 0}, "mistyped"),
        ({"repeat_critical_months": 5}, "repeat_critical_months must not be greater than repeat_review_months"),
        ({"rest_hours": 73}, "rest_hours must not be greater than rest_max_hours"),
        ({"surgery_critical_months": 7}, "surgery_critical_months must not be greater"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object], reason: str) -> None:
    """A clear sentence instead of a surprise."""
    with pytest.raises(PolicyError, match=reason):
        DEFAULT.tightened(changes)


def test_two_bands_can_be_tightened_together() -> None:
    """The order in which they are given does not matter."""
    both = {"repeat_critical_months": 5, "repeat_review_months": 6}
    assert DEFAULT.tightened(both) == DEFAULT.tightened(dict(reversed(both.items())))


def test_the_version_tells_which_thresholds_were_used() -> None:
    """The same changes give the same version, other ones another."""
    one, same, other = (DEFAULT.tightened({"rest_hours": hours}) for hours in (60, "60", 61))
    assert DEFAULT.rules_version == Policy().rules_version == RULES_VERSION
    assert one.rules_version == same.rules_version != other.rules_version
    assert DEFAULT.in_zone("Europe/Paris").rules_version not in (RULES_VERSION, one.rules_version)
    assert assess(clean(), policy=one).rules_version == one.rules_version


@pytest.mark.parametrize(
    ("changes", "facts", "rule", "severity"),
    [
        (
            {"early_load_hours": 337},
            {"activities": ({"kind": "race", "start": "2026-07-14 11:29"},)},
            "early-load",
            "warning",
        ),
        ({"rest_max_hours": 96}, {"activities": ({"kind": "sport", "start": "2026-07-04 10:29"},)}, "early-load", None),
        ({"repeat_number_review": 3}, {"given": ("2019", "2024")}, "repeat-number", "warning"),
        (
            {"decision_months": 13},
            {"decisions": ({"outcome": "decline", "decided_on": "2025-05-31"},)},
            "earlier-decision",
            "warning",
        ),
    ],
)
def test_the_new_thresholds_judge(
    changes: dict[str, object], facts: dict[str, Any], rule: str, severity: str | None
) -> None:
    """Each tightened by a step, on a case that its own value leaves otherwise."""
    found, usual = (
        {finding.rule: finding.severity for finding in assess(clean(**facts), policy=policy).findings}.get(rule)
        for policy in (DEFAULT.tightened(changes), DEFAULT)
    )
    assert found == severity != usual


def test_days_are_said_in_full() -> None:
    """An hour of the fifteenth day is that day."""
    race = {"activities": ({"kind": "race", "start": "2026-07-10"},)}
    found = assess(clean(**race), policy=DEFAULT.tightened({"early_load_hours": 337})).findings
    assert [finding.message for finding in found] == [
        "A race on 10 July 2026, within 15 days of the injection: the tendon is weaker for a while."
    ]


def test_a_tightened_threshold_is_the_one_that_judges() -> None:
    """Verdict, dates and rest follow it."""
    policy = DEFAULT.tightened({"repeat_critical_months": 4, "repeat_review_months": 5, "rest_hours": 60})
    facts = clean(given=("2026-03-10",), loading={"physiotherapy": "2026-07-02 22:29"})
    assessment = assess(facts, policy=policy)
    assert (str(assessment.review_from), str(assessment.clear_from)) == ("2026-07-10", "2026-08-10")
    assert [f.rule for f in assessment.findings if f.severity == "critical"] == ["repeat-interval", "rest-window"]
    assert assess(facts).verdict == "review"


def test_a_clinic_is_configured_by_its_environment() -> None:
    """SAFETY_ variables and the time zone; everything else is left alone."""
    assert clinic_policy({}) == clinic_policy({"CLINIC_TIME_ZONE": "", "PATH": "/bin"}) == DEFAULT
    policy = clinic_policy({"SAFETY_REST_HOURS": "72", "CLINIC_TIME_ZONE": "Europe/Dublin"})
    assert (policy.rest_hours, policy.zone.key) == (72, "Europe/Dublin")
    for wrong in ({"SAFETY_REST": "72"}, {"SAFETY_REST_HOURS": "24"}, {"CLINIC_TIME_ZONE": "Mars/Olympus"}):
        with pytest.raises(PolicyError):
            clinic_policy(wrong)


def test_a_clinic_abroad_says_its_own_emergency_words_and_judges_as_any_other() -> None:
    """They are part of the version: what is stored with other words is judged again."""
    words = {"EMERGENCY_NUMBER": "112", "EMERGENCY_DEPARTMENT": "the hospital", "OUT_OF_HOURS_NUMBER": " "}
    abroad = clinic_policy(words)
    here, there = (assess(clean(saddle_or_bladder="yes"), policy=one) for one in (DEFAULT, abroad))
    assert [one.concerns for one in there.findings] == [one.concerns for one in here.findings]
    assert there.findings[0].message == here.findings[0].message.replace("A&E", "the hospital")
    said = here.findings[0].action or ""
    assert there.findings[0].action == said.replace("A&E", "the hospital").replace("999", "112")
    assert abroad.emergency.when_closed == "111"
    assert abroad.rules_version != DEFAULT.rules_version


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "\0"])
def test_a_time_zone_must_exist(name: str) -> None:
    """Else every local date would be wrong."""
    with pytest.raises(PolicyError, match="time zone"):
        DEFAULT.in_zone(name)


@pytest.mark.parametrize(("hours", "days"), [(336, 14), (337, 15), (360, 15), (500, 21)])
def test_a_question_names_every_day_that_counts(hours: int, days: int) -> None:
    policy = DEFAULT.tightened({"infection_hours": hours})
    assert f"in the last {days} days?" in QUESTIONS["infection_or_antibiotics"].asked(policy)


def test_no_question_leaves_a_number_open() -> None:
    assert not [code for code, question in QUESTIONS.items() if set("{}") & set(question.asked(DEFAULT))]

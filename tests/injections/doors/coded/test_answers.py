"""Answers to our questionnaire, by their time; and what stands on record beside them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from injections.doors.coded.questionnaire import CANONICAL, ITEMS, PATHWAY, SCREENING
from injections.safety import codes
from injections.safety.facts import PathwayFacts, ScreeningFacts
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from tests.injections.doors.coded.case import PATIENT, Json, condition, read, request_for, response, screening

DIABETES, POORLY, WARFARIN, PREGNANT = "44054006", "11530004", "48603004", "77386006"


def left(*resources: Json) -> list[str]:
    return [one.reason for one in read(PATIENT, *resources).unread]


def test_a_link_id_is_the_name_that_the_question_has_everywhere() -> None:
    """Every question, follow-up and field of the pathway, each once."""
    asked = {link_id for link_id, item in ITEMS.items() if item.group == SCREENING}
    assert asked == {*QUESTIONS, *(one.field for one in FOLLOW_UPS)}
    fields = {link_id for link_id, item in ITEMS.items() if item.group == PATHWAY}
    assert fields == set(PathwayFacts.__slots__)
    assert all(item.kind != "choice" or item.choices for item in ITEMS.values())


def test_everything_that_can_be_answered_is_read() -> None:
    """Each with its time."""
    found = read(
        PATIENT,
        response(
            {
                "fever": "no",
                "diabetes": "yes",
                "numbness": "not-applicable",
                "pregnant": True,
                "bruising": False,
                "onset": "sudden",
                "injury_on": "2026-06-01",
                "main_pain_site": "groin",
                "pain_side": "both",
                "diabetes_poorly_controlled": "not-sure",
                "surgery_on": "2026-12-01",
                "next_event_on": "2026-12-02",
                "blood_thinner": "yes",
                "blood_thinner_kind": "warfarin",
                "inr": 2.5,
                "inr_on": "2026-06-27",
                "specialist_assessment": "yes",
                "physiotherapy": "not-possible",
                "not_possible_reason": "cannot travel",
                "indications": ["pain-with-running", "deep-buttock-pain"],
                "treatments_tried": ["acupuncture"],
                "loading_stage": 3,
            }
        ),
    )
    at = datetime(2026, 6, 28, 9, tzinfo=UTC)
    answered = ("fever", "diabetes", "numbness", "pregnant", "bruising", "blood_thinner")
    assert found.unread == ()
    assert found.facts.screening == ScreeningFacts(
        answered=dict.fromkeys((*answered, "onset", "injury_on", "main_pain_site", "pain_side"), at),
        answers={
            "fever": "no",
            "diabetes": "yes",
            "numbness": "not-applicable",
            "pregnant": "yes",
            "bruising": "no",
            "blood_thinner": "yes",
        },
        onset="sudden",
        injury_on=date(2026, 6, 1),
        main_pain_site="groin",
        pain_side="both",
        diabetes_poorly_controlled="not-sure",
        surgery_on=date(2026, 12, 1),
        next_event_on=date(2026, 12, 2),
        blood_thinner_kind="warfarin",
        inr=2.5,
        inr_on=date(2026, 6, 27),
    )
    assert found.facts.pathway == PathwayFacts(
        specialist_assessment="yes",
        physiotherapy="not-possible",
        not_possible_reason="cannot travel",
        indications=("pain-with-running", "deep-buttock-pain"),
        treatments_tried=("acupuncture",),
        loading_stage=3,
    )


@pytest.mark.parametrize(
    ("link_id", "value", "reason"),
    [
        ("fever", "perhaps", "item fever: must be one of yes, no, not-sure, not-applicable"),
        ("onset", True, "item onset: must be one of gradual, sudden"),
        ("inr", 90, "item inr: must be a number above 0 and at most 30"),
        ("injury_on", "2026", "item injury_on: must be a date such as 2026-03-24"),
        ("loading_stage", 9, "item loading_stage: must be a whole number from 1 to 4"),
        ("pain_side", ["left", "right"], "item pain_side: must be one of left, right, both"),
        ("indications", ["deep-buttock-pain", "hunch"], "item indications: item 1 must be one of "),
        ("favourite_colour", "blue", "item favourite_colour: is no question of it"),
    ],
)
def test_an_answer_outside_its_list_is_left_and_named(link_id: str, value: Any, reason: str) -> None:
    """The others are read all the same."""
    coded = response({link_id: value, "diabetes": "no"})
    (said,) = left(coded)
    assert said.startswith(reason)
    assert screening(coded).answers == {"diabetes": "no"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "in-progress"}, "status: it is not completed"),
        ({"questionnaire": "https://a.example/Questionnaire/other"}, f"questionnaire: only answers to {CANONICAL}"),
        ({"questionnaire": None}, f"questionnaire: only answers to {CANONICAL} are read"),
        ({"status": "entered-in-error"}, None),
    ],
    ids=["begun", "of others", "of none", "in error"],
)
def test_only_finished_answers_to_our_questionnaire_count(more: Json, reason: str | None) -> None:
    """Link ids of another one may mean anything."""
    coded = {key: value for key, value in (response({"fever": "no"}) | more).items() if value is not None}
    assert read(PATIENT, coded).facts.screening is None
    assert [one[: len(reason or "")] for one in left(coded)] == ([reason] if reason else [])


def test_a_version_of_the_questionnaire_is_taken() -> None:
    """And questions inside groups and inside answers."""
    inner = response({"fever": "no"})["item"]
    outer = response({"diabetes": "yes"})["item"]
    outer[0]["answer"][0]["item"] = inner
    coded = response({}, questionnaire=f"{CANONICAL}|3", item=[{"linkId": "group", "item": outer}])
    assert screening(coded).answers == {"diabetes": "yes", "fever": "no"}
    assert left(coded) == []


EARLY, LATE = "2026-06-01T09:00:00Z", "2026-06-02T09:00:00+02:00"


def test_of_one_question_the_newest_by_its_time_counts() -> None:
    """In whatever order they come; not answering erases nothing; the same instant is one in every zone."""
    early, late = response({"fever": "yes", "bruising": "no"}, EARLY), response({"fever": "no"}, LATE)
    for pair in ((early, late), (late, early)):
        found = screening(*pair)
        assert found.answers == {"fever": "no", "bruising": "no"}
        assert found.time_of("fever") == datetime(2026, 6, 2, 7, tzinfo=UTC)
        assert found.time_of("bruising") == datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_an_answer_without_a_time_makes_nothing_milder() -> None:
    """A "yes" that may be the newest stands; a "no" fills only a gap."""
    for first, second in (("yes", "no"), ("no", "yes")):
        assert screening(response({"fever": first}, EARLY), response({"fever": second}, None)).answers["fever"] == "yes"
    assert screening(response({"fever": "no"}, None)).answers == {"fever": "no"}
    same = screening(
        response({"fever": "yes", "onset": "sudden"}, EARLY), response({"fever": "yes", "onset": "gradual"}, None)
    )
    assert (same.time_of("fever"), same.onset) == (None, "sudden")
    assert screening(response({"fever": "no"}, "2026")).time_of("fever") is None


def test_an_answer_that_changes_takes_its_follow_ups_with_it() -> None:
    """Unless they are answered again; the same answer keeps them."""
    first = response({"blood_thinner": "yes", "blood_thinner_kind": "warfarin", "inr": 2.5}, EARLY)
    assert screening(first, response({"blood_thinner": "yes"}, LATE)).inr == 2.5
    changed = screening(first, response({"blood_thinner": "not-sure"}, LATE))
    assert (changed.blood_thinner_kind, changed.inr) == (None, None)
    again = screening(first, response({"blood_thinner": "no", "blood_thinner_kind": "doac"}, LATE))
    assert (again.blood_thinner_kind, again.inr) == ("doac", None)


def test_what_is_on_record_is_never_undone_by_an_answer() -> None:
    """The more serious of the two stands, without a time where the record has none."""
    said = response({"diabetes": "no", "pregnant": "not-sure", "diabetes_poorly_controlled": "no"})
    found = screening(said, condition(POORLY), condition(PREGNANT))
    assert found.answers == {"diabetes": "yes", "pregnant": "yes"}
    assert found.diabetes_poorly_controlled == "yes"
    assert found.time_of("diabetes") is None
    assert screening(response({"diabetes": "yes"}), condition(DIABETES)).time_of("diabetes") is None


@pytest.mark.parametrize(
    ("said", "kind"), [("warfarin", "warfarin"), ("doac", "several"), ("several", "several"), (None, "warfarin")]
)
def test_the_kind_that_was_said_and_the_one_on_record(said: str | None, kind: str) -> None:
    """Together they are one kind or several."""
    answers = {"blood_thinner": "yes"} | ({"blood_thinner_kind": said} if said else {})
    assert screening(response(answers), request_for(WARFARIN)).blood_thinner_kind == kind
    assert kind in codes.BLOOD_THINNER_KINDS

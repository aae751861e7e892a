"""Answers and pathway as QuestionnaireResponse, and the questions as Questionnaire."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from injections.answers.screening import answer_screening
from injections.doors.coded.own import PLACE
from injections.doors.coded.questionnaire import CANONICAL, ITEMS
from injections.doors.fhir.clinical.questionnaire import questionnaire
from scheduling.models import Patient
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import shown

HOUR = timedelta(hours=1)


def answers_of(response: dict[str, Any]) -> dict[str, list[Any]]:
    """What one response says, by link id."""
    items = [item for group in response["item"] for item in group["item"]]
    return {item["linkId"]: [_value(answer) for answer in item["answer"]] for item in items}


def _value(answer: dict[str, Any]) -> Any:
    [value] = answer.values()
    return value["code"] if isinstance(value, dict) else value


def place_of(response: dict[str, Any]) -> list[str]:
    found = [one["valueCodeableConcept"] for one in response.get("extension", ()) if one["url"] == PLACE]
    return [one["coding"][0]["code"] for one in found]


def test_what_is_of_the_person_counts_everywhere_and_the_rest_at_its_place(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    person, bound, pathway = shown(clinic, "QuestionnaireResponse")
    assert {one["subject"]["reference"] for one in (person, bound, pathway)} == {f"Patient/{patient.pk}"}
    assert {one["questionnaire"] for one in (person, bound, pathway)} == {CANONICAL}
    assert (place_of(person), place_of(bound)[0], place_of(pathway)) == ([], "ischial-tuberosity", place_of(bound))
    assert answers_of(person)["fever"] == ["no"]
    assert answers_of(bound)["pain_side"] == ["left"]
    assert not answers_of(person).keys() & answers_of(bound).keys()
    assert answers_of(pathway)["indications"] == ["deep-buttock-pain"]
    assert person["authored"] == "2026-03-02T09:00:00Z"


def test_each_time_and_giver_has_a_response_of_its_own_and_the_newest_answer_counts(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.now += HOUR
    answer_screening(
        patient.pk,
        screening={"answers": {"diabetes": "yes"}, "diabetes_poorly_controlled": "not-sure"},
        area="ischial-tuberosity",
        side="left",
        by=clinic.reception,
        now=clinic.now,
    )
    of_person = [one for one in shown(clinic, "QuestionnaireResponse") if not place_of(one)]
    newer, older = of_person
    assert answers_of(newer) == {"diabetes": ["yes"], "diabetes_poorly_controlled": ["not-sure"]}
    assert "diabetes" not in answers_of(older)
    assert {one["meta"]["lastUpdated"] for one in of_person} == {"2026-03-02T10:00:00Z"}


@pytest.mark.parametrize(
    ("question", "value", "said"),
    [("injury_on", "2025-12-01", "2025-12-01"), ("onset", "sudden", "sudden"), ("main_pain_site", "groin", "groin")],
    ids=["date", "onset", "choice"],
)
def test_each_answer_has_the_type_of_its_question(clinic: Clinic, question: str, value: str, said: str) -> None:
    clinic.answer(clinic.patient(), **{question: value})
    placed = [one for one in shown(clinic, "QuestionnaireResponse") if place_of(one)]
    assert answers_of(placed[0])[question] == [said]


def test_of_nobody_asked_there_is_none(clinic: Clinic) -> None:
    clinic.patient()
    assert shown(clinic, "QuestionnaireResponse") == []


def test_a_reason_of_receptions_why_physiotherapy_is_impossible_is_left_out_as_the_rules_do(clinic: Clinic) -> None:
    clinic.pathway(
        clinic.patient(), physiotherapy="not-possible", not_possible_reason="No therapist near", response=None
    )
    [told] = shown(clinic, "QuestionnaireResponse")
    assert answers_of(told)["physiotherapy"] == ["not-possible"]
    assert "not_possible_reason" not in answers_of(told)


def test_the_questionnaire_asks_every_question_by_its_name_with_its_answers() -> None:
    told = json.loads(questionnaire().model_dump_json())
    items = {item["linkId"]: item for group in told["item"] for item in group["item"]}
    assert (told["url"], [*items]) == (CANONICAL, [*ITEMS])
    for asked in ITEMS.values():
        item = items[asked.link_id]
        assert item["type"] == asked.kind
        assert [one["valueCoding"]["code"] for one in item.get("answerOption", ())] == [*asked.choices]
        assert [one["question"] for one in item.get("enableWhen", ())] == ([asked.after] if asked.after else [])
        assert "{" not in item["text"]


def test_an_id_of_every_response_leads_back_to_its_patient(clinic: Clinic) -> None:
    from injections.doors.fhir.clinical.answers import patient_of_response

    patient: Patient = clinic.fit_patient()
    told = shown(clinic, "QuestionnaireResponse")
    assert {patient_of_response(one["id"]) for one in told} == {patient.pk}
    assert all(len(one["id"]) <= 64 for one in told)
    assert [patient_of_response(wrong) for wrong in ("12", "x-person-1-0", "-person")] == [None] * 3

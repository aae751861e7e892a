"""What this product writes of its own: open calls, answers of a place, hours of rest, a record that was merged."""

from __future__ import annotations

import pytest

from injections.doors.coded.own import PLACE, REST_HOURS
from injections.doors.coded.questionnaire import CANONICAL
from tests.injections.doors.coded.case import LEFT, PATIENT, RIGHT, SUBJECT, Json, concept, own, procedure, read


def call(why: str, status: str = "requested", **more: Json) -> Json:
    return {
        "resourceType": "Task",
        "intent": "order",
        "status": status,
        "for": SUBJECT,
        "code": own("call", why),
    } | more


@pytest.mark.parametrize(
    ("sent", "warning_sign", "rules"),
    [
        (call("warning-sign"), True, ()),
        (call("complication", "in-progress"), True, ()),
        (call("warning-sign", "completed"), False, ()),
        (call("red-flag", reasonCode=own("rule", "systemic-red-flag")), False, ("systemic-red-flag",)),
        (call("red-flag", "cancelled", reasonCode=own("rule", "systemic-red-flag")), False, ()),
        (call("silence"), False, ()),
    ],
    ids=["warning-sign", "complication", "completed", "red-flag", "cancelled", "silence"],
)
def test_an_open_call_holds_back_until_it_is_closed(sent: Json, warning_sign: bool, rules: tuple[str, ...]) -> None:
    found = read(PATIENT, sent)
    assert (found.facts.patient.open_warning_sign, found.facts.patient.open_calls) == (warning_sign, rules)
    assert found.unread == ()


def test_a_red_flag_without_its_rule_and_a_task_of_another_kind_are_named() -> None:
    other = call("red-flag", code=concept("1"))
    assert len(read(PATIENT, call("red-flag"), other).unread) == 2


def placed(area: str, side: str) -> Json:
    concepts = (own("area", area), concept(side))
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": CANONICAL,
        "status": "completed",
        "subject": SUBJECT,
        "extension": [{"url": PLACE, "valueCodeableConcept": one} for one in concepts],
        "item": [{"linkId": "onset", "answer": [{"valueCoding": {"code": "sudden"}}]}],
    }


@pytest.mark.parametrize(
    ("area", "side", "counts"),
    [("ischial-tuberosity", LEFT, True), ("ischial-tuberosity", RIGHT, False), ("hip-joint", LEFT, False)],
    ids=["here", "other-side", "other-area"],
)
def test_answers_that_name_a_place_count_for_it_alone(area: str, side: str, counts: bool) -> None:
    screening = read(PATIENT, placed(area, side)).facts.screening
    assert (screening is not None and screening.onset == "sudden") is counts


@pytest.mark.parametrize(("hours", "read_as"), [(60, 60), (0, None), (100_000, None)], ids=["60", "none", "too-many"])
def test_hours_of_rest_are_read_where_they_can_be(hours: int, read_as: int | None) -> None:
    sent = procedure(extension=[{"url": REST_HOURS, "valueUnsignedInt": hours}])
    assert read(PATIENT, sent).facts.injections[0].rest_hours == read_as


def test_a_record_that_was_merged_into_another_is_no_second_patient() -> None:
    link = [{"other": SUBJECT, "type": "replaced-by"}]
    merged = PATIENT | {"id": "8", "birthDate": "1970-01-01", "link": link}
    assert read(merged, PATIENT).facts.patient.date_of_birth == read(PATIENT).facts.patient.date_of_birth

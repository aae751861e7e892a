"""Which answers of a patient count, read off the bare rows: of each question the newest by its own time."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.trials.oracle.words import OTHER_TIMED_ANSWERS, QUESTIONS

OF_THE_PLACE = {
    *("sudden_pop", "bruising", "marked_weakness", "difficulty_walking", "numbness", "pain_below_knee", "night_pain"),
    *("infection_at_site", "joint_replacement_at_site", "recent_surgery_at_site", "surgery_planned", "surgery_on"),
    *("onset", "injury_on", "main_pain_site", "pain_side"),
}
ASKED_AFTER = {
    "diabetes_poorly_controlled": "diabetes",
    "surgery_on": "surgery_planned",
    "next_event_on": "tested_sport",
    "blood_thinner_kind": "blood_thinner",
    "inr": "blood_thinner",
    "inr_on": "blood_thinner",
    "injury_on": "onset",
}
FIELDS = (*OTHER_TIMED_ANSWERS, *(field for field in ASKED_AFTER if field != "injury_on"))


def screening_of(rows: list[Any], area: str, side: str | None) -> dict[str, Any] | None:
    """The screening of a line for this area and side; None where nobody answered anything that counts there."""
    told = told_there(rows, area, side)
    counts = {question: told[question][-1] for question in told if not is_overtaken(question, told)}
    if not counts:
        return None
    line: dict[str, Any] = {"answered_at": None, "answers": {}, "answered": {}}
    for question, one in counts.items():
        (line["answers"] if question in QUESTIONS else line)[question] = one["value"]
        if question in (*QUESTIONS, *OTHER_TIMED_ANSWERS) and one["at"]:
            line["answered"][question] = one["at"]
    return line


def told_there(rows: list[Any], area: str, side: str | None) -> dict[str, list[dict[str, Any]]]:
    """What was said to each question, in the order in which it was said."""
    told: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        for question in (*QUESTIONS, *FIELDS):
            statement = statement_of(row, question)
            if statement is not None and (question not in OF_THE_PLACE or is_about(row, area, side)):
                told.setdefault(question, []).append(statement)
    for statements in told.values():
        statements.sort(key=lambda one: (one["order"], one["row"]))
    return told


def is_about(row: Any, area: str, side: str | None) -> bool:
    return row.area in ("", area) and row.side in ("", "both", "unknown", side)


def statement_of(row: Any, question: str) -> dict[str, Any] | None:
    """What this row says to a question, and when: `at` None where nobody said, `order` when it was typed then."""
    value = (row.content.get("answers") or {}).get(question) if question in QUESTIONS else row.content.get(question)
    if value is None:
        return None
    own = row.content.get("answered") or {}
    time = own.get(question)
    if time is None and question not in OTHER_TIMED_ANSWERS:
        time = own.get(ASKED_AFTER.get(question, ""))
    at = datetime.fromisoformat(time) if time else row.answered_at
    return {"value": value, "at": at and at.isoformat(), "order": at or row.recorded_at, "row": row.pk}


def is_overtaken(question: str, told: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether the question that this one was asked because of was answered otherwise later, and this one not again."""
    mine = told[question][-1]
    leading = told.get(ASKED_AFTER.get(question, ""), [])
    for before, after in pairwise(leading):
        # what one form says of both was said together, whatever their times
        is_later = after["row"] != mine["row"] and (after["order"], after["row"]) > (mine["order"], mine["row"])
        if is_later and before["value"] != after["value"]:
            return True
    return False

"""Questionnaire responses as screening and pathway: of each question the newest answer by its time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from fhir.resources.R4B.questionnaireresponse import (
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
)

from injections.doors.coded.body_sites import area_and_side
from injections.doors.coded.gathered import Gathered
from injections.doors.coded.own import PLACE
from injections.doors.coded.questionnaire import CANONICAL, ITEMS, PATHWAY, SCREENING, QuestionnaireItem
from injections.doors.coded.times import is_sensible
from injections.safety.codes import ANSWERS, NO, NOT_SURE, YES
from injections.safety.facts import PathwayFacts, Request, ScreeningFacts
from injections.safety.questions import QUESTIONS, TIMED_FOLLOW_UPS
from injections.safety.reading.parse import parse_pathway, parse_screening
from injections.safety.reading.reader import Problem
from injections.safety.sites import area_of, sides_match

_LEFT_OUT: Final = "entered-in-error"
_COUNTS: Final = ("completed", "amended")
_WORSE: Final = {YES: 2, NOT_SURE: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRead:
    """What one response says, by link id, and when it was written; None is not known."""

    values: Mapping[str, object]
    at: datetime | None


def read_response(response: QuestionnaireResponse, name: str, gathered: Gathered) -> ResponseRead | None:
    """The answers of one response to our questionnaire. What is outside the lists of a question is left, and said."""
    if response.status == _LEFT_OUT:
        return None
    if response.status not in _COUNTS:
        gathered.leave(name, "status: it is not completed")
        return None
    if response.questionnaire is None or response.questionnaire.partition("|")[0] != CANONICAL:
        gathered.leave(name, f"questionnaire: only answers to {CANONICAL} are read")
        return None
    if _is_of_elsewhere(response, gathered.request):
        return None
    values: dict[str, object] = {}
    for item in _flat(response):
        asked = ITEMS.get(item.linkId or "")
        if asked is None:
            if item.answer:
                gathered.leave(name, f"item {str(item.linkId)[:60]}: is no question of it")
        elif item.answer:
            values[asked.link_id] = _value(asked, item.answer)
    at = response.authored if isinstance(response.authored, datetime) and is_sensible(response.authored) else None
    return ResponseRead(values=_without_problems(values, name, gathered), at=at)


def _is_of_elsewhere(response: QuestionnaireResponse, request: Request) -> bool:
    """Whether the response names a place that this request is not for. One that names none counts for every place."""
    said = [one.valueCodeableConcept for one in response.extension or () if one.url == PLACE]
    named = [one for one in said if one is not None]
    if not named or request.site is None or request.side is None:
        return False
    area, side = area_and_side(named)
    return area not in (None, area_of(request.site)) or not sides_match(side, request.side)


def screening_of_responses(responses: list[ResponseRead]) -> tuple[ScreeningFacts | None, PathwayFacts | None]:
    """Screening and pathway of all responses, each answer with its own time; None where nothing was said."""
    merged = _merged(responses)
    times = {
        link_id: at.isoformat()
        for link_id, (_, at) in merged.items()
        if at is not None and link_id in (*QUESTIONS, *TIMED_FOLLOW_UPS)
    }
    values = {link_id: value for link_id, (value, _) in merged.items()}
    screening, pathway = sections_of(values)
    found = parse_screening({**screening, "answered": times}, "#", []) if screening else None
    return found, parse_pathway(pathway, "#", []) if pathway else None


def _merged(responses: list[ResponseRead]) -> dict[str, tuple[object, datetime | None]]:
    """The newest by time. One of unknown time counts where nothing else was said, or where it is a "yes" or "not
    sure" that is no milder: it may be the newest.
    """
    merged: dict[str, tuple[object, datetime | None]] = {}
    for response in sorted((one for one in responses if one.at is not None), key=_written):
        for link_id, value in response.values.items():
            if link_id in merged and merged[link_id][0] != value:
                _clear_follow_ups(link_id, merged, response.values)
            merged[link_id] = (value, response.at)
    for response in responses:
        if response.at is None:
            for link_id, value in response.values.items():
                if link_id not in merged or _rank(value) >= max(1, _rank(merged[link_id][0])):
                    merged[link_id] = (value, None)
    return merged


def _written(response: ResponseRead) -> float:
    assert response.at is not None  # noqa: S101 - the caller leaves out those without a time
    return response.at.timestamp()


def _clear_follow_ups(
    changed: str, merged: dict[str, tuple[object, datetime | None]], answered_with_it: Mapping[str, object]
) -> None:
    """An answer that changes takes back what followed the earlier one, unless it is answered again."""
    for item in ITEMS.values():
        if item.after == changed and item.link_id not in answered_with_it:
            merged.pop(item.link_id, None)


def _rank(value: object) -> int:
    return _WORSE.get(value, 0) if isinstance(value, str) else 0


def sections_of(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """The values as the two sections of a line of the batch check."""
    screening: dict[str, object] = {}
    answers = {link_id: value for link_id, value in values.items() if link_id in QUESTIONS}
    if answers:
        screening["answers"] = answers
    others = {link_id: value for link_id, value in values.items() if link_id not in QUESTIONS}
    screening |= {link_id: value for link_id, value in others.items() if ITEMS[link_id].group == SCREENING}
    return screening, {link_id: value for link_id, value in others.items() if ITEMS[link_id].group == PATHWAY}


def _without_problems(values: dict[str, object], name: str, gathered: Gathered) -> dict[str, object]:
    """The values that the batch check would take; the others are left, with what is wrong with them."""
    problems: list[Problem] = []
    screening, pathway = sections_of(values)
    parse_screening(screening, "#", problems)
    parse_pathway(pathway, "#", problems)
    wrong = {}
    for problem in problems:
        link_id = problem.pointer.removeprefix("#/").removeprefix("answers/").partition("/")[0]
        wrong[link_id] = problem.detail
    for link_id, detail in wrong.items():
        gathered.leave(name, f"item {link_id}: {detail}")
    return {link_id: value for link_id, value in values.items() if link_id not in wrong}


def _flat(response: QuestionnaireResponse) -> Iterator[QuestionnaireResponseItem]:
    """Every item, those inside items and inside answers too."""
    waiting = [*reversed(response.item or ())]
    while waiting:
        item = waiting.pop()
        yield item
        inside = [*(item.item or ()), *(inner for answer in item.answer or () for inner in answer.item or ())]
        waiting += reversed(inside)


def _value(asked: QuestionnaireItem, answers: list[QuestionnaireResponseItemAnswer]) -> object:
    found = [_one(asked, answer) for answer in answers]
    return found if asked.repeats or len(found) > 1 else found[0]


def _one(asked: QuestionnaireItem, answer: QuestionnaireResponseItemAnswer) -> object:
    """One answer as the batch check writes it. What has another type becomes text that no list holds."""
    if answer.valueCoding is not None:
        return answer.valueCoding.code or ""
    if answer.valueBoolean is not None:
        is_yes_no = asked.choices == ANSWERS
        return (YES if answer.valueBoolean else NO) if is_yes_no else str(answer.valueBoolean)
    plain = next(
        (value for value in (answer.valueDecimal, answer.valueInteger, answer.valueDate) if value is not None), None
    )
    if isinstance(plain, Decimal):
        return float(plain)
    if isinstance(plain, date):
        return plain.isoformat()
    return plain if plain is not None else answer.valueString or ""

"""The questions as a FHIR Questionnaire asks them: link ids, kinds of answers, choices. A link id is the name that the
question has everywhere here (`injections/safety/questions.py`, the batch check, the API).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from injections.doors.coded.own import ADDRESS
from injections.safety import codes
from injections.safety.questions import FOLLOW_UPS, QUESTIONS

CANONICAL: Final = f"{ADDRESS}/Questionnaire/screening-and-pathway"
"""Its name. Answers to another questionnaire are not read, whatever its link ids are."""
SCREENING, PATHWAY = "screening", "pathway"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireItem:
    """One question. `kind` is FHIR's type: choice, date, decimal, integer, string. `after` is the question whose "yes"
    it follows.
    """

    link_id: str
    group: str
    text: str
    kind: str = "choice"
    choices: tuple[str, ...] = ()
    repeats: bool = False
    after: str | None = None


_FOLLOW_UP_CHOICES: Final = {
    "onset": codes.ONSETS,
    "main_pain_site": codes.PAIN_SITES,
    "pain_side": codes.PAIN_SIDES,
    "diabetes_poorly_controlled": codes.ANSWERS,
    "blood_thinner_kind": codes.BLOOD_THINNER_KINDS,
}
_STAGES: Final = (codes.FIRST_LOADING_STAGE, codes.LAST_LOADING_STAGE)


def _items() -> Iterator[QuestionnaireItem]:
    for question in QUESTIONS.values():
        yield QuestionnaireItem(link_id=question.code, group=SCREENING, text=question.text, choices=codes.ANSWERS)
    for asked in FOLLOW_UPS:
        choices = _FOLLOW_UP_CHOICES.get(asked.field, ())
        kind = "choice" if choices else "decimal" if asked.field == "inr" else "date"
        yield QuestionnaireItem(
            link_id=asked.field, group=SCREENING, text=asked.text, kind=kind, choices=choices, after=asked.after
        )
    yield _pathway("specialist_assessment", "Has a specialist examined this?", codes.ANSWERS)
    yield _pathway("physiotherapy", "How far is physiotherapy?", codes.PHYSIOTHERAPY)
    yield _pathway("response", "How did it respond to physiotherapy?", codes.RESPONSES)
    yield _pathway("not_possible_reason", "Why was physiotherapy not possible?", (), kind="string")
    yield _pathway("indications", "Which of these apply?", codes.INDICATIONS, repeats=True)
    yield _pathway("mild_and_improving", "Is it mild and improving?", codes.ANSWERS)
    yield _pathway("suspected_avulsion", "Is an avulsion suspected?", codes.ANSWERS)
    yield _pathway("treatments_tried", "What was tried?", codes.TREATMENTS, repeats=True)
    first, last = _STAGES
    yield _pathway("loading_stage", f"At which stage is loading, {first} to {last}?", (), kind="integer")


def _pathway(
    link_id: str, text: str, choices: tuple[str, ...], *, kind: str = "choice", repeats: bool = False
) -> QuestionnaireItem:
    return QuestionnaireItem(link_id=link_id, group=PATHWAY, text=text, kind=kind, choices=choices, repeats=repeats)


ITEMS: Final = {item.link_id: item for item in _items()}
"""Every question by its link id, in the order in which they are asked."""

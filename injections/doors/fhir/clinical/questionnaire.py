"""The clinic's questions as Questionnaire: one definition; its link ids are the names of the questions here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.questionnaire import (
    Questionnaire,
    QuestionnaireItem,
    QuestionnaireItemAnswerOption,
    QuestionnaireItemEnableWhen,
)

from injections import words
from injections.doors.coded.questionnaire import CANONICAL, ITEMS, PATHWAY, SCREENING
from injections.doors.coded.questionnaire import QuestionnaireItem as Asked
from injections.doors.fhir import systems
from injections.facts.policy import effective_policy
from injections.safety import codes
from injections.safety.questions import QUESTIONS

QUESTIONNAIRE_ID: Final = CANONICAL.rpartition("/")[2]
GROUPS: Final = {SCREENING: "Questions before an injection", PATHWAY: "The way to this injection"}
"""Both groups by their link ids, with their headings."""
_WORDS: Final[Mapping[tuple[str, ...], Mapping[str, str]]] = {
    codes.ANSWERS: words.ANSWERS,
    codes.ONSETS: words.ONSETS,
    codes.PAIN_SITES: words.PAIN_SITES,
    codes.PAIN_SIDES: words.SIDES,
    codes.BLOOD_THINNER_KINDS: words.BLOOD_THINNERS,
    codes.PHYSIOTHERAPY: words.PHYSIOTHERAPY,
    codes.RESPONSES: words.RESPONSES,
    codes.INDICATIONS: words.INDICATIONS,
    codes.TREATMENTS: words.TREATMENTS,
}
"""What pages call the answers of each list."""


def questionnaire() -> Questionnaire:
    """The definition, with the clinic's own thresholds in its questions."""
    groups = [
        QuestionnaireItem(
            linkId=group, text=text, type="group", item=[_item(one) for one in ITEMS.values() if one.group == group]
        )
        for group, text in GROUPS.items()
    ]
    return Questionnaire(
        id=QUESTIONNAIRE_ID,
        url=CANONICAL,
        name="ScreeningAndPathway",
        title="Questions before a steroid injection, and the way to it",
        status="active",
        subjectType=["Patient"],
        item=groups,
    )


def answer_coding(asked: Asked, code: str) -> Coding:
    """One answer of a question's own list, with the words that pages have for it."""
    named = words.DIABETES_CONTROL if asked.link_id == "diabetes_poorly_controlled" else _WORDS[asked.choices]
    return Coding(system=systems.ANSWER, code=code, display=named[code])


def _item(asked: Asked) -> QuestionnaireItem:
    return QuestionnaireItem(
        linkId=asked.link_id,
        text=_text(asked),
        type=asked.kind,
        repeats=True if asked.repeats else None,
        answerOption=[QuestionnaireItemAnswerOption(valueCoding=answer_coding(asked, code)) for code in asked.choices]
        or None,
        enableWhen=_only_after(asked),
    )


def _text(asked: Asked) -> str:
    question = QUESTIONS.get(asked.link_id)
    return question.asked(effective_policy()) if question else asked.text


def _only_after(asked: Asked) -> list[QuestionnaireItemEnableWhen] | None:
    """What is asked after a "yes" alone."""
    if asked.after is None:
        return None
    return [
        QuestionnaireItemEnableWhen(
            question=asked.after, operator="=", answerCoding=Coding(system=systems.ANSWER, code=codes.YES)
        )
    ]

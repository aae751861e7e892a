"""Allergies and conditions as answers to the questions that patients are asked."""

from typing import Final

from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.condition import Condition

from injections.doors.coded.body_sites import site_and_side
from injections.doors.coded.gathered import Gathered, in_words, status_code
from injections.doors.coded.table import CodeRow, rows_of
from injections.doors.coded.times import latest_instant
from injections.safety.codes import NO, YES
from injections.safety.sites import sides_match

_NEVER_WAS: Final = ("refuted", "entered-in-error")
_PAST: Final = ("inactive", "resolved")
_ALLERGY_OF: Final = {
    "steroid": "steroid_or_anaesthetic_allergy",
    "local-anaesthetic": "steroid_or_anaesthetic_allergy",
    "skin-product": "skin_or_latex_allergy",
}
_NO_ALLERGY: Final = {
    "any": ("steroid_or_anaesthetic_allergy", "skin_or_latex_allergy"),
    "drug": ("steroid_or_anaesthetic_allergy",),
}


def read_allergy(allergy: AllergyIntolerance, name: str, gathered: Gathered) -> None:
    """A reaction to a steroid, a local anaesthetic or a skin product is a "yes", also where it is over or unconfirmed:
    the question is whether there ever was one. "No known allergy" is a "no", where it is still said.
    """
    if status_code(allergy.verificationStatus) in _NEVER_WAS:
        return
    reactions = [reaction.substance for reaction in allergy.reaction or () if reaction.substance]
    found = rows_of([allergy.code, *reactions], "drug", "question", "no-allergy")
    said = [row for row in found if row.fact != "drug" or row.value in _ALLERGY_OF]
    for row in said:
        if row.fact == "no-allergy":
            _no_allergy(allergy, gathered, row)
        else:
            gathered.sheet.say(_ALLERGY_OF.get(row.value, row.value), YES)
    if not found:
        gathered.leave(name, f"code: {in_words(allergy.code)} is not in the table of codes")


def _no_allergy(allergy: AllergyIntolerance, gathered: Gathered, row: CodeRow) -> None:
    if status_code(allergy.clinicalStatus) in _PAST or status_code(allergy.verificationStatus) == "unconfirmed":
        return
    for question in _NO_ALLERGY[row.value]:
        gathered.sheet.say(question, NO, latest_instant(allergy.recordedDate, gathered.zone))


def read_condition(condition: Condition, name: str, gathered: Gathered) -> None:
    """A condition that is there, or that once was where the question is about ever, is a "yes". One that is over says
    nothing else; it never is a "no".
    """
    if status_code(condition.verificationStatus) in _NEVER_WAS:
        return
    found = rows_of(condition.code, "question", "follow-up")
    if not found:
        gathered.leave(name, f"code: {in_words(condition.code)} is not in the table of codes")
    is_past = status_code(condition.clinicalStatus) in _PAST
    for row in found:
        if (row.ever or not is_past) and _counts_here(condition, row, gathered):
            _say(row, gathered)


def _say(row: CodeRow, gathered: Gathered) -> None:
    if row.fact == "follow-up":
        gathered.poorly_controlled = True
        gathered.sheet.say("diabetes", YES)
    else:
        gathered.sheet.say(row.value, YES)


def _counts_here(condition: Condition, row: CodeRow, gathered: Gathered) -> bool:
    """A joint replacement of the other side says nothing about this one."""
    if row.value != "joint_replacement_at_site":
        return True
    _, side = site_and_side(condition.bodySite)
    return sides_match(side, gathered.request.side or side)

"""What is asked beside the rules' own questions: recorded and shown, judged by no rule, never in the batch check.

Which blood thinners, where it is several (the rules judge several as the strictest), and which type of diabetes.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from injections.safety.codes import BLOOD_THINNER_KINDS, NOT_SURE
from injections.safety.questions import FollowUp

SEVERAL: Final = "several"
WHICH_THINNERS: Final = "blood_thinners"
DIABETES_TYPE: Final = "diabetes_type"
THINNERS: Final = tuple(kind for kind in BLOOD_THINNER_KINDS if kind != SEVERAL)
TYPE_1: Final = "type-1"
DIABETES_TYPES: Final = MappingProxyType(
    {TYPE_1: "Type 1", "type-2": "Type 2", "other": "Another type", NOT_SURE: "Not sure"}
)
LEADING_BESIDE: Final = MappingProxyType({WHICH_THINNERS: "blood_thinner_kind", DIABETES_TYPE: "diabetes"})
"""Each with the answer because of which it is asked."""
ASKED_BESIDE: Final = (FollowUp(DIABETES_TYPE, "diabetes", "type of diabetes", "Which type of diabetes do you have?"),)
"""What a form asks besides; which blood thinners it is, is ticked in the question about their kind."""
LABELS_BESIDE: Final = MappingProxyType({WHICH_THINNERS: "which blood thinners", DIABETES_TYPE: "type of diabetes"})


def kind_of(ticked: Iterable[str]) -> tuple[str | None, list[str] | None]:
    """The kind that the rules judge, and which they are where several were ticked; None where none was.

    Two or more are "several", whatever they are: the strictest.
    """
    named: list[str] = [kind for kind in THINNERS if kind in set(ticked)]
    if SEVERAL in set(ticked) or len(named) > 1:
        return SEVERAL, named or None
    return (named[0], None) if named else (None, None)


def without_beside(content: Mapping[str, Any]) -> dict[str, Any]:
    """The section as the rules read it."""
    return {name: value for name, value in content.items() if name not in LEADING_BESIDE}


def beside_problems(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What cannot be, by field."""
    problems = []
    which, of_type = content.get(WHICH_THINNERS), content.get(DIABETES_TYPE)
    if which is not None and not (isinstance(which, list) and which and all(one in THINNERS for one in which)):
        problems.append((WHICH_THINNERS, f"Give a list of {', '.join(THINNERS)}."))
    if which and content.get("blood_thinner_kind") != SEVERAL:
        problems.append((WHICH_THINNERS, f"Name them where blood_thinner_kind is {SEVERAL}."))
    if of_type is not None and of_type not in DIABETES_TYPES:
        problems.append((DIABETES_TYPE, f"Choose one of {', '.join(DIABETES_TYPES)}."))
    return problems

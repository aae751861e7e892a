"""What is known of a patient's answers: each question stands alone, and of one question the newest answer counts.

Newest by the time at which it was given, not by when it was typed. Not answering erases nothing. Answers about the
person count for every area and side; those about the place of the pain (`SITE_BOUND`) count there alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from injections.models import ByAreaAndSide, Screening
from injections.safety.beside import LEADING_BESIDE, WHICH_THINNERS
from injections.safety.questions import FOLLOW_UPS, QUESTIONS, TIMED_FOLLOW_UPS

Row = TypeVar("Row", bound=ByAreaAndSide)

SITE_BOUND: Final = frozenset(
    {
        "sudden_pop",
        "bruising",
        "marked_weakness",
        "difficulty_walking",
        "numbness",
        "pain_below_knee",
        "night_pain",
        "infection_at_site",
        "joint_replacement_at_site",
        "recent_surgery_at_site",
        "surgery_planned",
        "surgery_on",
        "onset",
        "injury_on",
        "main_pain_site",
        "pain_side",
    }
)
"""Questions about one place. Ours: the sources ask about "the area" and leave open which answers follow a patient."""
_REMEMBERED: Final = frozenset(
    {
        "sudden_pop",
        "bruising",
        "marked_weakness",
        "difficulty_walking",
        "fever",
        "unexplained_weight_loss",
        "saddle_or_bladder",
        "progressive_weakness",
        "infection_at_site",
        "steroid_or_anaesthetic_allergy",
        "skin_or_latex_allergy",
    }
)
"""Questions for which somebody is phoned, and allergies: a yes is shown beside whatever is answered after it."""
_AFTER: Final = {one.field: one.after for one in FOLLOW_UPS if one.after} | {
    one: leading for one, leading in LEADING_BESIDE.items() if leading in QUESTIONS
}
_BESIDE_ANSWERS: Final = (*(one.field for one in FOLLOW_UPS), *LEADING_BESIDE)
LEADING: Final = _AFTER | LEADING_BESIDE | {"injury_on": "onset"}
"""Each question that is asked because of the answer to another one."""
_AS_ASKED: Final = (*(one.field for one in FOLLOW_UPS if not one.after), *QUESTIONS, *_AFTER, WHICH_THINNERS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question: `at` is when, None where nobody said; `by` who said it, `row` where it stands.

    `earlier_yes` is the last yes before it where this is none, of a red flag or an allergy.
    """

    value: Any
    at: datetime | None
    by: str
    row: Screening
    earlier_yes: Answer | None = None

    @property
    def given_at(self) -> datetime:
        """When it was given; where nobody said, when it was typed, which is the latest that it can be."""
        return self.at or self.row.recorded_at


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """The answers that count for an area and side, by question; none at all where nobody was asked."""

    by_question: Mapping[str, Answer]

    def __bool__(self) -> bool:
        return bool(self.by_question)

    def value(self, question: str) -> Any:
        """What is answered, None where it is not."""
        answer = self.by_question.get(question)
        return answer.value if answer else None

    @property
    def were_yes(self) -> list[tuple[str, Answer]]:
        """The questions to which there was a yes before, with what is answered now."""
        return [(question, answer) for question, answer in self.by_question.items() if answer.earlier_yes]

    @property
    def occasions(self) -> list[list[tuple[str, Answer]]]:
        """The questions with their answers, those together that were given and recorded at one time; the newest first.

        Answers of one row that have another time or giver stand apart.
        """
        found: dict[tuple[datetime, int, str], list[tuple[str, Answer]]] = {}
        for question, answer in self.by_question.items():
            found.setdefault((answer.given_at, answer.row.pk, answer.by), []).append((question, answer))
        return [found[when] for when in sorted(found, reverse=True)]

    @property
    def oldest(self) -> Answer | None:
        """Of those that count, the one given first; one whose time nobody knows is older than all."""
        return min(self.by_question.values(), key=lambda one: (one.at is not None, one.at), default=None)

    @property
    def newest(self) -> Answer | None:
        """Of those that count, the one given last."""
        known = [one for one in self.by_question.values() if one.at]
        return max(known, key=lambda one: (one.at, one.row.pk), default=self.oldest)

    def changed_by(self, content: Mapping[str, Any], anew: Collection[str] = ()) -> dict[str, Any]:
        """Of a section, what it answers otherwise than it is known; with what is asked because of such an answer, and
        with what was asked `anew`, however it reads.
        """
        given = {question: value for question, value in values_of(content) if value not in (None, "")}
        changed = {question for question in given if self._is_changed(question, given, anew)}
        return {
            "answers": {question: given[question] for question in QUESTIONS if question in changed},
            **{one: given[one] for one in _BESIDE_ANSWERS if one in changed},
        }

    def _is_changed(self, question: str, given: Mapping[str, Any], anew: Collection[str]) -> bool:
        """Whether this or the question that leads to it reads otherwise, or was asked anew; what is asked after a yes
        needs that yes.
        """
        if given.get(_AFTER.get(question, ""), "yes") != "yes":
            return False
        both = {question, LEADING.get(question, question)} & given.keys()
        return any(one in anew or self.value(one) != given[one] for one in both)

    @staticmethod
    def says_anything(content: Mapping[str, Any]) -> bool:
        """Whether a section answers any question."""
        return any(value not in (None, "") for _, value in values_of(content))

    def stored_since(self, row_id: int, content: Mapping[str, Any]) -> dict[str, Answer]:
        """What was stored after this row, among what this section answers otherwise."""
        given = {question: value for question, value in values_of(content) if value not in (None, "")}
        known = {question: self.by_question[question] for question in given if question in self.by_question}
        return {one: known[one] for one in known if known[one].row.pk > row_id and known[one].value != given[one]}

    def outranking(self, content: Mapping[str, Any], at: datetime) -> dict[str, Answer]:
        """What is known from a later time than `at`, among what this section answers: its answers would not count."""
        later = {
            question: self.by_question.get(question) for question, value in values_of(content) if value is not None
        }
        return {question: one for question, one in later.items() if one and one.given_at > at}

    def content(self) -> dict[str, Any]:
        """As a screening section of the batch check: every question with its own time, `answered_at` null; with what is
        asked beside the rules' questions, which the rules' parser does not take.
        """
        values = {question: answer.value for question, answer in self.by_question.items()}
        timed = {*QUESTIONS, *TIMED_FOLLOW_UPS} & self.by_question.keys()
        times = {question: self.by_question[question].at for question in timed}
        return {
            "answered_at": None,
            "answered": {question: at.isoformat() for question, at in times.items() if at},
            "answers": {question: values.pop(question) for question in QUESTIONS if question in values},
            **values,
        }


def known_answers(rows: Iterable[Screening], area: str | None, side: str | None) -> KnownAnswers:
    """What these rows of one patient say about an area and side. None asks for any, "" for what names none.

    Of one question the newest answer counts, of two of one time the one stored last. An answer that changes clears
    those of its follow-ups that were not answered with it; the same answer keeps them.
    """
    known: dict[str, Answer] = {}
    for question, answer in sorted(_given(rows, area, side), key=_by_time):
        before = known.get(question)
        if before and before.value != answer.value:
            for follow_up in [one for one, leading in LEADING.items() if leading == question]:
                if follow_up in known and known[follow_up].row is not answer.row:
                    del known[follow_up]
        earlier = _earlier_yes(question, before, answer)
        known[question] = replace(answer, earlier_yes=earlier) if earlier else answer
    return KnownAnswers({question: known[question] for question in _AS_ASKED if question in known})


def _given(rows: Iterable[Screening], area: str | None, side: str | None) -> Iterator[tuple[str, Answer]]:
    """Every answer of every row that counts there. Null answers nothing."""
    for row in rows:
        is_there = fits(row, area, side)
        times, givers = row.content.get("answered") or {}, row.content.get("answered_by") or {}
        for question, value in values_of(row.content):
            if value is not None and (is_there or question not in SITE_BOUND):
                own = times.get(question) or times.get(_AFTER.get(question, ""))
                at = datetime.fromisoformat(own) if own else row.answered_at
                yield question, Answer(value, at, givers.get(question, row.answered_by), row)


def values_of(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a section says to each question that it names, None where it answers nothing."""
    yield from (content.get("answers") or {}).items()
    yield from ((one, content.get(one)) for one in _BESIDE_ANSWERS)


def _by_time(given: tuple[str, Answer]) -> tuple[datetime, int, bool]:
    """Whose time nobody said was given when it was typed, at the latest. The leading answer of a row comes first."""
    question, answer = given
    return answer.given_at, answer.row.pk, question in LEADING


def _earlier_yes(question: str, before: Answer | None, answer: Answer) -> Answer | None:
    if before is None or answer.value == "yes" or question not in _REMEMBERED:
        return None
    return before if before.value == "yes" else before.earlier_yes


def newest_that_fits(rows: Iterable[Row], area: str | None, side: str | None) -> Row | None:
    """Of rows that count as a whole, as pathways do, the one stored last that counts there; None where there is none.

    None asks for any area or side, "" for rows that name none.
    """
    return max((row for row in rows if fits(row, area, side)), key=lambda row: row.pk, default=None)


def fits(row: ByAreaAndSide, area: str | None, side: str | None) -> bool:
    """Whether a row counts there: one without area or side counts everywhere, one of both or unknown side for both."""
    return _is_about(row.area, area, {""}) and _is_about(row.side, side, {"", "both", "unknown"})


def _is_about(named: str, asked: str | None, everywhere: set[str]) -> bool:
    return asked is None or named == asked or named in everywhere

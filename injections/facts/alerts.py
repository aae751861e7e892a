"""What whoever opens a patient has to know at once: that they have died, allergies, blood thinners, diabetes, decisions
not to inject that still stand, other conditions and medicines, interpreter and access needs, what colleagues noted
today. Judged by nobody here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from injections import words
from injections.facts.answers import Answer, KnownAnswers
from injections.facts.history import History
from injections.facts.policy import effective_policy
from injections.facts.values import decided_of
from injections.models import AllergyIntolerance, Condition, ConsentWithdrawal, Note
from injections.safety.beside import DIABETES_TYPE, DIABETES_TYPES, SEVERAL, WHICH_THINNERS
from injections.safety.case import Case
from injections.safety.codes import DECLINE, NO, NOT_SURE, YES
from injections.safety.dates import in_words, partial_in_words
from injections.safety.facts import Request
from injections.safety.rules.standing import earlier_decision
from pht_clinic import clock
from scheduling.models import Death, Patient

_CONTROL: Final = "diabetes_poorly_controlled"
_ALLERGY_QUESTION: Final = "steroid_or_anaesthetic_allergy"
_OF_WHAT: Final = {_ALLERGY_QUESTION: "steroid or anaesthetic", "skin_or_latex_allergy": "skin or latex"}
_ALLERGY_QUESTIONS: Final = tuple(_OF_WHAT)
_SHORT_AREAS: Final = {code: name.partition(" (")[0].lower() for code, name in words.AREA_NAMES.items()}
_INJECTED_HERE: Final = (
    *("steroid", "cortico", "cortis", "predniso", "triamcinolone", "dexamet", "betamet", "depo-med", "kenalog"),
    *("adcortyl", "caine", "marcain", "anaesthetic", "anesthetic"),
)
"""Parts of the names of steroids and local anaesthetics, and of their brands here."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to know. `kind` is a code of `words.ALERTS`; `is_grave` what may forbid an injection; `short` the word
    or two by which a line of a list says it, "" where its title says enough.
    """

    kind: str
    text: str
    is_grave: bool = True
    short: str = ""

    @property
    def title(self) -> str:
        return words.ALERTS[self.kind]


@dataclass(frozen=True, slots=True)
class ShortAlert:
    """What a line of a list says of all alerts of one kind: "Allergy: Latex, Penicillin"."""

    said: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Alerts:
    """Everything to know of one patient, the gravest first; the notes of today, newest first; the death that stands."""

    standing: Sequence[Alert]
    notes: Sequence[Note]
    death: Death | None = None

    def __bool__(self) -> bool:
        return bool(self.standing or self.notes)

    @property
    def in_short(self) -> list[ShortAlert]:
        """One for each kind that stands, the gravest first."""
        found = []
        for title, alerts in groupby(self.standing, key=lambda alert: alert.title):
            kind = list(alerts)
            named = ", ".join(dict.fromkeys(alert.short for alert in kind if alert.short))
            found.append(ShortAlert(f"{title}: {named}" if named else title, kind[0].is_grave))
        return found


def alerts_of(history: History) -> Alerts:
    """What a history says, without a query: of `facts.history.history_to_show`, or filled with the same rows.

    Unknown warns of nothing here: that a question is open is a finding of the rules. Today is that of `history.now`.
    """
    answers = history.answers(None, None)
    conditions = sorted(history.conditions, key=lambda row: (row.kind, row.pk))
    # of records that were merged each names its own: that of the one that stands
    death = next((row for row in history.deaths if row.pk == history.patient.death_id), None)
    standing = (
        *(_died(death) if death else ()),
        *map(_withdrawal, history.withdrawals),
        *_allergies(history.allergies, answers),
        *_decisions(history),
        *_blood_thinner(answers),
        *_diabetes(answers),
        *(Alert(row.kind, _since(row.name, row), is_grave=False) for row in conditions),
        *_needs(history.patient),
    )
    today = clock.local_date(history.now)
    notes = [note for note in history.notes if clock.local_date(note.recorded_at) == today]
    return Alerts(standing, sorted(notes, key=lambda note: -note.pk), death)


def _died(death: Death) -> Iterator[Alert]:
    on = partial_in_words(death.on)
    yield Alert("deceased", f"{on}, according to {death.source}. No messages are sent.", short=on)


def _withdrawal(row: ConsentWithdrawal) -> Alert:
    on = in_words(clock.local_date(row.visit.start_at))  # type: ignore[attr-defined]  # read along with it
    return Alert("consent-withdrawn", f"to the injection on {on}, {row.get_how_display()}: {row.said_by}", short=on)


def _allergies(rows: Sequence[AllergyIntolerance], answers: KnownAnswers) -> Iterator[Alert]:
    for row in sorted(rows, key=lambda row: row.pk):
        said = _since(f"{row.substance} ({row.reaction})" if row.reaction else row.substance, row)
        yield Alert("allergy", f"{said}{_contradicted(row, answers)}", short=row.substance)
    for question in _ALLERGY_QUESTIONS:
        answer, label = answers.by_question.get(question), words.QUESTION_LABELS[question].capitalize()
        if answer and answer.value == YES:
            yield Alert("allergy", f"{label}: yes ({_given(answer)})", short=_OF_WHAT[question])
        elif answer and answer.earlier_yes:
            now = words.ANSWERS[answer.value].lower()
            said = f"{label}: {now} now ({_given(answer)}), but yes before ({_given(answer.earlier_yes)})"
            yield Alert("allergy", said, short=_OF_WHAT[question])


def _contradicted(row: AllergyIntolerance, answers: KnownAnswers) -> str:
    """Of what is injected here, that the question about it is not answered "yes": the rules do not know of it."""
    answer = answers.by_question.get(_ALLERGY_QUESTION)
    if not is_injected_here(row.substance) or (answer and answer.value == YES):
        return ""
    if answer is None:
        return ", and the question about an allergy to steroid or anaesthetic is not answered"
    now = words.ANSWERS[answer.value].lower()
    return f", but the question about an allergy to steroid or anaesthetic is answered “{now}” ({_given(answer)})"


def is_injected_here(substance: str) -> bool:
    """Whether a text names a steroid or a local anaesthetic. Boundary: by parts of names; too many rather than few."""
    return any(part in substance.casefold() for part in _INJECTED_HERE)


def _decisions(history: History) -> Iterator[Alert]:
    """Decisions not to inject, of each area and side, as the rule `earlier-decision` judges a visit right now."""
    places = {one.place: one.site for row in history.decisions for one in decided_of(row)}
    for (area, side), site in places.items():
        request = Request(kind="injection", site=site, side=side, start=history.now, end=history.now)
        case = Case(history.facts(request), effective_policy())
        found, newest = earlier_decision(case), case.newest_decision()
        if found and newest:
            kind = "do-not-inject" if newest.outcome == DECLINE else "delayed"
            place = f"{words.AREA_NAMES[area]}, {words.SIDES[side].lower()}"
            yield Alert(kind, f"{place}: {found.message}", short=f"{words.SIDES[side].lower()} {_SHORT_AREAS[area]}")


def _blood_thinner(answers: KnownAnswers) -> Iterator[Alert]:
    answer = answers.by_question.get("blood_thinner")
    if answer and answer.value == YES:
        kind = _thinners(answers)
        inr, inr_on = answers.value("inr"), answers.value("inr_on")
        last = f", last INR {inr}" if inr is not None else ""
        yield Alert(
            "blood-thinner",
            f"{kind}{last}{f' on {in_words(date.fromisoformat(inr_on))}' if inr_on else ''} ({_given(answer)})",
        )


def _thinners(answers: KnownAnswers) -> str:
    """ "Warfarin"; of several, which they are as far as it was said."""
    kind, which = answers.value("blood_thinner_kind"), answers.value(WHICH_THINNERS)
    if kind == SEVERAL and which:
        return f"{words.BLOOD_THINNERS[kind]}: {'; '.join(words.BLOOD_THINNERS[one] for one in which)}"
    return words.BLOOD_THINNERS.get(kind, "Which one is not known")


def _diabetes(answers: KnownAnswers) -> Iterator[Alert]:
    answer = answers.by_question.get("diabetes")
    if answer and answer.value == YES:
        control = answers.value(_CONTROL)
        said = words.answer_words(_CONTROL, control).lower() if control in (YES, NO) else "control is not known"
        of_type = answers.value(DIABETES_TYPE)
        named = f"{DIABETES_TYPES[of_type]}, " if of_type and of_type != NOT_SURE else ""
        yield Alert("diabetes", f"{named}{said} ({_given(answer)})")


def _needs(patient: Patient) -> Iterator[Alert]:
    """What is to be ready before the visit."""
    for kind, text in (("interpreter", patient.language), ("needs", patient.needs)):
        if text:
            yield Alert(kind, "; ".join(line for line in text.split("\n") if line), is_grave=False)


def _since(said: str, row: AllergyIntolerance | Condition) -> str:
    return f"{said}, since {partial_in_words(row.since)}" if row.since else said


def _given(answer: Answer) -> str:
    return f"{in_words(clock.local_date(answer.given_at))}, {words.GIVERS.get(answer.by, answer.by)}"

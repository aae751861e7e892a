"""The patient's answers before an injection: each is kept with when it was given and who gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from injections.answers.phone_at_once import check_area_and_side, phone_at_once
from injections.assessment import milder
from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.facts import sections
from injections.facts.answers import KnownAnswers, known_answers
from injections.messages import news
from injections.models import Screening
from injections.safety.beside import LEADING_BESIDE, beside_problems, without_beside
from injections.safety.codes import REQUEST_SIDES
from injections.safety.facts import ScreeningFacts
from injections.safety.questions import FOLLOW_UPS, QUESTIONS
from injections.templatetags.injection_words import evidence_value
from injections.words import GIVERS, QUESTION_LABELS
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted


def answers_of(patient_id: int, *, area: str | None, side: str | None) -> KnownAnswers:
    """The answers of a patient that count for an area and side now; None asks for any. One query."""
    rows = Screening.objects.of_patient(patient_id).select_related("recorded_by")
    return known_answers(rows, area, side)


@dataclass(frozen=True, slots=True)
class ToGoThrough:
    """What is known for an area and side, up to the row `newest` (its id; 0 where there is none)."""

    known: KnownAnswers
    area: str
    side: str
    newest: int


def answers_to_go_through(patient_id: int, place: tuple[str, str] | None, *, up_to: int | None = None) -> ToGoThrough:
    """The answers to open a form with for a place; None asks for the one that was asked about last.

    `up_to`: as they were known up to that row, of a form that was opened before.
    """
    rows = list(Screening.objects.of_patient(patient_id).select_related("recorded_by"))
    if up_to is not None:
        rows = [row for row in rows if row.pk <= up_to]
    if place is None:
        place = (rows[-1].area, rows[-1].side if rows[-1].side in REQUEST_SIDES else "") if rows else ("", "")
    return ToGoThrough(known_answers(rows, *place), *place, rows[-1].pk if rows else 0)


def answer_screening(
    patient_id: int,
    *,
    screening: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    answered_by: str | Mapping[str, str] | None = None,
    by: Actor,
    now: datetime,
) -> FactChange:
    """Store what the patient answered: the screening section of the batch check, with what `safety.beside` asks.

    What it leaves out stays as it was.

    Without `answered_at` it is now, without `answered_by` the patient gave all of them; a mapping says it question by
    question. Without area or side they count for every area, or for both sides. A ☎ answer puts the patient on the call
    list.
    Raises: Forbidden, Missing, Invalid (every field, nested pointers).
    """
    check_permitted("answer-screening", by)
    content = dict(screening)
    content.setdefault("answered_at", now.isoformat())
    answers = sections.screening(without_beside(content))
    if problems := beside_problems(content):
        raise Invalid([FieldError(f"#/{name}", detail) for name, detail in problems])
    check_area_and_side(area, side)
    _check_times(answers, now)
    givers = {"": answered_by} if isinstance(answered_by, str) else dict(answered_by or {})
    _check_givers(givers)
    giver = givers.pop("", "patient")
    if givers:
        content["answered_by"] = givers
    with fact_about(patient_id) as patient:
        corrected = _corrected(patient.pk, content, area=area, side=side)
        before = milder.weighed(patient, by=by, now=now) if corrected else milder.Weighed()
        row = Screening.objects.create(
            patient=patient,
            area=area or "",
            side=side or "",
            content=content,
            answered_at=answers.answered_at,
            answered_by=giver,
            **written(by=by, now=now),
        )
        news.answered(patient, now=now)
        phone_at_once(patient, area=area, side=side, now=now)
        recorded = settle(row, "screening-answered", patient, by=by, now=now)
        what = f"Answer changed: {', '.join(corrected)}"
        milder.note_if_milder(before, row, patient, what=what, reason="", by=by, now=now)
        return recorded


def _corrected(patient_id: int, content: Mapping[str, Any], *, area: str | None, side: str | None) -> list[str]:
    """What was answered before and is answered otherwise now, in words; filling a gap corrects nothing."""
    known = answers_of(patient_id, area=area or "", side=side or "")
    changed = known.changed_by(content)
    given = {**changed.pop("answers"), **changed}
    return [
        f"{QUESTION_LABELS[question]} ({evidence_value(was, question)} → {evidence_value(now, question)})"
        for question, now in given.items()
        if (was := known.value(question)) is not None
    ]


def _check_times(answers: ScreeningFacts, now: datetime) -> None:
    """Raises: Invalid (every time that has not come, and the day of an INR that has not)."""
    problems = []
    if answers.answered_at is not None and answers.answered_at > now:
        problems.append(FieldError("#/answered_at", "The time of the answers is in the future."))
    for question, at in answers.answered.items():
        if at > now:
            problems.append(FieldError(f"#/answered/{question}", "The time of this answer is in the future."))
    if answers.inr_on is not None and answers.inr_on > clock.local_date(now):
        problems.append(FieldError("#/inr_on", "The day of the INR is in the future."))
    if problems:
        raise Invalid(problems)


def _check_givers(givers: Mapping[str, str]) -> None:
    known = {*QUESTIONS, *(one.field for one in FOLLOW_UPS), *LEADING_BESIDE, ""}
    problems = [
        FieldError(f"#/answered_by/{question}".rstrip("/"), f"Choose one of {', '.join(GIVERS)}, by question.")
        for question, giver in givers.items()
        if giver not in GIVERS or question not in known
    ]
    if problems:
        raise Invalid(problems)

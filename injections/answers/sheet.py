"""Answers as a sheet that was gone through with the patient, or that came on paper: what of it is new is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from injections.answers.earlier import NOTHING_TOLD, ToldInjections, record_told
from injections.answers.measures import NOTHING_SAID, Measure, Occasion, SaidOf, keep_measure, said_at
from injections.answers.screening import answer_screening
from injections.assessment.fact_change import FactChange, fact_about, together
from injections.facts.answers import Answer, KnownAnswers, known_answers
from injections.models import Screening
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSheet:
    """The answers as a section of the batch check, for which area and side, on which day and by whom they were given.

    `shown`: the row up to which it opened with what was known there (its id, 0 where there was none); None for a sheet
    that did not open with anything.
    `asked_again`: all of them were asked anew on that day, also those that read as they were shown; `asked_anew`: these
    were.
    `keep_newer`: it is known that answers of a later day go on counting.
    `earlier`: injections that were told of with the yes to them.
    `measure`: how it is now, which no rule judges and nothing outranks.
    `replace_newer`: it is known that these replace what somebody else has recorded since the sheet was opened.
    """

    content: Mapping[str, Any]
    area: str | None
    side: str | None
    given_on: date
    given_by: str
    shown: int | None = None
    asked_again: bool = False
    keep_newer: bool = False
    replace_newer: bool = False
    asked_anew: frozenset[str] = frozenset()
    earlier: ToldInjections = NOTHING_TOLD
    measure: Measure = NOTHING_SAID

    def given_at(self, now: datetime) -> datetime:
        """When these answers count as given: `said_at`."""
        return said_at(self.given_on, now=now)


class Contradicted(Conflict):
    """Some answers of a sheet meet others, `newer` by question, of which whoever fills it in must know first."""

    def __init__(self, newer: Mapping[str, Answer]) -> None:
        super().__init__()
        self.newer = newer


class Outranked(Contradicted):
    """They are older than what is known, which would go on counting."""

    code = "outranked"
    sentence = "Some of these answers are older than what is known, and would not count."


class AnsweredMeanwhile(Contradicted):
    """Somebody else recorded other answers while the sheet was open, and these would replace them."""

    code = "answered-meanwhile"
    sentence = "Somebody else has recorded other answers since this page was opened."


def record_sheet(patient_id: int, sheet: AnswerSheet, *, by: Actor, now: datetime) -> FactChange | None:
    """Store what a sheet says otherwise than it was shown; None when it says nothing new.

    What somebody else answered meanwhile and this sheet did not touch stays as they left it.
    Raises: Forbidden, Missing, Invalid, AnsweredMeanwhile and Outranked (unless the sheet passes them), Resembles.
    """
    check_permitted("answer-screening", by)
    if sheet.given_on > clock.local_date(now):
        raise Invalid.field("answered_on", "The date of the answers is in the future.")
    given_at = sheet.given_at(now)
    with fact_about(patient_id) as patient:
        rows = list(Screening.objects.of_patient(patient.pk).select_related("recorded_by"))
        place = sheet.area or "", sheet.side or ""
        shown = known_answers([row for row in rows if row.pk <= (sheet.shown or 0)], *place)
        said = given_at, sheet.given_by
        measured = keep_measure(
            patient,
            sheet.measure,
            SaidOf(area=place[0], side=place[1]),
            occasion=Occasion.BEFORE,
            said=said,
            by=by,
            now=now,
        )
        content = sheet.content if sheet.asked_again else shown.changed_by(sheet.content, sheet.asked_anew)
        done = [FactChange(measured, [])] if measured else []
        if KnownAnswers.says_anything(content):
            _check_against(known_answers(rows, *place), content, sheet, given_at=given_at)
            done.append(_answered(patient.pk, content, sheet, given_at=given_at, by=by, now=now))
        return together([*done, *record_told(patient.pk, sheet.earlier, by=by, now=now)])


def _answered(
    patient_id: int, content: Mapping[str, Any], sheet: AnswerSheet, *, given_at: datetime, by: Actor, now: datetime
) -> FactChange:
    return answer_screening(
        patient_id,
        screening={**content, "answered_at": given_at.isoformat()},
        area=sheet.area,
        side=sheet.side,
        answered_by=sheet.given_by,
        by=by,
        now=now,
    )


def _check_against(known: KnownAnswers, content: Mapping[str, Any], sheet: AnswerSheet, *, given_at: datetime) -> None:
    """Raises: AnsweredMeanwhile, Outranked."""
    meanwhile = {} if sheet.shown is None else known.stored_since(sheet.shown, content)
    if meanwhile and not sheet.replace_newer:
        raise AnsweredMeanwhile(meanwhile)
    outranking = known.outranking(content, given_at)
    if outranking and not sheet.keep_newer:
        raise Outranked(outranking)

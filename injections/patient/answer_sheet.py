"""Answers as a sheet that was gone through with the patient, or that came on paper: what of it is new is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from injections.assessment.fact_change import FactChange
from injections.facts.answers import Answer, KnownAnswers
from injections.patient.answers import answer_screening, answers_of
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.periods import wall_to_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSheet:
    """The answers as a section of the batch check, for which area and side, on which day and by whom they were given.

    `asked_again`: all of them were asked anew on that day, also those that read as they are known.
    `keep_newer`: it is known that newer answers go on counting.
    """

    content: Mapping[str, Any]
    area: str | None
    side: str | None
    given_on: date
    given_by: str
    asked_again: bool = False
    keep_newer: bool = False

    def given_at(self, now: datetime) -> datetime:
        """Of today that is now; of an earlier day its first moment, so that what was said later on it stands."""
        if self.given_on == clock.local_date(now):
            return now
        return wall_to_utc(self.given_on, time.min, clock.zone(), fold=0)


class Outranked(Conflict):
    """Some answers of a sheet are older than what is known: `newer`, by question, would go on counting."""

    code = "outranked"
    sentence = "Some of these answers are older than what is known, and would not count."

    def __init__(self, newer: Mapping[str, Answer]) -> None:
        super().__init__()
        self.newer = newer


def record_sheet(patient_id: int, sheet: AnswerSheet, *, by: Actor, now: datetime) -> FactChange | None:
    """Store what a sheet says otherwise than it is known; None when it says nothing new.

    Raises: Forbidden, Missing, Invalid, Outranked (unless it is passed by `keep_newer`).
    """
    if sheet.given_on > clock.local_date(now):
        raise Invalid.field("answered_on", "The day of the answers is in the future.")
    known = answers_of(patient_id, area=sheet.area or "", side=sheet.side or "")
    content = sheet.content if sheet.asked_again else known.changed_by(sheet.content)
    if not KnownAnswers.says_anything(content):
        return None
    given_at = sheet.given_at(now)
    newer = known.outranking(content, given_at)
    if newer and not sheet.keep_newer:
        raise Outranked(newer)
    return answer_screening(
        patient_id,
        screening={**content, "answered_at": given_at.isoformat()},
        area=sheet.area,
        side=sheet.side,
        answered_by=sheet.given_by,
        by=by,
        now=now,
    )

"""The next free time of each kind of visit for an ordinary patient who comes for the first time. Reads only.

Nobody has to be named to say how long the wait is: the facts are those of an invented adult with whom everything is
in order, and the whole check judges each free time by them, as it would for anybody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from injections.assessment.verdict import judge_all
from injections.safety import facts as safety
from injections.safety.findings import Verdict
from injections.safety.questions import QUESTIONS
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic import clock
from scheduling.availability.shared_diary import SharedDiary
from scheduling.availability.slots import Search, Slot, free_slots
from scheduling.diary.read import who_and_where

LOOKED_WEEKS: Final = 12
"""How far ahead a next free time is looked for."""
_AREA, _SITE, _SIDE = "ischial-tuberosity", "hamstring-origin", "left"
_AGE: Final = timedelta(days=365 * 46)
_REPORTED: Final = timedelta(days=7)


def next_clear(*, now: datetime) -> dict[str, Slot | None]:
    """Of each kind of visit the first free time that would be clear, None where there is none within 12 weeks.

    The diary is read once for all kinds: at most six queries.
    """
    today = clock.local_date(now)
    last = today + timedelta(weeks=LOOKED_WEEKS)
    people, rooms = who_and_where()
    diary = SharedDiary(people, rooms, days=(today, last), now=now)
    facts = ordinary_facts(now=now)
    found: dict[str, Slot | None] = {}
    for kind in KINDS.values():
        slots = free_slots(Search(kind, today, last), reads=diary, now=now)
        found[kind.code] = next((slot for slot in slots if _is_clear(kind, slot, facts)), None)
    return found


def _is_clear(kind: VisitKind, slot: Slot, facts: safety.Facts) -> bool:
    if not kind.needs_check:
        return True
    asked = safety.Request(start=slot.start, end=slot.end, kind=kind.code, includes_scan=kind.includes_scan)
    if kind.injects:
        asked = replace(facts.request, start=slot.start, end=slot.end, includes_scan=kind.includes_scan)
    return judge_all([replace(facts, request=asked)]).verdict == Verdict.CLEAR


def ordinary_facts(*, now: datetime) -> safety.Facts:
    """An adult without any earlier injection: every question answered "no" just now, physiotherapy done, a recent
    scan that shows what is treated.
    """
    today: date = clock.local_date(now)
    return safety.Facts(
        request=safety.Request(start=now, end=now, site=_SITE, side=_SIDE),
        patient=safety.PatientFacts(date_of_birth=today - _AGE),
        screening=safety.ScreeningFacts(
            answered_at=now,
            answers=dict.fromkeys(QUESTIONS, "no"),
            onset="gradual",
            main_pain_site="sit-bone",
            pain_side=_SIDE,
        ),
        pathway=safety.PathwayFacts(
            specialist_assessment="yes",
            physiotherapy="completed",
            response="not-satisfactory",
            indications=("deep-buttock-pain",),
            mild_and_improving="no",
            suspected_avulsion="no",
        ),
        reports=(
            safety.Report(
                modality="ultrasound",
                area=_AREA,
                side=_SIDE,
                performed_on=today - _REPORTED,
                tendinopathy="yes",
                bursitis="no",
                tear="none",
                other_diagnosis="none",
            ),
        ),
    )

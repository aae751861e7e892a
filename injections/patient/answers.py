"""The patient's answers before an injection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.facts import sections
from injections.facts.answers import newest_that_fits
from injections.messages import news
from injections.models import Screening
from injections.patient.phone_at_once import check_area_and_side, phone_at_once
from injections.safety.facts import ScreeningFacts
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted

# -- One patient ------------------------------------------------------------------------------------------


def newest_screening(patient_id: int, *, area: str, side: str) -> Screening | None:
    """The answers that count for an area and side now."""
    return newest_that_fits(Screening.objects.of_patient(patient_id), area, side)


def answer_screening(
    patient_id: int,
    *,
    screening: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    by: Actor,
    now: datetime,
) -> FactChange:
    """Store a new version of the patient's answers (the screening section of the batch check).

    Without `answered_at` it is now. Without area or side they count for every area, or for both sides. A ☎ answer puts
    the patient on the call list.
    Raises: Forbidden, Missing, Invalid (every field, nested pointers).
    """
    check_permitted("answer-screening", by)
    content = dict(screening)
    content.setdefault("answered_at", now.isoformat())
    answers = sections.screening(content)
    check_area_and_side(area, side)
    _check_not_of_the_future(answers, now=now)
    with fact_about(patient_id) as patient:
        row = Screening.objects.create(
            patient=patient,
            area=area or "",
            side=side or "",
            content=content,
            answered_at=answers.answered_at,
            answered_by=by.name,
            **written(by=by, now=now),
        )
        news.answered(patient, now=now)
        phone_at_once(patient, area=area, side=side, now=now)
        return settle(row, "screening-answered", patient, by=by, now=now)


def _check_not_of_the_future(answers: ScreeningFacts, *, now: datetime) -> None:
    """Raise Invalid, with every field whose time or day has not come yet."""
    times = {"answered_at": answers.answered_at, **{f"answered/{name}": at for name, at in answers.answered.items()}}
    problems = [
        FieldError(f"#/{field}", "The time is in the future.")
        for field, at in times.items()
        if at is not None and at > now
    ]
    if answers.inr_on is not None and answers.inr_on > clock.local_date(now):
        problems.append(FieldError("#/inr_on", "This day has not come yet."))
    if problems:
        raise Invalid(problems)

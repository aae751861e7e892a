"""What stands in the diary of a stretch of time, and that the past is not read for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from scheduling.diary.read import LONGER_THAN_ANY, diary_between
from scheduling.kinds import KINDS
from tests.clinic import Clinic, local


def test_no_kind_of_visit_takes_as_long_as_is_looked_back() -> None:
    assert max(kind.duration for kind in KINDS.values()) < LONGER_THAN_ANY


def test_a_visit_stands_in_every_stretch_that_it_touches(clinic: Clinic) -> None:
    """From 10:00 to 10:20; stretches are half-open."""
    start = local("2026-03-24", "10:00")
    visit = clinic.book(clinic.patient(), start, kind="follow-up").appointment
    minute = timedelta(minutes=1)
    for first, last, is_there in (
        (start - minute, start, False),
        (start - minute, start + minute, True),
        (start + 19 * minute, start + 40 * minute, True),
        (start + 20 * minute, start + 40 * minute, False),
    ):
        found = list(diary_between(starts_at=first, ends_at=last, now=clinic.now))
        assert found == ([visit] if is_there else []), (first, last)


def test_the_past_is_left_out_by_the_index(clinic: Clinic) -> None:
    """Both bounds of when a visit starts are conditions of the index, so years before the stretch cost nothing."""
    start = local("2026-03-24", "00:00")
    rows = diary_between(starts_at=start, ends_at=start + timedelta(days=1), now=clinic.now)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan: Any = rows.explain(format="json")
    conditions = str(plan)
    assert "appointment_start_at" in conditions
    [bounds] = [part for part in conditions.split("Index Cond")[1:] if "start_at" in part]
    assert "start_at < " in bounds.partition("Filter")[0]
    assert "start_at > " in bounds.partition("Filter")[0]

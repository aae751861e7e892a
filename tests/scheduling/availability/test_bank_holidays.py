"""Bank holidays are no working days: Good Friday and Easter Monday of 2026 are 3 and 6 April."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from injections.review.queue import answers_overdue_from
from injections.visit.arrival import no_show
from scheduling.models import Message
from tests.clinic import Clinic, local, open_clinic


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def test_a_visit_missed_on_maundy_thursday_is_written_about_on_tuesday(clinic: Clinic) -> None:
    start = local("2026-04-02", "14:00")
    visit = clinic.book(clinic.patient(), start, kind="follow-up").appointment
    assert visit is not None
    no_show(visit.pk, by=clinic.reception, now=local("2026-04-02", "15:00"))
    due_at = Message.objects.values_list("due_at", flat=True).get(kind="missed")
    assert due_at == local("2026-04-07", "09:00")


@pytest.mark.parametrize(
    ("now", "until"),
    [("2026-03-30", date(2026, 4, 2)), ("2026-03-31", date(2026, 4, 7)), ("2026-04-02", date(2026, 4, 9))],
)
def test_answers_are_overdue_three_working_days_before_the_visit(now: str, until: date) -> None:
    assert answers_overdue_from(local(now)) == until


def test_where_a_clinic_knows_no_bank_holidays_weekdays_count(settings: Any) -> None:
    settings.BANK_HOLIDAYS = ""
    assert answers_overdue_from(local("2026-03-31")) == date(2026, 4, 3)

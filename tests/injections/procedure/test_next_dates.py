"""What follows an injection: how long to rest, and from when another is possible."""

from datetime import date, datetime, timedelta

import pytest

from injections.models import Injection
from injections.procedure.next_dates import next_safe_dates, rest_until
from tests.clinic import LONDON, Clinic, local
from tests.injections.procedure.test_record import START, booked, give


@pytest.mark.parametrize(
    ("ended_at", "until"),
    [
        (datetime(2026, 3, 28, 14, tzinfo=LONDON), local("2026-03-30", "15:00")),
        (datetime(2026, 10, 24, 14, tzinfo=LONDON), local("2026-10-26", "13:00")),
        (datetime(2026, 3, 10, 14, tzinfo=LONDON), local("2026-03-12", "14:00")),
    ],
)
def test_the_rest_is_counted_in_hours_that_pass_over_a_change_of_the_clock(ended_at: datetime, until: datetime) -> None:
    """48 hours by a watch, not by the clock on the wall."""
    assert rest_until(Injection(ended_at=ended_at)) == until


def test_the_rest_is_the_radiologists_where_they_said_one() -> None:
    """Without an end nobody knows when it is over."""
    assert rest_until(Injection(ended_at=START, rest_hours=72)) == START + timedelta(hours=72)
    assert rest_until(Injection(ended_at=None, rest_hours=72)) is None


def test_the_next_dates_are_the_same_whenever_they_are_asked_for(clinic: Clinic) -> None:
    """They count from the injection: after months the page still says when it was possible."""
    done = give(booked(clinic), clinic)
    for now in (START + timedelta(minutes=40), local("2026-06-20"), local("2027-01-01")):
        assert next_safe_dates(done.injection, now=now) == (date(2026, 6, 10), date(2026, 7, 10))


def test_without_steroid_the_one_before_it_sets_the_dates(clinic: Clinic) -> None:
    """Another is judged from its end on: here the interval needs a review from that day."""
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2025-12-10")
    saline = Injection(patient=patient, site="hamstring-origin", side="left", steroid=False, ended_at=START)
    assert next_safe_dates(saline, now=START) == (date(2026, 3, 10), date(2026, 4, 10))

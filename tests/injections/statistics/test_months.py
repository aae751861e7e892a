"""The year behind each statistic: twelve months up to the end of the period, by the clinic's own calendar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from injections.assessment.open_calls import open_call
from injections.models import Call, OutcomeMeasure, RecoveryAnswer
from injections.review.decide import DecisionRequest, decide
from injections.statistics import STATISTICS, CountedDays
from injections.statistics.months import Figure, Months, year_behind, year_up_to
from injections.visit.arrival import no_show
from pht_clinic.people.models import User
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local
from tests.injections.statistics.test_given_and_called import not_given
from tests.injections.statistics.test_statistics import booked, give, waiting

SPRING = CountedDays(date(2026, 3, 2), date(2026, 4, 26))
VISITS = Figure("visits", "Visits")
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


def months(name: str, period: CountedDays = SPRING) -> dict[date, tuple[Any, ...]]:
    """The figures of each month by its first day."""
    found: dict[Any, tuple[Any, ...]] = {row[0]: row[1:] for row in STATISTICS[name].year(period).rows}
    return found


def year(found: Mapping[date, Sequence[Any]], to_on: date, figure: Figure = VISITS) -> tuple[str, Any]:
    """The sentence and the chart of a year in which this was found."""
    said = year_behind(Months((figure,), lambda _: found), CountedDays(to_on, to_on))
    return said.sentence, said.chart


@pytest.mark.parametrize(
    ("to_on", "from_on"),
    [
        (date(2026, 4, 26), date(2025, 5, 1)),
        (date(2026, 4, 30), date(2025, 5, 1)),
        (date(2026, 1, 1), date(2025, 2, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2024, 2, 29), date(2023, 3, 1)),
    ],
)
def test_the_year_is_twelve_calendar_months_up_to_the_end_of_the_period(to_on: date, from_on: date) -> None:
    assert year_up_to(CountedDays(to_on, to_on)) == CountedDays(from_on, to_on)
    rows = year_behind(Months((Figure("visits", "Visits"),), lambda _: {}), CountedDays(to_on, to_on)).rows
    assert [row[0] for row in rows][:1] == [from_on]
    assert [row[0] for row in rows][-1:] == [to_on.replace(day=1)]
    assert len(rows) == 12


def test_a_month_that_the_end_cuts_says_so_and_is_not_called_the_least() -> None:
    found = {date(2026, month, 1): (10 + month,) for month in range(1, 12)}
    assert year({**found, date(2026, 12, 1): (1,)}, date(2026, 12, 3))[0] == (
        "Visits: 177 in all, 11 to 21 a month. December 2026 is counted to 3 December 2026 only."
    )
    assert year({**found, date(2026, 12, 1): (1,)}, date(2026, 12, 31))[0] == "Visits: 177 in all, 1 to 21 a month."


def test_a_month_without_anything_is_0_where_months_add_up_and_unknown_where_they_do_not() -> None:
    """A median of nobody is drawn nowhere; 0 is a figure and says its 0."""
    sentence, chart = year({MARCH: (4,)}, date(2026, 4, 30))
    assert sentence == "Visits: 4 in all, 0 to 4 a month."
    assert [text.text for text in chart.texts if text.css == "" and text.text.isdigit()].count("0") == 11
    sentence, chart = year({MARCH: (0.0,), APRIL: (3.5,)}, date(2026, 4, 30), Figure("pain", "Pain", adds_up=False))
    assert sentence == "Pain: 0 to 3.5, by month."
    assert [text.text for text in chart.texts if text.css == "" and text.text.replace(".", "").isdigit()] == [
        "0",
        "3.5",
    ]
    assert len(chart.rects) == 1


def test_without_anything_there_is_no_chart() -> None:
    assert year({}, date(2026, 4, 30)) == ("Nothing was counted in these months.", None)


def test_the_axis_of_a_year_begins_at_0_and_names_its_ends() -> None:
    _, chart = year({MARCH: (37,)}, date(2026, 4, 30))
    assert [text.text for text in chart.texts if text.css == "tick"] == ["May 2025 to April 2026", "0", "20", "40"]
    (column,) = chart.rects
    assert column.height == pytest.approx(200 * 37 / 40)


def test_months_are_those_of_the_clinics_clock(clinic: Clinic) -> None:
    """In summer time 31 March 23:30 is March, and half an hour past midnight is April although it is March in UTC."""
    for name, at in (("Ash", local("2026-03-31", "23:30")), ("Birch", local("2026-04-01", "00:30"))):
        open_call(clinic.patient(name), why=Call.Why.RED_FLAG, say="test", now=at)
        Call.objects.filter(opened_at=at).update(closed_at=at + timedelta(minutes=9), spoke_to="The patient")
    found = months("calls")
    assert (found[MARCH], found[APRIL], found[FEBRUARY]) == ((1, 9), (1, 9), (0, None))


def test_every_statistic_counts_its_year(clinic: Clinic) -> None:
    """One month of a clinic that is known: given, missed, nothing injected, one repeat that came soon, one override."""
    first = booked(clinic, "Ash", "2026-03-10", "08:00")
    give(clinic, first)
    not_given(clinic, "Birch", "09:00")
    missed = booked(clinic, "Cole", "2026-03-10", "10:00")
    no_show(missed.pk, by=clinic.reception, now=missed.start_at + timedelta(minutes=30))
    soon = waiting(clinic, "Dale", "11:00")
    decide(
        soon.pk,
        DecisionRequest(outcome="approve", reason="Fine"),
        by=clinic.radiologist,
        now=NOW + timedelta(minutes=90),
    )
    give(clinic, soon)
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=NOW)
    _said(clinic, first.pk, "before", 6, first.start_at - timedelta(days=1))
    _said(clinic, first.pk, "recovery-6wk", 2, local("2026-04-21"))
    RecoveryAnswer.objects.create(
        patient=first.patient,
        appointment=first,
        question="day-4",
        pain=5,
        change="better",
        recorded_at=NOW,
        recorded_by=None,
        answered_at=local("2026-03-14"),
    )
    march = {name: months(name)[MARCH] for name in STATISTICS}
    sent = march.pop("messages")
    assert sent[0] == Message.objects.filter(status="sent").count() > 0
    assert march == {
        "appointments": (4, 2, 1, 0, 1),
        "waits": (4, 8.0),
        "decisions": (1, 1.5),
        "verdicts": (4, 1, 0),
        "overrides": (1, 0),
        "intervals": (2, 1, 1),
        "procedures": (2, 1, 0),
        "not-given": (1,),
        "complications": (2, 0, 0.0),
        "repeats": (2, 1, 1),
        "yearly": (2, 2),
        "calls": (0, None),
        "recovery": (1, 5.0),
        "benefit": (1, 6.0, 2.0),
    }
    assert all(not any(months(name)[JANUARY]) for name in STATISTICS)


def _said(clinic: Clinic, visit_id: int, occasion: str, pain: int, at: datetime) -> None:
    visit = Appointment.objects.get(pk=visit_id)
    OutcomeMeasure.objects.create(
        patient=visit.patient,
        appointment=None if occasion == "before" else visit,
        occasion=occasion,
        area="ischial-tuberosity",
        side="left",
        pain_sitting=pain,
        answered_at=at,
        answered_by="patient",
        recorded_at=at,
        recorded_by=None,
    )


def test_the_page_has_the_year_below_with_its_table_and_its_file(
    clinic: Clinic, client_of: Callable[[User], Client]
) -> None:
    booked(clinic, "Ash", "2026-03-10")
    client = client_of(clinic.users["manager"])
    there = "/statistics/appointments/?from=2026-04-20&to=2026-04-26"
    html = client.get(there).content.decode()
    assert "Nothing was counted in these weeks." in html
    assert '?from=2025-05-01&amp;to=2026-04-26">Show the whole year</a>' in html
    assert "Booked: 1 in all, 0 to 1 a month. April 2026 is counted to 26 April 2026 only." in html
    assert "1 May 2025 to 26 April 2026, by month" in html
    assert "Show the year as a table" in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), ids
    file = client.get("/statistics/appointments.csv?from=2026-04-20&to=2026-04-26&by=month")
    assert "appointments-by-month.csv" in file.headers["Content-Disposition"]
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "month_from,booked,completed,missed,cancelled,not_given"
    assert lines[-2:] == ["2026-03-01,1,0,0,0,0", "2026-04-01,0,0,0,0,0"]
    assert len(lines) == 13


def test_a_new_clinic_is_told_what_will_stand_there(clinic: Clinic, client_of: Callable[[User], Client]) -> None:
    html = client_of(clinic.users["manager"]).get("/statistics/recovery/").content.decode()
    assert "Nothing was counted in these twelve months. Each month stands here once something was." in html

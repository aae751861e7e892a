"""What the statistics count, against a small clinic whose numbers are known."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.models import RecoveryAnswer
from injections.procedure.record import record_procedure
from injections.procedure.values import Procedure
from injections.review.decide import DecisionRequest, decide
from injections.safety.gates import CHECKED_TODAY, CONSENT
from injections.statistics import STATISTICS, CountedDays, Statistic, period_of
from injections.statistics.charts import Series, columns
from injections.visit.arrival import no_show
from pht_clinic.errors import Invalid
from pht_clinic.people.models import User
from pht_clinic.web.csv_export import BYTE_ORDER_MARK, csv_text
from scheduling.models import Appointment, Message
from tests.clinic import NOW, Clinic, local

SPRING = CountedDays(date(2026, 3, 2), date(2026, 4, 26))
DAY = timedelta(days=1)


def count(name: str, period: CountedDays = SPRING) -> Statistic:
    return STATISTICS[name].count(period)


def by_first(found: Statistic) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in found.rows}


def booked(clinic: Clinic, name: str, day: str, at: str = "10:00") -> Appointment:
    appointment = clinic.book(clinic.fit_patient(name), local(day, at)).appointment
    assert appointment is not None
    return appointment


def waiting(clinic: Clinic, name: str, at: str, given: str = "2025-11-20") -> Appointment:
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, given)
    appointment = clinic.book(patient, local("2026-03-10", at)).appointment
    assert appointment is not None
    return appointment


def give(clinic: Clinic, appointment: Appointment) -> None:
    start = appointment.start_at
    record_procedure(
        appointment.pk,
        Procedure(
            result="given",
            started_at=start,
            ended_at=start + timedelta(minutes=20),
            drug="triamcinolone",
            steroid=True,
            dose_mg=Decimal(40),
            strength_mg_ml=Decimal(40),
            volume_ml=Decimal(1),
            batch="T1",
            expires_on=date(2027, 1, 31),
            consent=dict.fromkeys(CONSENT, True),
            checked_today=dict.fromkeys(CHECKED_TODAY, True),
            local_anaesthetic={"drug": "lidocaine", "dose_mg": 20},
        ),
        by=clinic.radiologist,
        now=start + timedelta(minutes=40),
    )


def test_bookings_and_missed_visits_by_week_with_empty_weeks(clinic: Clinic) -> None:
    """Weeks begin on Monday by the clinic's clock: Sunday 29 March 23:30 in summer time is still that week."""
    booked(clinic, "Ash", "2026-03-10", "08:00")
    missed = booked(clinic, "Birch", "2026-03-10", "09:00")
    no_show(missed.pk, by=clinic.reception, now=missed.start_at + timedelta(minutes=30))
    gone = booked(clinic, "Cole", "2026-03-29", "17:00")
    cancel(gone.pk, reason="test", tell_patient=False, by=clinic.reception, now=NOW)
    found = by_first(count("appointments"))
    assert found[date(2026, 3, 9)] == (2, 0, 1, 0, 0)
    assert found[date(2026, 3, 16)] == (0, 0, 0, 0, 0)
    assert found[date(2026, 3, 23)] == (0, 0, 0, 1, 0)
    assert len(found) == 8
    assert count("appointments").sentence.startswith("2 visits booked, 0 completed, 1 missed")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 2), date(2026, 3, 15), ""),
        (date(2026, 3, 3), date(2026, 3, 15), " The first week is counted from 3 March 2026 only."),
        (date(2026, 3, 2), date(2026, 3, 14), " The last week is counted to 14 March 2026 only."),
        (
            date(2026, 3, 8),
            date(2026, 3, 9),
            " The first week is counted from 8 March 2026 only, the last to 9 March 2026 only.",
        ),
    ],
    ids=["whole-weeks", "first-cut", "last-cut", "both-cut"],
)
@pytest.mark.django_db
def test_a_week_that_the_period_cuts_is_said(first: date, last: date, said: str) -> None:
    sentence = count("appointments", CountedDays(first, last)).sentence
    assert sentence == f"0 visits booked, 0 completed, 0 missed, 0 cancelled, 0 not given.{said}"


def test_time_to_decision_runs_from_the_waiting_to_the_deciding(clinic: Clinic) -> None:
    """A question in between does not end it."""
    for name, at, waited in (("Ash", "08:00", 30), ("Birch", "09:00", 90), ("Cole", "11:00", 26 * 60)):
        visit = waiting(clinic, name, at)
        if name == "Cole":
            decide(
                visit.pk,
                DecisionRequest(outcome="ask", reason="When?"),
                by=clinic.radiologist,
                now=NOW + timedelta(minutes=5),
            )
        decide(
            visit.pk,
            DecisionRequest(outcome="approve", reason="Fine"),
            by=clinic.radiologist,
            now=NOW + timedelta(minutes=waited),
        )
    found = by_first(count("decisions"))
    assert [found[name][0] for name in ("Under 1 hour", "1 to 4 hours", "4 to 24 hours", "1 to 3 days")] == [1, 1, 0, 1]
    assert "half of them within 2 hours" in count("decisions").sentence


def test_verdicts_count_each_visit_once_and_refused_requests_too(clinic: Clinic) -> None:
    visit = waiting(clinic, "Ash", "08:00")
    move(visit.pk, MoveRequest(start=local("2026-03-11", "08:00")), by=clinic.reception, now=NOW)
    patient = clinic.fit_patient("Birch")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-02-01")
    assert clinic.book(patient, local("2026-03-12")).appointment is None
    booked(clinic, "Cole", "2026-03-13")
    found = count("verdicts")
    assert by_first(found)["repeat-interval"] == (1, 1, 0)
    assert found.sentence == "3 requests assessed: 1 clear, 1 for review, 1 not possible."


def test_override_rates_are_of_the_visits_that_were_decided(clinic: Clinic) -> None:
    approved = waiting(clinic, "Ash", "08:00")
    decide(approved.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NOW)
    patient = clinic.fit_patient("Birch")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-02-01")
    asked = clinic.book(patient, local("2026-03-12"), override_reason="Please look").appointment
    assert asked is not None
    decide(
        asked.pk,
        DecisionRequest(outcome="override", reason="Needed", reason_code="no-alternative"),
        by=clinic.radiologist,
        now=NOW,
    )
    assert by_first(count("overrides"))["repeat-interval"] == (2, 1, 1, 0, 100.0, 1, 0, 0)


def test_intervals_are_whole_months_as_the_rules_count_them(clinic: Clinic) -> None:
    """20 November to 10 March is 3 months and some days; a first injection is no interval."""
    visit = waiting(clinic, "Ash", "08:00")
    decide(visit.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NOW)
    give(clinic, visit)
    give(clinic, booked(clinic, "Birch", "2026-03-10", "09:00"))
    found = count("intervals")
    assert {row[0]: row[1] for row in found.rows if row[1]} == {"3": 1}
    assert found.sentence.startswith(
        "1 repeat injection and 1 first injection. 0 before 3 months, 1 between 3 and 4 months"
    )
    assert found.chart is not None
    assert [text.text for text in found.chart.texts if text.css == "marker-label"] == ["3 months", "4 months"]


def test_an_interval_of_exactly_three_months_stands_right_of_the_line(clinic: Clinic) -> None:
    """10 December to 10 March: the third month has ended, so the column is the one after the marker."""
    visit = waiting(clinic, "Ash", "08:00", given="2025-12-10")
    decide(visit.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NOW)
    give(clinic, visit)
    found = count("intervals")
    assert {row[0]: row[1] for row in found.rows if row[1]} == {"3": 1}
    assert found.chart is not None
    three = next(line for line in found.chart.lines if line.css == "marker")
    (column,) = found.chart.rects
    assert column.x >= three.x1


def test_messages_are_counted_by_what_became_of_them(clinic: Clinic) -> None:
    booked(clinic, "Ash", "2026-03-10")
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=NOW)
    found = by_first(count("messages"))
    assert found["confirmed"] == (1, 0, 0, 0, 0)
    found = count("messages")
    assert found.sentence.startswith("Of 1 message that came due, 1 delivered (100%)")
    assert found.chart is not None
    assert "Confirmation" in {text.text for text in found.chart.texts}


def test_pain_after_injection_by_question_newest_answer_counts(clinic: Clinic) -> None:
    visit = booked(clinic, "Ash", "2026-03-10")
    for pain, hours in ((8, 1), (4, 2)):
        RecoveryAnswer.objects.create(
            patient=visit.patient,
            appointment=visit,
            question="day-4",
            pain=pain,
            change="better",
            recorded_at=visit.start_at,
            recorded_by=None,
            answered_at=visit.start_at + timedelta(hours=hours),
        )
    found = by_first(count("recovery"))
    assert found["Day 4"] == (1, 4, 4, 4, 1, 0, 0)
    assert found["2 weeks"] == (0, None, None, None, 0, 0, 0)


def test_a_period_is_checked_and_never_cut() -> None:
    today = date(2026, 3, 2)
    assert period_of(None, None, today=today) == CountedDays(date(2025, 12, 9), today)
    assert period_of(date(2026, 5, 1), None, today=today) == CountedDays(date(2026, 5, 1), date(2026, 5, 1))
    with pytest.raises(Invalid):
        period_of(date(2026, 3, 3), today, today=today)
    with pytest.raises(Invalid):
        period_of(date(2020, 1, 1), today, today=today)


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", STATISTICS)
def test_the_page_shows_picture_sentence_and_table_in_a_fixed_number_of_queries(
    clinic: Clinic, client_of: Callable[[User], Client], name: str
) -> None:
    client = client_of(clinic.users["manager"])
    client.get("/rules/")  # the first page of a session notes when it began
    counts = []
    for number in range(3):
        visit = waiting(clinic, f"Ash{number}", f"{9 + number:02}:00")
        decide(visit.pk, DecisionRequest(outcome="approve", reason="Fine"), by=clinic.radiologist, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"/statistics/{name}/?from=2026-03-02&to=2026-04-26")
        assert response.status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 12
    content = response.content.decode()
    if name in ("appointments", "decisions", "verdicts", "overrides"):
        assert '<svg class="chart"' in content
        assert "as a table" in content


def test_nonsense_in_the_address_is_said_and_the_usual_period_shown(
    clinic: Clinic, client_of: Callable[[User], Client]
) -> None:
    client = client_of(clinic.users["manager"])
    response = client.get("/statistics/appointments/?from=2026-03-03&to=2026-03-02")
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert client.get("/statistics/appointments.csv?from=nonsense").status_code == 302
    assert client.get("/statistics/nothing/").status_code == 404
    assert client_of(clinic.users["reception"]).get("/statistics/appointments/").status_code == 403


def test_the_api_answers_json_and_csv(clinic: Clinic, api_of: Callable[[User], Client]) -> None:
    booked(clinic, "Ash", "2026-03-10")
    client = api_of(clinic.users["radiologist"])
    found = client.get("/api/v1/statistics/appointments/?from=2026-03-09&to=2026-03-15").json()
    assert found["from"] == "2026-03-09"
    assert found["rows"] == [["2026-03-09", 1, 0, 0, 0, 0]]
    assert [column["code"] for column in found["columns"]] == [
        "week",
        "booked",
        "completed",
        "missed",
        "cancelled",
        "not_given",
    ]
    as_file = client.get("/api/v1/statistics/appointments/?from=2026-03-09&to=2026-03-15&format=csv")
    assert as_file.headers["Content-Type"].startswith("text/csv")
    assert as_file.content.decode("utf-8-sig").splitlines() == [
        "week,booked,completed,missed,cancelled,not_given",
        "2026-03-09,1,0,0,0,0",
    ]
    assert client.get("/api/v1/statistics/appointments/?from=2026-03-15&to=2026-03-09").status_code == 422
    assert client.get("/api/v1/statistics/appointments/?sort=1").status_code == 422
    assert client.get("/api/v1/statistics/nothing/").status_code == 404
    assert api_of(clinic.users["reception"]).get("/api/v1/statistics/appointments/").status_code == 403


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", '=HYPERLINK("http://x")')),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("pain;=1", "pain;'=1"),
    ],
)
def test_a_formula_in_a_cell_stays_text(text: str, written: str) -> None:
    """Whatever a spreadsheet would run begins with an apostrophe; quotes and commas cannot open a new cell."""
    file = csv_text(["name", "other"], [[text, 'a,"b"\n=1']])
    ((_, _), (cell, other)) = csv.reader(io.StringIO(file.removeprefix(BYTE_ORDER_MARK), newline=""))
    assert cell == written
    assert other == 'a,"b"\n\'=1'
    assert csv_text(["n"], [[-5]]) == f"{BYTE_ORDER_MARK}n\r\n-5\r\n"


def test_a_value_of_0_is_told_from_one_that_is_not_known() -> None:
    """Numbered columns write 0 and leave out what nobody said; neither has a column."""
    chart = columns(
        ["Before", "After"], [Series("Pain", [0, None]), Series("Other", [10, 5])], highest=10, is_numbered=True
    )
    assert [text.text for text in chart.texts if text.anchor == "middle" and text.text.isdigit()] == ["0", "10", "5"]
    assert len(chart.rects) == 2

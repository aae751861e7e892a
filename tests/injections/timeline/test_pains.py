"""Pain over time under the timeline: every value that was said, along the same days, and nothing that nobody said."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from injections.models import OutcomeMeasure, RecoveryAnswer
from injections.timeline.drawing import Picture
from injections.timeline.pain_picture import PainPicture, pain_picture
from injections.timeline.pains import PainAnswer, pains_of
from pht_clinic.people.models import User
from scheduling.models import Appointment, Patient
from tests.clinic import NOW, Clinic, local
from tests.injections.statistics.test_statistics import booked, give

DAY = timedelta(days=1)


def said(day: str, value: int, doing: str = "sitting", **values: Any) -> PainAnswer:
    usual = {"asked": "6 weeks", "by": "the patient", "place": ""}
    return PainAnswer(local(day, "12:00"), doing, value, **usual | values)


def drawn(*pains: PainAnswer, first: date = date(2026, 1, 1)) -> PainPicture:
    """Along days that are 2 wide and begin at 10."""

    def x_of(instant: datetime) -> float:
        return 10 + 2 * (instant - local(first.isoformat(), "00:00")) / DAY

    along = Picture(720, 0, 0, "", [], [], "", has_earlier=False, first=first, x_of=x_of)
    found = pain_picture(list(pains), along)
    assert found is not None
    return found


def test_a_value_stands_on_its_day_and_at_its_height() -> None:
    """0 is the line below, 10 the one above, whatever else was said."""
    (row,) = drawn(said("2026-01-11", 10), said("2026-03-01", 0), said("2026-03-22", 5)).rows
    assert [point.x for point in row.points] == [pytest.approx(10 + 2 * days) for days in (10.5, 59.5, 80.5)]
    assert [point.y for point in row.points] == [row.worst_y, row.best_y, (row.worst_y + row.best_y) / 2]
    assert [point.label for point in row.points] == ["10", "0", "5"]


@pytest.mark.parametrize(("apart", "joints"), [(60, 1), (61, 0)])
def test_values_are_joined_within_60_days_and_never_further_apart(apart: int, joints: int) -> None:
    first = said("2026-01-05", 6)
    later = PainAnswer(first.at + apart * DAY, "sitting", 2, "6 weeks", "the patient", "")
    (row,) = drawn(first, later).rows
    assert len(row.joints) == joints
    assert len(row.points) == 2


def test_each_thing_asked_about_and_each_side_has_a_row_of_its_own_and_nothing_joins_them() -> None:
    found = drawn(
        said("2026-01-05", 6, place="hip joint, left"),
        said("2026-01-06", 4, place="hip joint, right"),
        said("2026-01-05", 7, "running", place="hip joint, left"),
        said("2026-01-09", 3, "overall"),
    )
    assert [row.heading.text for row in found.rows] == [
        "Pain after an injection",
        "Pain while sitting, hip joint, left",
        "Pain while sitting, hip joint, right",
        "Pain while running, hip joint, left",
    ]
    assert not any(row.joints for row in found.rows)
    heights = {row.best_y - row.worst_y for row in found.rows}
    assert len(heights) == 1
    bottoms = [row.best_y for row in found.rows]
    assert all(above < below.heading.y for above, below in zip(bottoms, found.rows[1:], strict=False))


def test_what_is_older_than_the_picture_is_said_in_words_alone() -> None:
    found = drawn(said("2024-05-02", 8), said("2026-01-05", 6, by="a carer"))
    (row,) = found.rows
    assert [point.label for point in row.points] == ["6"]
    assert " ".join(line.text for line in row.lines) == (
        "8 on 2 May 2024 (6 weeks); 6 on 5 January 2026 (6 weeks, said by a carer)"
    )
    assert "8 on 2 May 2024" in found.summary


def test_numbers_that_would_meet_are_left_to_the_words() -> None:
    (row,) = drawn(said("2026-01-05", 10), said("2026-01-06", 10), said("2026-02-20", 1)).rows
    assert [point.label for point in row.points] == ["", "10", "1"]
    assert all(point.x + 8 + len(point.label) * 7.8 <= 720 for point in row.points)


# -- On the page ------------------------------------------------------------------------------------------


def measure(visit: Appointment, occasion: str, at: datetime, **values: Any) -> OutcomeMeasure:
    place = {"area": "ischial-tuberosity", "side": "left", "answered_by": "patient"}
    return OutcomeMeasure.objects.create(
        patient=visit.patient,
        appointment=None if occasion == "before" else visit,
        occasion=occasion,
        answered_at=at,
        recorded_at=at,
        recorded_by=None,
        **place | values,
    )


def recovery(visit: Appointment, question: str, at: datetime, **values: Any) -> RecoveryAnswer:
    return RecoveryAnswer.objects.create(
        patient=visit.patient,
        appointment=visit,
        question=question,
        change="better",
        recorded_at=at,
        recorded_by=None,
        answered_at=at,
        **values,
    )


@pytest.fixture
def told(clinic: Clinic) -> Patient:
    """Given on 10 March; asked before it, after 4 days, and after 6 weeks, when a carer answered."""
    visit = booked(clinic, "Ash", "2026-03-10", "08:00")
    give(clinic, visit)
    measure(visit, "before", local("2026-02-20"), pain_sitting=8, pain_walking=0)
    recovery(visit, "day-4", local("2026-03-14"), pain=5)
    recovery(visit, "recovery-14d", local("2026-03-24"), pain=None)
    measure(visit, "recovery-6wk", local("2026-04-21"), pain_sitting=2, answered_by="carer")
    return visit.patient


@pytest.mark.usefixtures("told")
def test_values_are_read_from_both_kinds_of_answers_and_what_nobody_said_is_none(clinic: Clinic, told: Patient) -> None:
    rows = pains_of(told.injections.all(), OutcomeMeasure.objects.all(), RecoveryAnswer.objects.all())
    place = "sit bone (ischial tuberosity), left"
    assert [(one.on.isoformat(), one.doing, one.value, one.asked, one.by, one.place) for one in rows] == [
        ("2026-02-20", "sitting", 8, "before an injection", "the patient", place),
        ("2026-02-20", "walking", 0, "before an injection", "the patient", place),
        ("2026-03-14", "overall", 5, "day 4", "the patient", place),
        ("2026-04-21", "sitting", 2, "6 weeks", "a carer", place),
    ]


def test_the_patients_page_draws_it_along_the_days_of_the_injections_and_the_table_says_the_same(
    clinic: Clinic, told: Patient, client_of: Callable[[User], Client]
) -> None:
    html = client_of(clinic.users["radiologist"]).get(f"/patients/{told.pk}/").content.decode()
    first, second = (
        ElementTree.fromstring(one)  # noqa: S314 - our own page
        for one in re.findall(r'<svg class="timeline" viewBox="0 0 \d{3,} .*?</svg>', html, re.DOTALL)
    )
    assert first.get("viewBox", "").split()[2] == second.get("viewBox", "").split()[2]
    grid = [[line.get("x1") for line in one.iter("line") if line.get("class") == "today"] for one in (first, second)]
    assert grid[0] == grid[1]
    assert len([one for one in second.iter("circle") if one.get("class") == "pain"]) == 4
    described = second.find("desc")
    assert described is not None
    assert "8 on 20 February 2026 (before an injection); 2 on 21 April 2026 (6 weeks, said by a carer)" in (
        described.text or ""
    )
    table = re.search(r"Show as a table</summary>(.*?)</details>", html, re.DOTALL)
    assert table
    said_there = " ".join(re.sub(r"<[^>]+>", " ", table[1]).split())
    assert "21 April 2026 Pain while sitting, sit bone (ischial tuberosity), left 2 of 10 6 weeks A carer" in said_there
    assert "14 March 2026 Pain after an injection" in said_there


def test_days_of_answers_before_the_first_injection_are_in_the_picture(
    clinic: Clinic, client_of: Callable[[User], Client]
) -> None:
    """Said five months before anything was given or booked: the days begin with it."""
    visit = booked(clinic, "Ash", "2026-03-10", "08:00")
    measure(visit, "before", local("2025-10-05"), pain_sitting=8)
    html = client_of(clinic.users["radiologist"]).get(f"/patients/{visit.patient_id}/").content.decode()
    assert "Oct 2025</text>" in html
    assert html.count('<circle class="pain"') == 1


def test_without_a_value_nothing_is_drawn_and_no_query_is_asked_more(
    clinic: Clinic, client_of: Callable[[User], Client]
) -> None:
    visit = booked(clinic, "Ash", "2026-03-10", "08:00")
    client, there = client_of(clinic.users["radiologist"]), f"/patients/{visit.patient_id}/"
    client.get("/rules/")  # the first page of a session notes when it began
    pages, counts = [], []
    for number in range(2):
        with CaptureQueriesContext(connection) as queries:
            pages.append(client.get(there).content.decode())
        counts.append(len(queries))
        measure(visit, "before", NOW, pain_sitting=number)
    assert "Pain over time" not in pages[0]
    assert "Pain over time" in pages[1]
    assert counts[0] == counts[1]

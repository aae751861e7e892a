"""What the steps of a booking show: what is known of the area and side, who and where, and other times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from injections.booking.finder_on_page import Among
from injections.booking.steps import Known, known, other_times, where_and_who
from injections.booking.wish import Wish
from injections.facts.history import History
from injections.models import ImagingReport, Injection, Pathway, Screening
from injections.safety.questions import QUESTIONS
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.diary.read import who_and_where
from scheduling.models import Patient
from tests.clinic import FIT, NOW, Clinic, close, local

LEFT = Wish(kind="injection", site="hamstring-origin", side="left")
IT = "ischial-tuberosity"


def known_of(**rows: Any) -> Known:
    [found] = known(History(Patient(), NOW, **rows), LEFT)
    return found


def said(pk: int, content: dict[str, Any], area: str = "", side: str = "") -> Screening:
    return Screening(pk=pk, area=area, side=side, content=content, answered_at=NOW, recorded_at=NOW)


def report(pk: int, day: str, *, area: str = IT, side: str = "left") -> ImagingReport:
    return ImagingReport(pk=pk, area=area, side=side, performed_on=date.fromisoformat(day))


def test_the_injections_of_the_area_and_side_are_listed_and_those_that_may_be_there() -> None:
    rows = [
        Injection(site=site, side=side)
        for site in ("hamstring-origin", "ischiogluteal-bursa", "hip-joint", "hip-region-unspecified", "other-site")
        for side in ("left", "right", "both", "unknown")
    ]
    listed = {(row.site, row.side) for row in known_of(injections=rows).injections}
    assert listed == {
        (site, side)
        for site in ("hamstring-origin", "ischiogluteal-bursa", "hip-region-unspecified")
        for side in ("left", "both", "unknown")
    }


def test_the_newest_report_of_the_area_and_side_is_shown() -> None:
    """By the day of the scan; of one day the one recorded last. One of the other side or another area says nothing."""
    elsewhere = [report(8, "2026-02-20", side="right"), report(9, "2026-02-21", area="hip-joint")]
    elsewhere.append(report(10, "2026-02-22", side="unknown"))
    assert known_of(reports=elsewhere).report is None
    rows = [report(1, "2026-02-01"), report(4, "2026-02-10"), report(5, "2026-02-10"), report(7, "2026-01-05")]
    for order in (rows, rows[::-1]):
        shown = known_of(reports=[*order, *elsewhere]).report
        assert shown is not None
        assert shown.pk == 5


def test_the_answers_and_pathway_that_fit_are_shown() -> None:
    """Those of both sides or of a side that nobody knows fit each side. Of answers, the newest of each that fit."""
    elsewhere = [(IT, "right"), ("greater-trochanter", "left")]
    for fits in (("", ""), (IT, "left"), (IT, "both"), (IT, "unknown")):
        rows = [("", ""), fits, *elsewhere]
        found = known_of(
            screenings=[said(pk, {"pain_side": f"row {pk}"}, area, side) for pk, (area, side) in enumerate(rows)],
            pathways=[Pathway(pk=pk, area=area, side=side) for pk, (area, side) in enumerate(rows)],
        )
        assert found.pathway is not None
        assert (found.answers.value("pain_side"), found.pathway.pk) == ("row 1", 1), fits


def test_where_nothing_is_injected_nothing_is_looked_up() -> None:
    assert known(History(Patient(), NOW), Wish(kind="physiotherapy")) == []


@pytest.mark.parametrize(
    ("content", "is_open"),
    [
        (None, len(QUESTIONS)),
        ({}, len(QUESTIONS)),
        ({"answers": {}}, len(QUESTIONS)),
        ({"answers": FIT}, 0),
        ({"answers": FIT | {"fever": "not-sure", "pregnant": "not-applicable", "diabetes": "yes"}}, 1),
        ({"answers": FIT | {"fever": None, "pregnant": "not-sure"}}, 2),
    ],
)
def test_a_question_is_open_while_nobody_knows_its_answer(content: dict[str, Any] | None, is_open: int) -> None:
    rows = [] if content is None else [said(1, content)]
    assert known_of(screenings=rows).open_questions == is_open


def among() -> Among:
    return Among(*who_and_where())


def test_the_room_is_the_one_asked_for_or_the_one_of_that_session(clinic: Clinic) -> None:
    """Where there is no such person, room or session, none is shown; how long it takes is known all the same."""
    other = save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=NOW)
    person = save_practitioner(None, {"name": "Dr Wen Li", "kinds": ["injection"]}, by=clinic.manager, now=NOW)
    start = local("2026-03-10")
    ask = clinic.ask(clinic.patient(), start)
    for changes, who, where in (
        ({}, clinic.practitioner, clinic.room),
        ({"room_id": other.pk}, clinic.practitioner, other),
        ({"room_id": None}, clinic.practitioner, clinic.room),
        ({"room_id": None, "practitioner_id": clinic.physiotherapist.pk}, clinic.physiotherapist, clinic.gym),
        ({"room_id": None, "practitioner_id": person.pk}, person, None),
        ({"room_id": 10**9, "practitioner_id": 10**9}, None, None),
    ):
        found = where_and_who(replace(ask, **changes), among())
        assert (found.practitioner, found.room, found.end_at) == (who, where, start + timedelta(minutes=30))


def test_ten_other_times_are_offered_from_the_same_day_on_with_whomever(clinic: Clinic) -> None:
    """On five days. From today on where that day has passed; as far as ninety days ahead, and no further."""
    patient = clinic.fit_patient()
    ask = clinic.ask(patient, local("2026-03-10"), practitioner_id=clinic.physiotherapist.pk, room_id=clinic.gym.pk)
    found = other_times(ask, LEFT, among(), by=clinic.reception, now=clinic.now)
    assert len(found) == 10
    assert found[0].offer.slot.start == local("2026-03-10", "08:00")
    assert len({one.offer.slot.start.date() for one in found}) == 5
    assert {(one.practitioner, one.room, one.offer.verdict) for one in found} == {
        (clinic.practitioner, clinic.room, "clear")
    }
    assert found[0].wish == LEFT.at(found[0].offer.slot.start, clinic.practitioner.pk, clinic.room.pk)
    [today, *_] = other_times(
        replace(ask, start=local("2026-02-10")), LEFT, among(), by=clinic.reception, now=clinic.now
    )
    assert today.offer.slot.start == clinic.now
    for closed_until, is_found in (("2026-06-08", True), ("2026-06-09", False)):
        close(starts_at=clinic.now, ends_at=local(closed_until, "00:00"), by=clinic.manager, now=clinic.now)
        starts = [one.offer.slot.start for one in other_times(ask, LEFT, among(), by=clinic.reception, now=clinic.now)]
        assert starts[:1] == ([local("2026-06-08", "08:00")] if is_found else [])

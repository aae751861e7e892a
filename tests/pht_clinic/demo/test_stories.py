"""The twelve patients with a story are there at every start, and the checker says of each what the table promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from injections.booking.book import check
from injections.booking.request import BookingRequest
from injections.booking.waiting_list.offer import open_offers
from injections.models import Call, Decision, Injection, WaitingWish
from injections.safety.dates import add_months
from injections.safety.findings import Judgement
from injections.safety.visit import Wanted
from injections.worklists.recall import to_call_back
from pht_clinic import clock
from pht_clinic.demo.clinic import fill
from pht_clinic.demo.running import DemoError
from pht_clinic.demo.stories.boundary import boundary_day, months_before
from pht_clinic.demo.stories.people import PEOPLE, TOLD
from pht_clinic.demo.stories.told import MARKS, SEARCHED, STORIES, with_table
from pht_clinic.periods import wall_to_utc
from scheduling.models import Appointment, GroupVisit, Message, Patient, VisitSeries
from scheduling.patients.search import search_patients

README = Path(__file__).resolve().parents[3] / "README.md"


@pytest.fixture
def filled(tmp_path: Path, smtp_server: Any, db: None) -> datetime:
    """A clinic as the demo opens it; the instant at which it does."""
    now = clock.now()
    fill(tmp_path)
    return now


def named(family_name: str) -> Patient:
    return Patient.objects.get(family_name=family_name)


def asked(patient: Patient, day: date, **values: Any) -> Judgement:
    """What the checker says of an injection of the left hamstring origin on a day, without a visit that stands."""
    standing = Appointment.objects.filter(patient=patient, status__in=["booked", "pending"]).first()
    ask = BookingRequest(
        kind="injection",
        patient_id=patient.pk,
        start=wall_to_utc(day, time(10), clock.zone(), fold=0),
        site="hamstring-origin",
        side="left",
    )
    return check(replace(ask, **values), replaces=standing.pk if standing else None, now=clock.now())


def first_day() -> date:
    return clock.today() + timedelta(days=3)


def test_the_table_and_the_people_are_the_same_twelve() -> None:
    assert [(one.given_name, one.family_name) for one in TOLD] == [(one.given_name, one.family_name) for one in STORIES]
    assert len(STORIES) == 12
    assert all(one.shows and one.tries and one.comes for one in STORIES)


def check_that_the_checker_says_of_each_what_the_table_promises() -> None:
    def says(family_name: str) -> str:
        patient = named(family_name)
        day = boundary_day(clock.today()) if family_name == "Lindqvist" else first_day()
        return asked(patient, day).verdict.value

    assert {one.name: says(one.family_name) for one in STORIES} == {one.name: one.verdict for one in STORIES}


def check_that_too_soon_is_refused_with_the_dates_on_which_it_is_not() -> None:
    given = clock.today() - timedelta(days=35)
    judged = asked(named("Raman"), first_day())
    assert (judged.review_from, judged.clear_from) == (add_months(given, 3), add_months(given, 4))


def check_that_four_months_are_over_on_the_very_day_and_not_the_day_before() -> None:
    freya, over = named("Lindqvist"), boundary_day(clock.today())
    assert asked(freya, over).verdict.value == "clear"
    assert asked(freya, over - timedelta(days=1)).verdict.value == "review"
    assert f"{over:%A %-d %B}" in freya.notes.get().text


def check_that_a_month_counts_as_its_last_day() -> None:
    rowan = named("Bellamy")
    [injection] = Injection.objects.filter(patient=rowan)
    assert len(injection.given) == len("2026-09")
    first = date.fromisoformat(f"{injection.given}-01")
    last = add_months(first, 1) - timedelta(days=1)
    assert asked(rowan, first_day()).clear_from == add_months(last, 4)
    [visit] = Appointment.objects.filter(patient=rowan)
    assert visit.status == "pending"  # reception asked for an override


def check_that_the_other_area_is_clear_and_both_at_one_visit_are_not() -> None:
    both = (Wanted("hamstring-origin", "left"), Wanted("trochanteric-bursa", "left"))
    assert asked(named("Okonjo"), first_day(), site=None, side=None, injections=both).verdict.value == "blocked"


def check_that_what_each_shows_beside_a_verdict_is_there() -> None:
    assert Appointment.objects.get(patient=named("Whitlock")).status == "booked"
    assert Appointment.objects.get(patient=named("Nowak")).status == "pending"
    assert Appointment.objects.get(patient=named("Pugh")).status == "pending"
    assert Call.objects.filter(patient=named("Stern"), closed_at=None).exists()
    [decision] = Decision.objects.filter(appointment__patient=named("Carrick"))
    assert decision.outcome == "override"
    assert Injection.objects.given().filter(patient=named("Carrick"), appointment__isnull=False).count() == 1
    kasia = Appointment.objects.filter(patient=named("Dunmore"))
    assert sorted(kasia.values_list("status", flat=True)) == ["cancelled", "noshow", "noshow"]
    yara = named("Sorensen")
    assert yara.is_email_failing
    assert yara.opted_out_at is not None
    assert Message.objects.filter(Message.TO_PHONE, patient=yara).exists()


def test_the_readme_has_the_table() -> None:
    text = README.read_text()
    assert all(text.count(mark) == 1 for mark in MARKS)
    assert with_table(text) == text
    with pytest.raises(ValueError, match="not there"):
        with_table("no marks")


@pytest.mark.parametrize(
    ("today", "over", "since"),
    [
        pytest.param("2026-11-30", "2026-12-08", "2026-08-08", id="next week"),
        pytest.param("2026-12-22", "2026-12-30", "2026-08-30", id="not beside a bank holiday"),
        pytest.param("2026-06-24", "2026-07-01", "2026-03-01", id="not on a day that no four months end on"),
    ],
)
def test_the_boundary_is_a_day_that_the_clinic_works_on(today: str, over: str, since: str) -> None:
    found = boundary_day(date.fromisoformat(today))
    assert found.isoformat() == over
    assert months_before(found, 4).isoformat() == since


def check_that_the_search_of_the_demo_finds_whom_it_names() -> None:
    assert [one.patient.family_name for one in search_patients(SEARCHED, today=clock.today()).found] == ["Raman"]


def check_that_the_rest_of_the_week_is_there_once() -> None:
    [group] = GroupVisit.objects.all()
    together = Appointment.objects.filter(group=group, status="booked")
    assert sorted(together.values_list("patient__family_name", flat=True)) == ["Doyle", "Haddad", "Kowalska"]
    [series] = VisitSeries.objects.all()
    assert Appointment.objects.filter(series=series, status="booked").count() == 6
    assert [wish.patient.family_name for wish in WaitingWish.objects.order_by("pk")] == ["Abara", "Wetherell"]
    [offer] = open_offers()
    assert offer.wish.patient.family_name == "Abara"
    assert Injection.objects.get(patient=named("Faraday")).status == "not-given"
    assert [one.family_name for one in [named("Penhallow")] if to_call_back(now=clock.now()).exists()] == ["Penhallow"]
    assert Patient.objects.count() == len(PEOPLE)


def test_the_table_promises_what_is_there(filled: datetime, tmp_path: Path) -> None:
    """One clinic for all of it: it takes seconds to fill."""
    check_that_the_checker_says_of_each_what_the_table_promises()
    check_that_too_soon_is_refused_with_the_dates_on_which_it_is_not()
    check_that_four_months_are_over_on_the_very_day_and_not_the_day_before()
    check_that_a_month_counts_as_its_last_day()
    check_that_the_other_area_is_clear_and_both_at_one_visit_are_not()
    check_that_what_each_shows_beside_a_verdict_is_there()
    check_that_the_search_of_the_demo_finds_whom_it_names()
    check_that_the_rest_of_the_week_is_there_once()
    fill(tmp_path)
    check_that_the_rest_of_the_week_is_there_once()
    Patient.objects.filter(email=PEOPLE[0].email).update(email="somebody-else@patient.example")
    with pytest.raises(DemoError, match="make demo-reset"):
        fill(tmp_path)


WORDS: Mapping[str, int] = {"tries": 90, "comes": 110}


def test_the_table_stays_short() -> None:
    assert all(len(getattr(one, name)) <= most for one in STORIES for name, most in WORDS.items())

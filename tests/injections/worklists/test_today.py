"""Today on Home, on one's own list and on the list of visits without an outcome: nobody leaves before what happened
is said.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from injections.assessment.visits import counted_as_given, without_outcome
from injections.visit.arrival import arrive
from injections.worklists.digest import tell_what_is_due
from scheduling.clinic.people_and_rooms import save_practitioner
from scheduling.models import Appointment, Message, Patient
from scheduling.templatetags.clinic_words import lasting
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.pages_world import Browser, browser, text_of

TODAY, NINE = "2026-03-10", local("2026-03-10", "09:00")
KINDS = ("injection", "scan-and-injection", "follow-up", "physiotherapy", "exercise-class")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def booked(clinic: Clinic, family_name: str, start: datetime, kind: str = "injection") -> Appointment:
    bare = {} if "injection" in kind else {"site": None, "side": None}
    found = clinic.book(clinic.fit_patient(family_name), start, kind=kind, **bare).appointment
    assert found is not None
    return found


def home(world: World, at: datetime, role: str = "reception") -> tuple[Browser, str]:
    world.at(at)
    desk = browser(world.clinic.users[role])
    return desk, desk.get("home")


@pytest.mark.parametrize("kind", KINDS)
def test_nee13_who_did_not_come_stays_on_home_as_late_until_there_is_an_outcome(world: World, kind: str) -> None:
    """At every minute of the day either among today's visits or on the list that Home counts."""
    visit = booked(world.clinic, "Birch", NINE, kind)
    assert "Late" not in home(world, NINE)[1]
    desk, said = home(world, NINE + 67 * MINUTE)
    assert "Late by 67 minutes" in said
    assert "1 late" in said
    assert "Birch" in said
    for hours in (0, 1, 5, 12):
        _, said = home(world, visit.end_at + hours * HOUR)
        assert "Birch" in said, hours
    desk.post("appointment-no-show", visit.pk)
    assert "Birch" not in home(world, NINE + 3 * HOUR)[1]


def test_nee13_after_midnight_it_stands_on_the_list_that_home_counts(world: World) -> None:
    """A visit that ended an hour before the day did is on one of the two at any time."""
    clinic = world.clinic
    visit = booked(clinic, "Birch", NINE)
    late = local(TODAY, "23:00")
    Appointment.objects.filter(pk=visit.pk).update(
        start_at=late, end_at=late + HOUR / 2, during=(late, late + HOUR / 2), room_during=(late, late + HOUR)
    )
    assert "Birch" in home(world, local(TODAY, "23:59"))[1]
    after = local("2026-03-11", "00:01")
    said = home(world, after)[1]
    assert "Birch" not in said
    assert "1 visit without an outcome" in said
    assert [row.pk for row in without_outcome(now=after)] == [visit.pk]


def test_who_came_is_here_since_then_and_who_is_late_is_never_pushed_off_by_who_comes(world: World) -> None:
    clinic = world.clinic
    late, here = booked(clinic, "Birch", NINE), booked(clinic, "Cole", NINE + 40 * MINUTE)
    for number in range(7):
        booked(clinic, f"Later{number}", NINE + (number + 2) * HOUR)
    arrive(here.pk, by=clinic.reception, now=NINE + 35 * MINUTE)
    _, said = home(world, NINE + HOUR)
    assert "Late by 60 minutes" in said
    assert "Here since 09:35" in said
    assert "Later5" in said
    assert "Later6" not in said
    assert late.patient.family_name in said


def test_what_waits_stands_among_todays_visits_with_whose_turn_it_is(world: World) -> None:
    world.in_review_zone("Cole", TODAY, "15:00")
    dale = world.clinic.patient("Dale")
    world.clinic.pathway(dale)
    world.clinic.report(dale)
    assert world.clinic.book(dale, local(TODAY, "16:00")).appointment
    world.clinic.allergy(dale)
    elm = world.clinic.fit_patient("Elm")
    world.clinic.answer(elm, {"pregnant": "not-sure"})
    assert world.clinic.book(elm, local(TODAY, "17:00")).appointment
    _, said = home(world, NINE)
    assert "A radiologist’s turn: a decision" in said
    assert "Reception’s turn: records to complete" in said
    assert "The patient’s turn: questions to answer" in said
    assert "3 waiting" in said
    assert "Latex" in said


@pytest.mark.parametrize("kind", KINDS)
def test_nee14_a_visit_of_every_kind_without_an_outcome_is_on_the_list_two_weeks_later(world: World, kind: str) -> None:
    visit = booked(world.clinic, "Birch", NINE, kind)
    for at, count in ((visit.end_at + 2 * HOUR - MINUTE, 0), (visit.end_at + 2 * HOUR, 1), (NINE + 14 * 24 * HOUR, 1)):
        world.at(at)
        desk = browser(world.clinic.users["reception"])
        said = desk.get("outcome-list")
        assert ("Birch" in said) is bool(count), at
        assert ("Until then it counts as an injection given." in said) is (bool(count) and "injection" in kind)
        assert counted_as_given(now=at).count() == (count if "injection" in kind else 0)
        assert f"{count} visit{'' if count == 1 else 's'} without an outcome" in desk.get("home")
    tell_what_is_due(now=visit.end_at + 2 * HOUR)
    assert Message.objects.filter(subject="staff:outcome").count() == 1


@pytest.mark.parametrize(
    ("name", "status"), [("appointment-fulfil", "fulfilled"), ("appointment-no-show", "noshow")], ids=("done", "missed")
)
@pytest.mark.parametrize("kind", ["follow-up", "physiotherapy", "exercise-class"])
def test_one_press_on_the_list_says_what_happened_and_leads_back_to_it(
    world: World, kind: str, name: str, status: str
) -> None:
    visit = booked(world.clinic, "Birch", NINE, kind)
    world.at(NINE + 26 * HOUR)
    desk = browser(world.clinic.users["reception"])
    desk.get("outcome-list")
    assert f'action="{reverse(name, args=[visit.pk])}"' in desk.html
    assert reverse("appointment-arrive", args=[visit.pk]) not in desk.html
    said = desk.post(name, visit.pk, data={"next": reverse("outcome-list")})
    assert desk.last.request["PATH_INFO"] == reverse("outcome-list")
    assert "Every visit has its outcome." in said
    visit.refresh_from_db()
    assert visit.status == status


def own_list(world: World, at: datetime) -> tuple[Browser, str]:
    world.at(at)
    own = browser(world.clinic.users["radiologist"])
    return own, own.get("my-list")


def is_the_radiologist(clinic: Clinic) -> None:
    signs_in: dict[str, Any] = {"user_id": clinic.users["radiologist"].pk}
    save_practitioner(clinic.practitioner.pk, signs_in, by=clinic.manager, now=clinic.now)


def test_ones_own_list_has_ones_own_visits_of_today_and_the_next_procedure_in_one_click(world: World) -> None:
    clinic = world.clinic
    is_the_radiologist(clinic)
    late, here = booked(clinic, "Birch", NINE), booked(clinic, "Cole", NINE + 40 * MINUTE)
    booked(clinic, "Elm", NINE, "physiotherapy")
    clinic.allergy(here.patient)
    arrive(here.pk, by=clinic.reception, now=NINE + 35 * MINUTE)
    own, said = own_list(world, NINE + HOUR)
    assert "2 visits today: 1 here, 1 late, 2 without an outcome so far." in said
    assert "Late by 60 minutes" in said
    assert "Here since 09:35" in said
    assert "Latex" in said
    assert "Elm" not in said
    assert f'<a class="button no-print" href="{reverse("procedure", args=[here.pk])}">Next: ' in own.html
    assert "My list" in own.get("home")
    assert late.patient.family_name in said


def test_whoever_takes_no_visits_has_no_list_of_their_own_and_is_told_how_to_get_one(world: World) -> None:
    desk = browser(world.clinic.users["reception"])
    assert "My list" not in desk.get("home")
    assert "A manager can link one on the practitioner’s page" in desk.get("my-list")


def test_ones_own_list_says_what_is_left_of_earlier_days(world: World) -> None:
    is_the_radiologist(world.clinic)
    booked(world.clinic, "Birch", NINE)
    _, said = own_list(world, NINE + 48 * HOUR)
    assert "You have no visits today." in said
    assert "Your earlier visits without an outcome: 1" in said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 minute"), (67, "67 minutes"), (119, "119 minutes"), (120, "2 hours"), (185, "3 hours 5 minutes")],
)
def test_how_late_is_said_in_minutes_and_from_two_hours_on_in_hours(minutes: int, said: str) -> None:
    assert lasting(minutes * MINUTE + timedelta(seconds=59)) == said


def test_a_page_says_how_late_on_the_day_list_too(world: World) -> None:
    booked(world.clinic, "Birch", NINE)
    world.at(NINE + 7 * MINUTE)
    desk = browser(world.clinic.users["manager"])
    desk.last = desk.client.get(reverse("calendar"))
    assert "Late by 7 minutes" in text_of(desk.last)
    assert Patient.objects.get().date_of_birth == date(1980, 5, 1)


def test_des19_home_says_what_is_true_of_the_day(world: World) -> None:
    """An empty day, one whose visits were all cancelled, and one of which every visit has its outcome."""
    world.at(NINE - HOUR)
    desk = browser(world.clinic.users["reception"])
    booked(world.clinic, "Later", NINE + 24 * HOUR)
    assert "Nothing is booked today. The next clinic is on Wednesday 11 March 2026" in desk.get("home")
    visit = booked(world.clinic, "Birch", NINE)
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    assert "Every visit today was cancelled." in desk.get("home")
    Appointment.objects.filter(pk=visit.pk).update(status="fulfilled")
    assert "Nobody else is expected today, and every visit so far has an outcome." in desk.get("home")
    Appointment.objects.exclude(pk=visit.pk).update(status="cancelled")
    assert "Nothing is booked after today." in desk.get("home")

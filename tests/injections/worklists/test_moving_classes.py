"""A class that has lost its place goes as one: times for everybody, held, moved, each told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.cancel import cancel
from injections.booking.finder_forms import ChosenTime
from injections.worklists.moving.carry_out import ChosenFor, give_all_back, look_at, move_each
from injections.worklists.moving.proposals import ToMove, proposals, what_is_hit
from scheduling.availability.sessions import to_be_moved
from scheduling.clinic.closures import close_at_short_notice
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db
TEN = local("2026-03-10", "10:00")
CLASS = {"kind": "exercise-class"}


def joined(clinic: Clinic, *names: str) -> list[Appointment]:
    """A class at ten on a Tuesday, of which everybody has been told."""
    found = [clinic.book(clinic.fit_patient(name), TEN, **CLASS).appointment for name in names]
    Message.objects.filter(kind="confirmed").update(status="sent", handed_over_at=NOW, sent_at=NOW)
    return [one for one in found if one is not None]


def ill(clinic: Clinic) -> None:
    """Whoever gives the class is away that day."""
    closed = {"practitioner_id": clinic.physiotherapist.pk, "room_id": None, "reason": "Ill"}
    closed |= {"starts_at": local("2026-03-10", "00:00"), "ends_at": local("2026-03-11", "00:00")}
    close_at_short_notice(closed, confirm=True, by=clinic.reception, now=clinic.now)


def the_class(clinic: Clinic) -> ToMove:
    hit = what_is_hit(now=clinic.now)
    [item] = proposals(hit.together(None), hit.closures, now=clinic.now)
    return item


def choice(item: ToMove, code: str = "") -> ChosenFor:
    first = item.visit.appointment
    time = ChosenTime.of({"time": code or item.usual})
    return ChosenFor(appointment_id=first.pk, revision=first.revision, time=time, version=item.version)


def sent(item: ToMove, intent: str) -> dict[str, str]:
    first = item.visit.appointment
    return {
        f"time-{first.pk}": item.usual,
        f"revision-{first.pk}": str(first.revision),
        f"version-{first.pk}": item.version,
        "intent": intent,
    }


def test_a_class_is_one_move_held_while_it_is_looked_at_and_each_patient_is_told(
    world: World, reception: Browser
) -> None:
    visits = joined(world.clinic, "Ash", "Elm", "Oak")
    ill(world.clinic)
    item = the_class(world.clinic)
    assert [one.appointment.pk for one in item.visits] == [one.pk for one in visits]
    said = reception.get("moving-proposals")
    assert "3 visits to be moved" in said
    assert "the class moves as a whole, with 3 visits" in said
    assert all(str(one.patient) in said for one in visits)
    said = reception.post("moving-proposals", data=sent(item, f"look-{visits[0].pk}"), expect=200)
    assert "Move this class?" in said
    assert "Exercise class, 3 visits" in said
    assert said.count("Held for you until 09:05") == 1
    assert Appointment.holds.count() == 3
    said = reception.post("moving-proposals", data=sent(item, "move"), expect=200)
    assert "3 visits moved" in said
    assert "Every booked visit has its place." in said
    stored = Appointment.objects.all()
    assert {one.start_at for one in stored} == {ChosenTime.of({"time": item.usual}).start}
    assert {(one.group_id, one.status) for one in stored} == {(visits[0].group_id, "booked")}
    assert {one.appointment_id for one in Message.objects.filter(kind="moved", status="queued")} == {
        one.pk for one in visits
    }
    assert not Appointment.holds.exists()
    assert to_be_moved(now=NOW) == []


def test_looking_twice_holds_once_and_giving_back_frees_the_time_for_others(clinic: Clinic) -> None:
    joined(clinic, "Ash", "Elm")
    ill(clinic)
    item = the_class(clinic)
    for _ in range(2):
        [looked] = look_at([choice(item)], by=clinic.reception, now=clinic.now)
        assert looked.problem == ""
        assert looked.held_until == clinic.now + timedelta(minutes=5)
    there = choice(item).time
    assert Appointment.holds.filter(start_at=there.start).count() == Appointment.holds.count() == 2
    with pytest.raises(Clash, match="being booked by"):
        clinic.book(clinic.patient("Fir"), there.start, kind="physiotherapy", by=clinic.radiologist)
    give_all_back([choice(item)], by=clinic.reception, now=clinic.now)
    assert not Appointment.holds.exists()
    assert clinic.book(clinic.patient("Yew"), there.start, kind="physiotherapy").appointment


def test_no_time_is_proposed_at_which_one_is_elsewhere_or_would_be_refused(clinic: Clinic) -> None:
    """The first time without them: Elm has a visit then, and Oak, injected that afternoon, rests for 48 hours."""
    _, elm, oak = joined(clinic, "Ash", "Elm", "Oak")
    ill(clinic)
    first = ChosenTime.of({"time": the_class(clinic).usual}).start
    assert clinic.book(elm.patient, first, kind="follow-up").appointment
    second = ChosenTime.of({"time": the_class(clinic).usual}).start
    assert second > first
    injected = clinic.book(oak.patient, local("2026-03-10", "15:00")).appointment
    assert injected is not None
    starts = [ChosenTime.of({"time": code}).start for code in the_class(clinic).codes]
    assert starts
    assert min(starts) >= injected.end_at + timedelta(hours=48)


def test_a_class_that_somebody_left_or_joined_meanwhile_stays_where_it_is_and_says_so(clinic: Clinic) -> None:
    _, elm = joined(clinic, "Ash", "Elm")
    ill(clinic)
    seen = choice(the_class(clinic))
    cancel(elm.pk, reason="Cannot come", by=clinic.reception, now=clinic.now)
    [looked] = look_at([seen], by=clinic.reception, now=clinic.now)
    assert looked.problem.startswith("Who takes part in this class changed")
    [came] = move_each([seen], by=clinic.reception, now=clinic.now)
    assert came.problem == looked.problem
    assert not Appointment.holds.exists()
    assert set(Appointment.objects.values_list("start_at", flat=True)) == {TEN}


def test_a_class_in_which_one_would_be_refused_by_now_stays_and_keeps_no_visit_from_being_moved(clinic: Clinic) -> None:
    """Between the look and the move Oak is given an injection of the day before the new time."""
    oak, _ = joined(clinic, "Oak", "Elm")
    alone = clinic.book(clinic.patient("Fir"), local("2026-03-10", "14:00"), kind="physiotherapy").appointment
    assert alone is not None
    ill(clinic)
    hit = what_is_hit(now=clinic.now)
    items = proposals(hit.together(None), hit.closures, now=clinic.now)
    assert clinic.book(oak.patient, local("2026-03-10", "15:00")).appointment
    clinic.now += timedelta(minutes=1)
    came = move_each([choice(item) for item in items], by=clinic.reception, now=clinic.now)
    assert [(one.visit.pk == alone.pk, bool(one.problem)) for one in came] == [
        (False, True),
        (False, True),
        (True, False),
    ]
    assert came[0].problem == "1 of the participants cannot be moved with the class. Move or cancel their visits first."
    assert set(Appointment.objects.filter(**CLASS).values_list("start_at", flat=True)) == {TEN}


def test_a_visit_that_is_in_no_class_is_moved_as_none(clinic: Clinic) -> None:
    alone = clinic.book(clinic.patient("Fir"), TEN, kind="physiotherapy").appointment
    assert alone is not None
    ill(clinic)
    item = the_class(clinic)
    assert item.version == ""
    [came] = move_each([replace(choice(item), version="made up")], by=clinic.reception, now=clinic.now)
    assert came.problem == "There is no such class."


def test_the_page_asks_no_more_often_for_a_class_of_three_than_for_one_of_two(world: World, reception: Browser) -> None:
    _, _, third = joined(world.clinic, "Ash", "Elm", "Oak")
    ill(world.clinic)
    reception.get("moving-proposals")
    with CaptureQueriesContext(connection) as three:
        assert "3 visits to be moved" in reception.get("moving-proposals")
    Appointment.objects.filter(pk=third.pk).update(status="cancelled")
    with CaptureQueriesContext(connection) as two:
        assert "2 visits to be moved" in reception.get("moving-proposals")
    assert len(three) == len(two) <= 12

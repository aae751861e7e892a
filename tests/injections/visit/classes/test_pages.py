"""The pages of a class: who takes part with what can be done, and moving, cancelling and resizing it as a whole."""

from __future__ import annotations

import re

import pytest

from injections.booking.cancel import cancel
from injections.visit.classes.participants import find_class, show_class
from injections.visit.classes.places import set_places
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.injections.calendar.test_columns import columns
from tests.pages_world import Browser

TEN, TWO = local("2026-03-10"), local("2026-03-10", "14:00")
CLASS = {"kind": "exercise-class"}
pytestmark = pytest.mark.django_db


def joined(world: World, *names: str) -> list[Appointment]:
    clinic = world.clinic
    found = [clinic.book(clinic.patient(name), TEN, **CLASS).appointment for name in names]
    return [one for one in found if one is not None]


def sent(world: World, group: int | None, **values: object) -> dict[str, object]:
    assert group is not None
    return {"version": show_class(find_class(group), now=world.clinic.now).version, "tell": "yes", **values}


def test_the_page_names_who_takes_part_and_leads_to_a_place_for_one_more(world: World, reception: Browser) -> None:
    first, _, third = joined(world, "Reed", "Sedge", "Rush")
    cancel(third.pk, reason="Ill", by=world.clinic.reception, now=world.clinic.now)
    said = reception.get("group-visit", first.group_id)
    for words in (
        "Exercise class, Tuesday 10 March 2026 at 10:00",
        "with Tom Reed, Gym",
        "2 of 8 places taken.",
        "Place 1 Robin Reed",
        "Place 2 Robin Sedge",
        "1 cancelled",
    ):
        assert words in said
    found = re.search(r'href="([^"]*/book/[^"]*)">Book a place', reception.html)
    assert found
    assert "start=2026-03-10T10" in found[1]


def test_each_is_marked_as_arrived_or_missed_by_themselves(world: World, reception: Browser) -> None:
    first, second = joined(world, "Reed", "Sedge")
    world.at(local("2026-03-10", "10:10"))
    page = reception.get("group-visit", first.group_id)
    assert page.count("Arrived: Robin") == 2
    back = {"next": f"/classes/{first.group_id}/"}
    assert "1 of" not in reception.post("appointment-arrive", first.pk, data=back)
    after = reception.post("appointment-no-show", second.pk, data=back)
    assert "1 of 8 places taken." in after
    assert list(Appointment.objects.order_by("pk").values_list("status", flat=True)) == ["arrived", "noshow"]
    assert "Somebody has arrived for this class." in after


def test_a_full_class_offers_no_place(world: World, reception: Browser) -> None:
    first, _ = joined(world, "Reed", "Sedge")
    assert first.group_id
    set_places(first.group_id, 2, by=world.clinic.reception, now=world.clinic.now)
    said = reception.get("group-visit", first.group_id)
    assert "2 of 2 places taken." in said
    assert "Book a place" not in said


def test_places_are_changed_and_a_wrong_number_is_said_at_its_field(world: World, reception: Browser) -> None:
    first, _ = joined(world, "Reed", "Sedge")
    data = {"seats": "1", "revision": "1"}
    said = reception.post("group-places", first.group_id, data=data, expect=422)
    assert "Choose 2 to 8: so many places are taken, so many allowed." in said
    assert 'value="1"' in reception.html
    assert "This class has 3 places now." in reception.post("group-places", first.group_id, data={**data, "seats": "3"})


def test_places_that_somebody_else_changed_are_shown_beside_what_was_typed(world: World, reception: Browser) -> None:
    [first] = joined(world, "Reed")
    assert first.group_id
    set_places(first.group_id, 5, by=world.clinic.radiologist, now=world.clinic.now)
    said = reception.post("group-places", first.group_id, data={"seats": "6", "revision": "1"}, expect=422)
    assert "This class was changed by radiologist at 09:00 on 2 March 2026 since you opened it." in said
    assert "“Places in this class” was 8 and is 5 now" in said
    assert "You typed something else: it is still here, and is saved if you save again." in said
    assert 'value="6"' in reception.html


def test_the_class_is_cancelled_with_the_email_that_each_gets(world: World, reception: Browser) -> None:
    first, second = joined(world, "Reed", "Sedge")
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=world.clinic.now)
    said = reception.get("group-cancel", first.group_id)
    assert "What Robin Reed would be told" in said
    assert "Subject We have cancelled your appointment" in said
    assert "Robin Sedge, born 1 May 1980" in said
    data = sent(world, first.group_id, reason_code="clinic-clinic", reason="")
    assert "The class is cancelled, with 2 visits." in reception.post("group-cancel", first.group_id, data=data)
    letters = Message.objects.filter(kind="cancelled", status="queued")
    assert {one.appointment_id for one in letters} == {first.pk, second.pk}


def test_a_class_is_not_cancelled_without_saying_why_and_whether_they_are_told(
    world: World, reception: Browser
) -> None:
    [first] = joined(world, "Reed")
    data = {"version": sent(world, first.group_id)["version"]}
    said = reception.post("group-cancel", first.group_id, data=data, expect=422)
    assert "“Why it is cancelled”" in said
    assert "“Tell the patients?”" in said


def test_who_takes_part_now_is_looked_at_before_it_is_cancelled(world: World, reception: Browser) -> None:
    """The form that comes back has seen it, and keeps what was typed."""
    [first] = joined(world, "Reed")
    data = sent(world, first.group_id, reason_code="clinic-other", reason="Flooded")
    joined(world, "Sedge")
    said = reception.post("group-cancel", first.group_id, data=data, expect=422)
    assert "Who takes part in this class changed since you opened it." in said
    assert "Robin Sedge" in said
    assert "Flooded" in reception.html
    again = sent(world, first.group_id)["version"]
    assert f'value="{again}"' in reception.html


def test_a_time_is_chosen_for_the_whole_class_and_each_is_shown_with_their_check(
    world: World, reception: Browser
) -> None:
    first, second = joined(world, "Reed", "Sedge")
    said = reception.get("group-move", first.group_id, from_on="2026-03-10", to_on="2026-03-10")
    assert "Move this class" in said
    assert "places left" not in said
    assert "New class" not in said
    clinic = world.clinic
    time = f"{TWO.isoformat()}/{clinic.physiotherapist.pk}/{clinic.gym.pk}"
    chosen = reception.post("group-move", first.group_id, data={"time": time})
    assert "Then Tuesday 10 March 2026 at 14:00 with Tom Reed, Gym" in chosen
    assert "Robin Reed: booked, safety check clear" in chosen
    assert "What Robin Reed would be told" in chosen
    data = sent(world, first.group_id, on="2026-03-10", at="14:00", who=clinic.physiotherapist.pk)
    assert "The class is moved, with 2 visits." in reception.post("group-move", first.group_id, data=data)
    assert set(Appointment.objects.values_list("start_at", flat=True)) == {TWO}
    assert second.group_id


def test_who_cannot_come_along_is_named_before_anybody_is_moved(world: World, reception: Browser) -> None:
    first, second = joined(world, "Reed", "Sedge")
    clinic = world.clinic
    clinic.book(second.patient, TWO, kind="follow-up")
    where = {"practitioner": clinic.physiotherapist.pk, "room": clinic.gym.pk}
    said = reception.get("group-move", first.group_id, start=TWO.isoformat(), **where)
    assert "Not everybody can be moved" in said
    assert "Robin Sedge: Has another visit at that time." in said


def test_a_time_that_somebody_has_is_said_to_be_theirs(world: World, reception: Browser) -> None:
    [first] = joined(world, "Reed")
    clinic = world.clinic
    clinic.book(clinic.patient("Fir"), TWO, kind="physiotherapy")
    where = {"practitioner": clinic.physiotherapist.pk, "room": clinic.gym.pk}
    said = reception.get("group-move", first.group_id, start=TWO.isoformat(), **where)
    assert "That time is already taken (practitioner, room)." in said
    data = sent(world, first.group_id, on="2026-03-10", at="14:00", who=clinic.physiotherapist.pk)
    said = reception.post("group-move", first.group_id, data=data, expect=422)
    assert "That time is already taken" in said


def test_a_manager_looks_at_a_class_and_changes_nothing(world: World, manager: Browser) -> None:
    [first] = joined(world, "Reed")
    said = manager.get("group-visit", first.group_id)
    assert "Robin Reed" in said
    for words in ("Move the class", "Cancel the class", "Change the places", "Book a place"):
        assert words not in said


def test_the_grid_shows_a_class_once_with_its_participants_and_places_taken(world: World, reception: Browser) -> None:
    first, _ = joined(world, "Reed", "Sedge")
    reception.get("calendar-day", day="2026-03-10", kind="exercise-class")
    shown = columns(reception.html)["Tom Reed"]
    assert shown.count("10:00 to 11:00") == 1
    assert "2 of 8 places taken" in shown
    for words in ("Robin Reed , booked", "Robin Sedge , booked", "Book a place"):
        assert words in shown
    assert "10:00 free" not in shown
    assert "11:00 free" in shown
    assert reception.html.count(f"/classes/{first.group_id}/") >= 1


def test_the_finder_says_how_many_places_are_left_and_the_check_which_this_one_is(
    world: World, reception: Browser
) -> None:
    joined(world, "Reed", "Sedge")
    clinic = world.clinic
    patient = clinic.patient("Rush")
    said = reception.get("booking-when", patient.pk, kind="exercise-class", from_on="2026-03-10")
    assert "6 of 8 places left" in said
    assert "New class, 8 places" in said
    place = {"practitioner": clinic.physiotherapist.pk, "room": clinic.gym.pk}
    said = reception.get("booking-check", patient.pk, kind="exercise-class", start=TEN.isoformat(), **place)
    assert "Class 2 of 8 places taken" in said
    said = reception.get("booking-check", patient.pk, kind="exercise-class", start=TWO.isoformat(), **place)
    assert "Nobody has booked it yet: this starts a class with 8 places" in said


def test_the_page_of_a_visit_leads_to_its_class(world: World, reception: Browser) -> None:
    [first] = joined(world, "Reed")
    assert "Place 1 of 8. Who takes part" in reception.get("appointment", first.pk)
    assert f'href="/classes/{first.group_id}/"' in reception.html

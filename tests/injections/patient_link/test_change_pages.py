"""Changing the time by one's own link: by weekday and half of the day, and the time chosen is kept for five minutes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from injections.booking.holds.hold import hold_to_book, hold_to_move
from injections.booking.move import MoveRequest, move
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import PATIENT
from scheduling.diary.places import Clash
from scheduling.models import Appointment
from tests.clinic import LONDON, NOW, local
from tests.injections.patient_link.conftest import VISIT, Linked, Pages


def offered(pages: Pages, query: str = "") -> list[str]:
    pages.get(f"change/{query}")
    return re.findall(r'name="time" value="([^"]+)"', pages.last.content.decode())


def test_the_time_chosen_is_kept_and_then_changed_to(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.opened(visit)
    chosen = offered(pages)[5]
    text = pages.post("change/", revision="1", time=chosen, intent="hold")
    assert "Change to this time?" in text
    assert "We are keeping this time for you until 09:05" in text
    row = Appointment.holds.get()
    assert (row.start_at.isoformat(), row.held_by, row.held_by_name) == (chosen.partition("/")[0], None, "")
    with pytest.raises(Clash, match="being booked by the patient themselves"):
        linked.clinic.book(linked.clinic.fit_patient("Cole"), row.start_at)
    text = pages.post("change/", revision="1", time=chosen, intent="change")
    assert "Your appointment has been changed" in text
    visit.refresh_from_db()
    assert visit.start_at == row.start_at
    assert not Appointment.holds.exists()


def test_another_time_gives_the_first_one_back(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.opened(visit)
    first, second, *_ = offered(pages)
    pages.post("change/", revision="1", time=first, intent="hold")
    pages.post("change/", revision="1", time=second, intent="hold")
    assert Appointment.holds.get().start_at.isoformat() == second.partition("/")[0]
    text = pages.post("change/", intent="give-back")
    assert "You keep it until you have chosen another" in text
    assert not Appointment.holds.exists()
    visit.refresh_from_db()
    assert visit.start_at == VISIT


def test_only_some_days_and_halves_of_the_day_are_shown_where_they_are_asked_for(linked: Linked) -> None:
    pages = linked.opened(linked.booked())
    times = [
        Appointment._meta.get_field("start_at").to_python(one.partition("/")[0])
        for one in offered(pages, "?weekdays=1&halves=afternoon")
    ]
    assert len({start.date() for start in times}) == 10
    assert {(start.astimezone(LONDON).weekday(), start.astimezone(LONDON).hour >= 12) for start in times} == {(1, True)}
    assert "Later times, from Tuesday" in pages.get("change/?weekdays=1&halves=afternoon")
    assert "There is a problem" not in pages.get("change/")


def test_a_time_lost_meanwhile_is_said_with_others(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.opened(visit)
    chosen = offered(pages)[5]
    start = Appointment._meta.get_field("start_at").to_python(chosen.partition("/")[0])
    linked.clinic.book(linked.clinic.fit_patient("Cole"), start)
    text = pages.post("change/", 409, revision="1", time=chosen, intent="change")
    assert "That time is already taken" in text
    assert "Cole" not in text
    assert offered(pages)


def test_a_time_nearer_than_the_notice_or_no_time_at_all_changes_nothing(linked: Linked) -> None:
    """What no button sends: too near, mistyped, of nobody, without the state that was seen."""
    visit = linked.booked()
    pages = linked.opened(visit)
    place = f"{visit.practitioner_id}/{visit.room_id}"
    near = (NOW + timedelta(hours=1)).isoformat()
    for sent in (
        {"time": f"{near}/{place}", "revision": "1"},
        {"time": "soon", "revision": "1"},
        {"time": f"{local('2026-03-25').isoformat()}/987654/987654", "revision": "1"},
        {"time": f"{local('2026-03-25').isoformat()}/{place}", "revision": ""},
        {"time": f"{local('2026-03-25').isoformat()}/{place}", "revision": "99"},
    ):
        pages.post("change/", 409, intent="change", **sent)
        visit.refresh_from_db()
        assert visit.start_at == VISIT
    pages.get("change/?time=soon", status=302)


def test_what_the_desk_holds_is_not_offered_nor_taken_over(linked: Linked) -> None:
    visit = linked.booked()
    pages = linked.opened(visit)
    chosen = offered(pages)[5]
    start = Appointment._meta.get_field("start_at").to_python(chosen.partition("/")[0])
    other = linked.clinic.fit_patient("Cole")
    hold_to_book(linked.clinic.ask(other, start), by=linked.clinic.reception, now=NOW)
    assert chosen not in offered(pages)
    with pytest.raises(Conflict, match="being booked by reception"):
        hold_to_move(visit.pk, MoveRequest(start=start), by=PATIENT, now=NOW)
    with pytest.raises(Conflict, match="being booked by reception"):
        move(visit.pk, MoveRequest(start=start, only_clear=True), by=PATIENT, now=NOW)

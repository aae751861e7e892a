"""Book again: what a visit was goes straight into the finder."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from injections.booking.cancel import cancel
from injections.safety.visit import Wanted
from injections.visit.again import book_again
from injections.visit.arrival import no_show
from injections.visit.outcome import enter_in_error
from scheduling.clinic.people_and_rooms import save_practitioner
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import browser

START = local("2026-03-02", "09:20")


def _at(world: World, instant: datetime) -> None:
    world.clinic.now = instant
    world.at(instant)


def booked(world: World, **values: object) -> Appointment:
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient(), START, **values).appointment
    assert visit is not None
    return visit


def missed(world: World) -> Appointment:
    visit = booked(world)
    _at(world, START + timedelta(minutes=30))
    no_show(visit.pk, by=world.clinic.reception, now=world.clinic.now)
    return visit


def cancelled(world: World) -> Appointment:
    visit = booked(world)
    cancel(visit.pk, reason="Cannot come", by=world.clinic.reception, now=world.clinic.now)
    return visit


def over(world: World) -> Appointment:
    visit = booked(world)
    _at(world, visit.end_at)
    return visit


@pytest.mark.parametrize("make", [missed, cancelled, over])
def test_book_again_keeps_what_it_was_and_opens_the_finder(world: World, make: object) -> None:
    visit = make(world)  # type: ignore[operator]
    desk = browser(world.clinic.users["reception"])
    for page, args in (("appointment", visit.pk), ("patient", visit.patient_id)):
        desk.get(page, args)
        assert "Book again" in desk.last.content.decode()
    visit.refresh_from_db()
    address = urlsplit(book_again(visit, by=world.clinic.reception, now=world.clinic.now))
    assert address.path == f"/patients/{visit.patient_id}/book/when/"
    said = parse_qs(address.query)
    assert said == {
        "kind": ["injection"],
        "site": ["hamstring-origin"],
        "side": ["left"],
        "who": [str(visit.practitioner_id)],
    }
    html = desk.client.get(f"{address.path}?{address.query}").content.decode()
    assert "Free times" in html
    assert f'<option value="{visit.practitioner_id}" selected>' in html


def test_nothing_is_booked_again_while_it_is_to_come_nor_what_was_never_meant(world: World) -> None:
    visit, by = booked(world), world.clinic.reception
    assert book_again(visit, by=by, now=visit.end_at - timedelta(seconds=1)) == ""
    assert book_again(visit, by=by, now=visit.end_at)
    assert book_again(visit, by=world.clinic.manager, now=visit.end_at) == ""
    enter_in_error(visit.pk, reason="A slip", by=world.clinic.manager, now=world.clinic.now)
    visit.refresh_from_db()
    assert book_again(visit, by=by, now=visit.end_at) == ""


def test_somebody_who_takes_such_visits_no_more_is_not_asked_for(world: World) -> None:
    visit, clinic = over(world), world.clinic
    save_practitioner(visit.practitioner_id, {"kinds": ["follow-up"]}, confirm=True, by=clinic.manager, now=clinic.now)
    visit = Appointment.objects.get(pk=visit.pk)
    address = book_again(visit, by=clinic.reception, now=clinic.now)
    assert "who=" not in address
    assert browser(clinic.users["reception"]).client.get(address).status_code == 200


def test_further_injections_of_a_visit_come_along(world: World) -> None:
    both = (Wanted("hamstring-origin", "left"), Wanted("hamstring-origin", "right"))
    visit = booked(world, site=None, side=None, injections=both, override_reason="Look")
    assert "second=hamstring-origin%3Aright" in book_again(visit, by=world.clinic.reception, now=visit.end_at)

"""A new red flag is said on every page of the staff, without a name, until it is closed or no news any more."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from injections.models import Call
from injections.worklists.close_call import close_call
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import Browser, browser, when

TEN = local("2026-03-02", "10:00")
MINUTE = timedelta(minutes=1)


def news(desk: Browser, told: object = "") -> str:
    """What a page is told that was told of this call before; "" for nothing."""
    desk.last = desk.client.get("/calls/new/", {"told": told} if told else {})
    assert desk.last.status_code in (200, 204)
    return " ".join(re.sub(r"<[^>]+>", " ", desk.last.content.decode()).split())


def red_flag(world: World) -> Call:
    world.clinic.now = TEN
    world.clinic.answer(world.clinic.patient("Dean"), {"fever": "yes"})
    return Call.objects.get(closed_at=None)


def test_a_new_red_flag_is_said_once_on_each_page_and_names_nobody(world: World, reception: Browser) -> None:
    world.at(TEN)
    assert news(reception) == ""
    call = red_flag(world)
    said = news(reception)
    assert said == "New call 10:00 : today, a red flag"
    assert f'hx-get="/calls/new/?told={call.pk}"' in reception.last.content.decode()
    assert news(reception, call.pk) == ""
    assert news(browser(world.clinic.users["radiologist"])) == said


def test_it_goes_as_it_is_closed_and_five_minutes_later_it_is_no_news(world: World, reception: Browser) -> None:
    world.at(TEN)
    call = red_flag(world)
    world.at(TEN + 5 * MINUTE - timedelta(seconds=1))
    assert "New call" in news(reception)
    world.at(TEN + 5 * MINUTE)
    assert news(reception) == ""
    news(reception, call.pk)
    assert reception.last.status_code == 200
    assert '<div hx-swap-oob="innerHTML:#call-news"></div>' in reception.last.content.decode()
    world.at(TEN)
    close_call(call.pk, said="All well", reached="patient", spoke_to="Robin Dean", by=world.clinic.radiologist, now=TEN)
    assert news(reception) == ""


@pytest.mark.parametrize("name", ["home", "rules", "message-list", "patient-search"])
def test_every_page_of_the_desk_asks_and_a_managers_does_not(world: World, reception: Browser, name: str) -> None:
    """Calls are the desk's: a manager may not read them."""
    reception.get(name)
    assert 'hx-get="/calls/new/"' in reception.html
    assert 'id="call-news" class="call-news" role="status"' in reception.html
    manager = browser(world.clinic.users["manager"])
    manager.get(name)
    assert "/calls/new/" not in manager.html
    assert manager.client.get("/calls/new/").status_code == 403


def test_nothing_of_a_page_gets_into_the_address_that_it_asks(world: World, reception: Browser) -> None:
    """The page of the check has a letter to the patient under the name `told`."""
    patient = world.clinic.fit_patient()
    reception.get("booking-check", patient.pk, **when(patient, world.clinic, local("2026-03-10", "16:00")))
    assert re.findall(r'id="call-asks"[^>]*hx-get="([^"]*)"', reception.html) == ["/calls/new/"]


@pytest.mark.parametrize("name", ["home", "call-list"])
def test_home_and_calls_refresh_themselves_when_somebody_has_to_be_phoned(
    world: World, reception: Browser, name: str
) -> None:
    world.at(TEN)
    reception.get(name)
    [seen] = re.findall(r"seen=([0-9a-f]+-[0-9]+)", reception.html)
    path = reception.last.request["PATH_INFO"]
    assert reception.client.get(path, {"seen": seen}).status_code == 204
    red_flag(world)
    answer = reception.client.get(path, {"seen": seen})
    assert answer.headers["HX-Trigger"] == "refresh"
    assert b"Updated at 10:00." in answer.content
    part = reception.client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="fresh"')

"""The pages that move and cancel visits of a series: what they show is what is done, and what is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from injections.booking.series import change_pages
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.injections.booking.series.test_change import WEDNESDAYS, told
from tests.injections.booking.series.test_pages import chosen_of
from tests.injections.booking.series.world import TUESDAYS, booked
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db


def rule(world: World, on: str = WEDNESDAYS[0], at: str = "10:00", **more: Any) -> dict[str, Any]:
    return {"on": on, "at": at, "who": str(world.clinic.physiotherapist.pk), "where": "", **more}


def letter_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index('id="told-title"') :]).split())


def test_the_page_of_a_series_leads_to_one_the_rest_or_all(world: World, reception: Browser) -> None:
    came = booked(world.clinic, world.clinic.patient())
    reception.get("visit-series", came.series.pk)
    third = came.visits[2].pk
    for href in (
        f"/series/{came.series.pk}/move/",
        f"/series/{came.series.pk}/cancel/",
        f"/series/{came.series.pk}/move/?since={third}",
        f"/series/{came.series.pk}/cancel/?since={third}",
        f"/appointments/{third}/move/",
        f"/appointments/{third}/cancel/",
    ):
        assert f'href="{href}"' in reception.html


def test_the_rest_is_cancelled_and_the_preview_is_the_message(world: World, reception: Browser) -> None:
    clinic = world.clinic
    came = booked(clinic, clinic.patient())
    told(came, clinic)
    since = {"since": came.visits[4].pk}
    said = reception.get("visit-series-cancel", came.series.pk, **since)
    assert "Cancel 2 visits?" in said
    assert "If the patient cancels" in said
    seen = re.findall(r'name="visits_seen" value="([^"]*)"', reception.html)[0]
    assert seen == " ".join(f"{visit.pk}:1" for visit in came.visits[4:])
    sent = {"visits_seen": seen, "reason_code": "", "reason": "Away in April", "tell": ""}
    said = reception.post("visit-series-cancel", came.series.pk, data=sent, query=since, expect=422)
    assert "Who cancels, and why" in said
    assert "Away in April" in reception.html
    sent |= {"reason_code": "patient-cannot-come", "tell": "yes"}
    part = reception.client.get(
        f"/series/{came.series.pk}/cancel/", {**since, **sent}, headers={"HX-Request": "true"}
    ).content.decode()
    said = reception.post("visit-series-cancel", came.series.pk, data=sent, query=since)
    assert "2 visits cancelled." in said
    assert "4 visits of one series" in said
    message = Message.objects.get(kind="series-changed")
    for line in ("Tuesday 31 March 2026 at 10:00", "Tuesday 7 April 2026 at 10:00", "as you asked"):
        assert line in part
    reception.get("message", message.pk)
    assert "Tuesday 31 March 2026 at 10:00" in reception.html
    assert "Appointments of a series changed" in reception.get("appointment", came.visits[5].pk)


def test_visits_changed_since_the_page_was_opened_are_not_cancelled(world: World, reception: Browser) -> None:
    came = booked(world.clinic, world.clinic.patient())
    reception.get("visit-series-cancel", came.series.pk)
    seen = re.findall(r'name="visits_seen" value="([^"]*)"', reception.html)[0]
    Appointment.objects.filter(pk=came.visits[1].pk).update(revision=2)
    sent = {"reason_code": "clinic-other", "reason": "Flood", "tell": "no"}
    for wrong in (seen, "", "x", "9:9", "1:1 2"):
        data = sent | {"visits_seen": wrong}
        said = reception.post("visit-series-cancel", came.series.pk, data=data, expect=422)
        assert "There is a problem" in said
    assert Appointment.objects.filter(status="cancelled").count() == 0


def test_all_move_and_the_preview_is_the_message(world: World, reception: Browser) -> None:
    clinic = world.clinic
    came = booked(clinic, clinic.patient())
    told(came, clinic)
    assert "Move 6 visits" in reception.get("visit-series-move", came.series.pk)
    said = reception.get("visit-series-move", came.series.pk, expect=422, on="soon", at="", who="", where="")
    assert "Enter a date such as 27 3 2026." in said
    said = reception.get("visit-series-move", came.series.pk, **rule(world))
    assert "Check and move 6 visits" in said
    assert "Now on Tuesday 3 March 2026 at 10:00, Tom Reed" in said
    line = "Wednesday 8 April 2026 at 10:00, with Tom Reed. It was to be on Tuesday 7 April 2026 at 10:00."
    assert line in letter_of(reception.html)
    sent = chosen_of(reception.html) | {"intent": "book"}
    said = reception.post("visit-series-move", came.series.pk, data=sent, query=rule(world), expect=422)
    assert "Tell the patient?" in said
    sent = chosen_of(reception.html) | {"intent": "book", "tell": "yes"}
    said = reception.post("visit-series-move", came.series.pk, data=sent, query=rule(world))
    assert "6 visits moved." in said
    assert line in reception.get("message", Message.objects.get(kind="series-changed").pk)


def test_one_that_clashes_takes_its_next_best_time_or_stays(world: World, reception: Browser) -> None:
    clinic = world.clinic
    came = booked(clinic, clinic.patient())
    clinic.book(clinic.patient("Birch"), local(WEDNESDAYS[2]), kind="physiotherapy")
    said = reception.get("visit-series-move", came.series.pk, **rule(world))
    assert "Choose for each visit" in said
    assert "Birch" in said
    sent = chosen_of(reception.html) | {"visit_3": "leave", "intent": "look"}
    said = reception.post("visit-series-move", came.series.pk, data=sent, query=rule(world), expect=200)
    assert "Check and move 5 visits" in said
    sent = chosen_of(reception.html) | {"intent": "book", "tell": "no"}
    assert "5 visits moved." in reception.post("visit-series-move", came.series.pk, data=sent, query=rule(world))
    days = [*WEDNESDAYS[:2], TUESDAYS[2], *WEDNESDAYS[3:]]
    stand = Appointment.objects.filter(series=came.series).order_by("start_at")
    assert [one.start_at for one in stand] == [local(day) for day in days]


def test_a_time_lost_in_that_very_instant_and_a_stale_page_move_nothing(
    world: World, reception: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = world.clinic
    came = booked(clinic, clinic.patient())
    reception.get("visit-series-move", came.series.pk, **rule(world))
    sent = chosen_of(reception.html) | {"intent": "book", "tell": "yes"}
    move_them = change_pages.move_series

    def too_late(*args: Any, **kwargs: Any) -> Any:
        clinic.book(clinic.patient("Birch"), local(WEDNESDAYS[3]), kind="physiotherapy")
        return move_them(*args, **kwargs)

    monkeypatch.setattr(change_pages, "move_series", too_late)
    said = reception.post("visit-series-move", came.series.pk, data=sent, query=rule(world), expect=409)
    assert "One time can no longer be booked. Nothing was moved." in said
    assert "Birch" in said
    monkeypatch.setattr(change_pages, "move_series", move_them)
    stale = sent | {"visits_seen": " ".join(f"{visit.pk}:7" for visit in came.visits)}
    later = rule(world, at="12:00")
    reception.get("visit-series-move", came.series.pk, **later)
    stale = chosen_of(reception.html) | {"intent": "book", "tell": "yes", "visits_seen": stale["visits_seen"]}
    said = reception.post("visit-series-move", came.series.pk, data=stale, query=later, expect=409)
    assert "changed" in said
    stand = Appointment.objects.filter(series=came.series).order_by("start_at")
    assert [one.start_at for one in stand] == [local(day) for day in TUESDAYS]


def test_where_nothing_is_to_come_there_is_nothing_to_change(world: World, reception: Browser) -> None:
    clinic = world.clinic
    came = booked(clinic, clinic.patient(), TUESDAYS[:2])
    world.at(local("2026-03-10", "12:00"))
    for name in ("visit-series-cancel", "visit-series-move"):
        answer = reception.client.get(f"/series/{came.series.pk}/{name.rpartition('-')[2]}/", follow=True)
        assert "This series has no more visits to come." in answer.content.decode()
    assert "Book several visits again" in reception.get("visit-series", came.series.pk)

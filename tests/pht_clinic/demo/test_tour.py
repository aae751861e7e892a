"""The demo's own pages: who one is by a press, the story that ticks itself off, the clock, and no clinic has them."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from injections.booking.book import book
from injections.booking.request import BookingRequest
from injections.models import Decision
from injections.patient_link.own_visit import confirm
from injections.review.decide import DecisionRequest, decide
from injections.worklists.lapse import _lapse
from pht_clinic import clock
from pht_clinic import settings as product
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import viewed
from pht_clinic.demo.clinic import _make_personas, fill
from pht_clinic.demo.noted import last_move, note_opened, note_year, opened_at
from pht_clinic.demo.stories.boundary import boundary_day
from pht_clinic.demo.tour import pages, starting_over
from pht_clinic.demo.tour.clock import ahead_of
from pht_clinic.demo.tour.people import become
from pht_clinic.demo.tour.progress import StoryStep, story
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import PATIENT, Actor, actor_of
from pht_clinic.people.models import User
from scheduling.models import Appointment, Message, Patient
from tests.clinic import local
from tests.scenarios.test_pages_queries import MOST, is_upkeep

RECEPTION, RADIOLOGIST = "reception@clinic.example", "radiologist@clinic.example"
BANNER = "all people are invented and nothing leaves this computer"


@pytest.fixture
def tour(tmp_path: Path, db: None) -> Iterator[Path]:
    """The demo's settings over those of the tests, and its people; the folder of its data."""
    from pht_clinic.demo.tour import clinic_settings as own

    (tmp_path / "clock-offset").write_text("0")
    with override_settings(
        ROOT_URLCONF=own.ROOT_URLCONF,
        TEMPLATES=own.TEMPLATES,
        DEMO_FOLDER=tmp_path,
        DEMO_INBOX_URL="http://localhost:8001/",
        CLOCK_OFFSET_FILE=str(tmp_path / "clock-offset"),
        SECOND_FACTOR_EXEMPT=["reception", "radiologist", "manager"],
    ):
        _make_personas(tmp_path)
        note_opened(tmp_path, clock.now())
        yield tmp_path


def test_a_clinic_has_no_such_addresses() -> None:
    for path in ("/demo/", "/demo/be/", "/demo/clock/", "/demo/start-over/"):
        with pytest.raises(Resolver404):
            resolve(path)
        assert resolve(path, urlconf="pht_clinic.demo.tour.urls").url_name.startswith("demo")


@pytest.mark.parametrize("name", ["ONLY_INVENTED_PATIENTS", "INSECURE_HTTP"])
def test_the_demos_settings_refuse_every_other_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(Path(pages.__file__).with_name("clinic_settings.py"))
    monkeypatch.setattr(product, "ONLY_INVENTED_PATIENTS", True)
    monkeypatch.setattr(product, "INSECURE_HTTP", True)
    assert runpy.run_path(file)["ROOT_URLCONF"] == "pht_clinic.demo.tour.urls"  # the control
    monkeypatch.setattr(product, name, False)
    with pytest.raises(ImproperlyConfigured, match="for the demo alone"):
        runpy.run_path(file)


def test_nobody_is_somebody_by_a_press_where_patients_are_real(tour: Path) -> None:
    with override_settings(ONLY_INVENTED_PATIENTS=False), pytest.raises(Forbidden):
        become(RequestFactory().post("/demo/be/"), RECEPTION)
    with override_settings(ONLY_INVENTED_PATIENTS=False):
        assert Client().post("/demo/be/", {"who": RECEPTION}).status_code == 403


def test_one_press_signs_in_and_another_one_changes_who_one_is(tour: Path) -> None:
    browser = Client()
    page = browser.get("/demo/").content.decode()
    assert page.count("Be Dr ") == 2
    assert "Open the patients’ inbox" in page
    answer = browser.post("/demo/be/", {"who": RECEPTION, "next": "/patients/"})
    assert (answer.status_code, answer["Location"]) == (302, "/patients/")
    home = browser.get("/").content.decode()
    assert "Robin Ellis" in home
    assert BANNER in home
    assert "this is you" in browser.get("/demo/").content.decode()
    browser.post("/demo/be/", {"who": RADIOLOGIST, "next": "https://elsewhere.example/"})
    assert "Dr Amara Osei" in browser.get("/").content.decode()
    verbs = Entry.objects.filter(verb__in=["signed-in", "signed-out"]).order_by("pk")
    assert [*verbs.values_list("verb", "actor_name")] == [
        ("signed-in", "Robin Ellis"),
        ("signed-out", "Robin Ellis"),
        ("signed-in", "Dr Amara Osei"),
    ]


def test_a_patient_is_signed_in_as_nobody_and_led_to_the_inbox(tour: Path) -> None:
    """Whoever follows a patient's link while signed in is staff, who may change nothing there."""
    browser = Client()
    browser.post("/demo/be/", {"who": RECEPTION})
    page = browser.get("/demo/").content.decode()
    assert page.count("Be a patient</button>") == 2
    assert "Open the patients’ inbox" not in page
    assert "Open the inbox</a>" not in page
    page = browser.post("/demo/be/", {"who": "patient"}, follow=True).content.decode()
    assert "You are a patient now" in page
    assert "Open the patients’ inbox" in page
    assert "this is you" not in page
    assert Client().post("/demo/be/", {"who": "patient"}).status_code == 302


def test_what_waits_for_a_radiologist_is_asked_for_days_ahead(tour: Path) -> None:
    """Asked for an hour ahead it ends undecided before anybody has looked."""
    page = Client().get("/demo/").content.decode()
    ahead = re.search(r"from_on=([-0-9]+)\">?", page)
    assert ahead is not None
    assert (date.fromisoformat(ahead[1]) - clock.today()).days == 3


def test_a_press_needs_the_pages_own_form_and_somebody_of_the_demo(tour: Path) -> None:
    assert Client(enforce_csrf_checks=True).post("/demo/be/", {"who": RECEPTION}).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/demo/clock/", {"how": "morning"}).status_code == 403
    assert Client().get("/demo/be/").status_code == 405
    assert Client().post("/demo/be/", {"who": "somebody@clinic.example"}).status_code == 404
    User.objects.filter(email=RECEPTION).update(is_active=False)
    assert Client().post("/demo/be/", {"who": RECEPTION}).status_code == 404
    assert not Entry.objects.filter(verb="signed-in").exists()


@pytest.mark.parametrize("path", ["/account/sign-in/", "/", "/admin/", "/api/docs/", "/nowhere/", "/p/1-1.abc/"])
def test_the_banner_stands_on_every_page_of_the_demo_and_leads_to_its_own(tour: Path, path: str) -> None:
    browser = Client()
    if path not in ("/account/sign-in/", "/p/1-1.abc/"):
        browser.post("/demo/be/", {"who": "manager@clinic.example"})
    page = browser.get(path).content.decode()
    assert page.count(BANNER) == 1
    assert 'href="/demo/"' in page


@pytest.mark.parametrize(
    ("now", "how", "then"),
    [
        pytest.param("2026-03-02 12:00", "morning", "2026-03-03 08:50", id="tomorrow"),
        pytest.param("2026-03-06 08:00", "morning", "2026-03-09 08:50", id="on a Friday Monday"),
        pytest.param("2026-03-02 12:00", "two-days", "2026-03-04 12:00", id="two days"),
        pytest.param("2026-03-27 12:00", "two-weeks", "2026-04-10 13:00", id="two weeks, as hours elapse"),
    ],
)
def test_where_the_clock_is_moved_to(now: str, how: str, then: str) -> None:
    assert ahead_of(local(*now.split()), how) == local(*then.split())
    with pytest.raises(Invalid):
        ahead_of(local(*now.split()), "back")


def test_the_clock_moves_and_says_so(tour: Path) -> None:
    browser, before = Client(), clock.now()
    page = browser.post("/demo/clock/", {"how": "two-days"}, follow=True).content.decode()
    assert "No message goes out because of it." in page
    assert "Since the clock was moved: 0 messages sent, none still to be sent." in page
    assert clock.now() - before >= timedelta(days=2)
    move = last_move(tour)
    assert move is not None
    assert move.to_at - move.from_at == timedelta(days=2)
    assert browser.post("/demo/clock/", {"how": "back"}).status_code == 422


def test_an_open_page_asks_for_a_few_bytes_and_fetches_what_differs(tour: Path) -> None:
    browser = Client()
    page = browser.get("/demo/").content.decode()
    asks = re.search(r'hx-get="(/demo/\?seen=[^"]+)" hx-trigger="every 3s"', page)
    assert asks
    assert browser.get(asks.group(1)).status_code == 204
    note_year(tour, "The clinic’s past year: 3 of 40 patients …")
    assert browser.get(asks.group(1)).headers["HX-Trigger"] == "refresh"
    part = browser.get("/demo/", headers={"HX-Request": "true"}).content.decode()
    assert "3 of 40 patients" in part
    assert "<h1>" not in part


def test_starting_over_is_asked_for_once_and_where_somebody_listens(tour: Path) -> None:
    browser = Client()
    assert "make demo-reset" in browser.get("/demo/start-over/").content.decode()
    browser.post("/demo/start-over/")
    assert starting_over.state(tour) == ""
    starting_over.note(tour, starting_over.READY)
    assert "Forget everything and start over" in browser.get("/demo/start-over/").content.decode()
    assert browser.post("/demo/start-over/")["Location"] == "/demo/start-over/"
    assert starting_over.state(tour) == starting_over.ASKED
    assert 'hx-trigger="every 3s"' in browser.get("/demo/start-over/").content.decode()
    starting_over.note(tour, starting_over.MAKING)
    assert "HX-Refresh" not in browser.get("/demo/start-over/", headers={"HX-Request": "true"}).headers
    browser.post("/demo/start-over/")
    assert starting_over.state(tour) == starting_over.MAKING
    for state, words in ((starting_over.FAILED, "all is as it was"), (starting_over.DONE, "has started over")):
        starting_over.note(tour, state)
        assert words in browser.get("/demo/start-over/").content.decode()
        assert browser.get("/demo/start-over/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_search_of_the_demo_names_one_of_the_twelve_and_a_clinics_names_nobody(tour: Path) -> None:
    browser = Client()
    browser.post("/demo/be/", {"who": RECEPTION})
    assert "For example: Priya Raman" in browser.get("/patients/").content.decode()
    with override_settings(ROOT_URLCONF="pht_clinic.urls", TEMPLATES=product.TEMPLATES):
        page = browser.get("/patients/").content.decode()
    assert "For example" not in page
    assert BANNER not in page


# ---- the story, in a clinic that is filled


def by(email: str) -> Actor:
    return actor_of(User.objects.get(email=email))


def of(family_name: str) -> Patient:
    return Patient.objects.get(family_name=family_name)


def visit_of(family_name: str) -> Appointment:
    return Appointment.objects.get(patient=of(family_name), status__in=["pending", "booked"])


def done(folder: Path) -> list[list[bool]]:
    opened = opened_at(folder)
    assert opened is not None
    steps: list[StoryStep] = story(opened=opened, move=last_move(folder))
    assert all(step.is_done == all(part.is_done for part in step.parts) for step in steps)
    return [[part.is_done for part in step.parts] for step in steps]


def asked(family_name: str, start: datetime) -> None:
    ask = BookingRequest(
        kind="injection",
        patient_id=of(family_name).pk,
        start=start,
        practitioner_id=visit_of("Whitlock").practitioner_id,
        site="hamstring-origin",
        side="left",
    )
    assert not book(ask, by=by(RECEPTION), now=clock.now()).refused


def decides(family_name: str, outcome: str, **more: Any) -> None:
    told = DecisionRequest(outcome=outcome, reason="Seen and talked through.", **more)
    decide(visit_of(family_name).pk, told, by=by(RADIOLOGIST), now=clock.now())


def test_the_story_ticks_itself_off_from_what_is_really_there(tour: Path, smtp_server: Any) -> None:
    (tour / "opened-at").unlink()
    fill(tour)
    nothing = [[False], [False], [False], [False] * 3, [False] * 2, [False] * 2]
    assert done(tour) == nothing  # not by anything that was made for the start

    browser = Client()
    browser.post("/demo/be/", {"who": RECEPTION})
    browser.get("/calendar/day/")
    browser.get("/patients/")
    assert done(tour) == [[True], *nothing[1:]]

    safe = boundary_day(clock.today() + timedelta(days=150))  # Priya's four months are over long before
    asked("Raman", local(safe.isoformat(), "09:00"))
    assert done(tour)[1:3] == [[True], [False]]
    asked("Marchetti", local(boundary_day(clock.today()).isoformat(), "12:00"))
    assert done(tour)[1:3] == [[True], [True]]
    waits = visit_of("Marchetti")
    _lapse(waits.pk, now=waits.start_at)
    assert done(tour)[1:3] == [[True], [False]]  # nobody looked in time: it has to be asked for once more
    asked("Marchetti", local(boundary_day(clock.today()).isoformat(), "12:00"))
    assert done(tour)[1:3] == [[True], [True]]

    decides("Nowak", "approve")
    assert done(tour)[3] == [True, False, False]
    decides("Bellamy", "override", reason_code="benefit-outweighs-risk")
    decides("Pugh", "decline")
    assert done(tour)[3] == [True, True, True]
    assert set(Decision.objects.filter(at__gt=opened_at(tour)).values_list("outcome", flat=True)) == {
        "approve",
        "override",
        "decline",
    }

    assert done(tour)[4] == [False, False]
    confirm(visit_of("Whitlock"), now=clock.now())
    assert done(tour)[4] == [False, True]
    viewed(by=PATIENT, now=clock.now(), patients=[of("Whitlock").pk], what="own-page")
    assert done(tour)[4] == [True, True]

    browser.post("/demo/clock/", {"how": "two-days"})
    assert done(tour)[5] == [True, False]
    due = Message.objects.filter(patient=of("Ostrander"), status="queued", due_at__lte=clock.now())
    assert due.exists()  # the injection of the day before brings something by then
    due.update(status="sent", sent_at=clock.now())
    assert done(tour) == [[True], [True], [True], [True] * 3, [True] * 2, [True] * 2]
    with CaptureQueriesContext(connection) as asked_for:
        page = browser.get("/demo/").content.decode()
    assert len([one for one in asked_for if not is_upkeep(str(one["sql"]))]) <= MOST
    assert "6 of 6 done" in page
    assert "Marek Ostrander" in page
    assert len(re.findall(r'<a href="/patients/\d+/">', page)) == 12

"""Open pages say when the session ends: until when in the footer, 2 minutes before it in a notice, and afterwards."""

from __future__ import annotations

import re
import time
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from tests.clinic import Clinic
from tests.pages_world import Browser, browser, text_of

ASKS = "/account/session/"
PART = {"HX-Request": "true"}


@pytest.fixture
def desk(clinic: Clinic, settings: Any) -> Browser:
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = 1800, 43200
    made = browser(clinic.users["reception"])
    made.get("home")
    return made


def asked(desk: Browser, seconds: float, method: str = "get") -> str:
    """What an open page is told so many seconds from now."""
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + seconds):
        desk.last = getattr(desk.client, method)(ASKS, headers=PART)
    return text_of(desk.last)


def delay(desk: Browser) -> int:
    return int(re.findall(r'hx-trigger="load delay:(\d+)s"', desk.html)[0])


def test_without_scripts_the_footer_says_until_when(desk: Browser) -> None:
    """On the clinic's clock, at which it is 9:00."""
    said = desk.get("home")
    assert re.search(r"You are signed in until about 09:(29|30) if you do nothing\.", said)
    assert 1670 < delay(desk) <= 1680


@pytest.mark.parametrize(("seconds", "warns"), [(1670, False), (1690, True), (1790, True)])
def test_the_warning_comes_2_minutes_before_the_end(desk: Browser, seconds: int, warns: bool) -> None:
    said = asked(desk, seconds)
    assert ("You will be signed out at" in said) == warns
    assert ("Stay signed in" in said) == warns
    assert delay(desk) <= (1800 - seconds + 1 if warns else 1800 - 120 - seconds)


def test_asking_is_no_use_of_the_session(desk: Browser) -> None:
    """A page left open must not keep it."""
    for seconds in (600, 1200, 1790):
        asked(desk, seconds)
    assert "Your session has ended. What you type is still kept if you save it" in asked(desk, 1801)
    assert "load delay" not in desk.html
    assert desk.client.get("/").status_code == 302


def test_staying_keeps_it_and_a_page_in_another_tab_does_too(desk: Browser) -> None:
    assert "Stay signed in" not in asked(desk, 1750, "post")
    assert 1670 < delay(desk) <= 1680
    assert "Your session has ended" not in asked(desk, 3500)
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + 3540):
        desk.get("home")
    assert "You will be signed out at" not in asked(desk, 3545)


def test_before_the_last_end_nothing_helps_and_it_says_so(desk: Browser, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 1000
    said = asked(desk, 900)
    assert "even if you keep working" in said
    assert "Stay signed in" not in said
    assert "Your session has ended" in asked(desk, 1001, "post")


def test_the_button_works_without_scripts(desk: Browser) -> None:
    assert desk.client.post(ASKS).headers["Location"] == "/"


def test_a_stranger_keeps_no_session_by_asking(clinic: Clinic) -> None:
    client = Client()
    assert "Your session has ended" in text_of(client.post(ASKS, headers=PART))
    assert "session" not in client.cookies
    assert "session-end" not in client.get("/account/sign-in/").content.decode()


@pytest.mark.parametrize("path", ["/", "/?seen=x", "/calendar/day/", "/calls/new/"])
def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(desk: Browser, path: str) -> None:
    """Whoever walked away from a page that refreshes itself is signed out all the same."""
    unattended = {**PART, "X-Unattended": "yes"}
    for seconds in (600, 1200, 1790):
        with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + seconds):
            assert desk.client.get(path, headers=unattended).status_code in (200, 204)
    asked(desk, 1801)
    assert desk.client.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/?seen=x", "/calendar/day/?seen=x", "/calls/new/"])
def test_what_a_page_asks_by_itself_leads_nobody_away_after_the_end(desk: Browser, path: str) -> None:
    """They may be typing there: the notice says that the session has ended, and what they save is kept."""
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + 1801):
        answer = desk.client.get(path, headers={**PART, "X-Unattended": "yes"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert not {"HX-Redirect", "Location"} & answer.headers.keys()


def test_what_is_sent_is_never_answered_with_nothing(desk: Browser) -> None:
    """Whatever its header says: it leads to the sign-in and is kept on the way."""
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + 1801):
        answer = desk.client.post("/patients/", {"text": "Birch"}, headers={"X-Unattended": "yes"})
    assert (answer.status_code, "/account/sign-in/" in answer.headers["Location"]) == (302, True)

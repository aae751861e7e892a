"""A session ends in the middle of a form: it is said in time, and nothing that was typed is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import TimeoutError, expect

from pht_clinic.demo.postgresql import OWNER, PostgresServer
from tests.browser.conftest import PASSWORD, House, Plain, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems

pytestmark = pytest.mark.full_trial

IDLE_SECONDS = 1800
EMAILS = {"reception": "reception@clinic.example", "radiologist": "radiologist@clinic.example"}


@dataclass
class Sessions:
    """What the server holds of a session, changed under a page that stands open."""

    house: House
    postgres: PostgresServer
    held: dict[str, dict[str, Any]]
    patient: int

    @contextmanager
    def _cursor(self) -> Iterator[psycopg.Cursor]:
        with psycopg.connect(self.postgres.url(OWNER), autocommit=True) as connection:
            yield connection.cursor()

    def idle(self, who: str, seconds: float) -> None:
        """Nothing was done for so long."""
        then = time.time() - seconds
        data = {**self.held[who], "seen_at_epoch_seconds": then, "started_at_epoch_seconds": then}
        values = [SessionStore().encode(data), self.house.sessions[who]]
        with self._cursor() as cursor:
            cursor.execute("UPDATE django_session SET session_data = %s WHERE session_key = %s", values)
            assert cursor.rowcount == 1

    def end(self, who: str) -> None:
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM django_session WHERE session_key = %s", [self.house.sessions[who]])


@pytest.fixture(scope="module")
def given(house: House, postgres: PostgresServer) -> Sessions:
    assert settings.SESSION_IDLE_SECONDS == IDLE_SECONDS
    held = {who: dict(SessionStore(house.sessions[who]).load()) for who in EMAILS}
    return Sessions(house, postgres, held, house.clinic.fit_patient("Adler").pk)


def sign_in(desk: Desk, who: str, house: House) -> None:
    desk.says("Your session ended. Sign in again: what you typed is kept for 24 hours.")
    desk.fill(login=EMAILS[who], password=PASSWORD)
    desk.press("Sign in")
    desk.fill(code=house.codes[EMAILS[who]].pop())
    desk.press("Sign in")


def wait_for(desk: Desk, words: str) -> None:
    """Let the page's clock run to when it asks next, once more where it was just about to begin to wait."""
    for _ in range(5):
        desk.page.clock.fast_forward((IDLE_SECONDS - 119) * 1000)
        with suppress(TimeoutError):
            desk.main.get_by_text(words).wait_for(timeout=2000)
            return
    desk.says(words)


def test_1_it_is_said_in_time_and_after_the_end_nothing_is_lost(given: Sessions, sit: Sits) -> None:
    """The warning, a click that keeps the session, the end, and the questions stored after signing in again."""
    desk = sit("reception")
    desk.page.clock.install()
    desk.go(f"/patients/{given.patient}/screening/")
    desk.choose(onset="gradual", fever="no", blood_thinner="yes")
    desk.fill(answered_on="2026-03-02")
    expect(desk.page.get_by_text("You are signed in until about")).to_be_visible()

    given.idle("reception", IDLE_SECONDS - 100)
    wait_for(desk, "You will be signed out at")
    assert not problems(desk.page)
    desk.press("Stay signed in")
    expect(desk.main.get_by_text("You will be signed out at")).to_have_count(0)

    given.end("reception")
    wait_for(desk, "Your session has ended. What you type is still kept if you save it")
    desk.choose(answered_by="patient")
    desk.press("Save the answers")
    sign_in(desk, "reception", given.house)
    desk.says("This is what you typed before your session ended. None of it has been saved.")
    for name, value in {"onset": "gradual", "fever": "no", "blood_thinner": "yes", "answered_by": "patient"}.items():
        expect(desk.page.locator(f"input[name={name}][value='{value}']")).to_be_checked()
    assert not problems(desk.page)
    desk.go("/account/typed/").says("What you typed before your session ended", "Blood thinner")
    assert not problems(desk.page)
    desk.follow("Carry on with it")
    desk.press("Save the answers")
    desk.says("The answers are recorded.")
    desk.go(f"/patients/{given.patient}/screening/")
    expect(desk.page.locator("input[name=blood_thinner][value=yes]")).to_be_checked()
    expect(desk.main.get_by_text("This is what you typed")).to_have_count(0)


def test_2_the_same_without_scripts_and_by_keys(given: Sessions, plain: Plain) -> None:
    """A note, thrown away in the end."""
    desk = plain("radiologist").go(f"/patients/{given.patient}/notes/")
    expect(desk.page.get_by_text("You are signed in until about")).to_be_visible()
    desk.fill(text="Walks with two sticks")
    given.end("radiologist")
    desk.press("Add the note")
    sign_in(desk, "radiologist", given.house)
    desk.says("This is what you typed before your session ended.")
    expect(desk.page.locator("textarea[name=text]")).to_have_value("Walks with two sticks")
    desk.open("All of it, word for word")
    desk.go("/").follow("See what it is")
    desk.says("Walks with two sticks", "Only you can see it, and it is kept for 24 hours")
    desk.press("Throw it away")
    desk.says("Thrown away.", "Nothing is waiting.")
    desk.go(f"/patients/{given.patient}/notes/")
    expect(desk.page.locator("textarea[name=text]")).to_have_value("")

"""One clinic for all stories of a file: a database with real commits, the web server, a session for everybody.

What a story needs is put there before its browser starts: the ORM refuses to work beside Playwright's event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from pht_clinic.demo.postgresql import OWNER, PostgresServer
from pht_clinic.people.models import User
from tests import database, second_factor
from tests.browser.desk import Desk
from tests.clinic import NOW, Clinic, open_clinic
from tests.conftest import ClockOffset, LiveServer
from tests.server_plugin import Session

PASSWORD = "Quiet-harbour-42"


@dataclass
class House:
    """The clinic, its clock, its address, and everybody's session."""

    clinic: Clinic
    clock: ClockOffset
    url: str
    sessions: dict[str, str]
    codes: dict[str, list[str]]
    """By email address: recovery codes, each good for one sign-in."""

    def at(self, instant: datetime) -> None:
        """It is this instant now, for whoever asks."""
        self.clock.set((instant - datetime.now(UTC)).total_seconds())
        self.clinic.now = instant

    def sign_in(self, user: User) -> None:
        """A session for this user; browsers take it as their cookie."""
        client = Client()
        client.force_login(user)
        self.sessions[user.name] = client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def house(
    servers: Session, postgres: PostgresServer, web_process: LiveServer, django_db_blocker: Any
) -> Iterator[House]:
    """It is 9 o'clock on Monday 2 March 2026, and the clinic is open."""
    clock = ClockOffset(servers.clock_offset)
    with ExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(postgres.url(OWNER), autocommit=True))
        stack.enter_context(django_db_blocker.unblock())
        stack.callback(database.empty, owner)
        stack.callback(database.close_connections)
        stack.callback(servers.clock_offset.unlink, missing_ok=True)
        clock.set((NOW - datetime.now(UTC)).total_seconds())
        made = House(open_clinic(), clock, web_process.url, {}, {})
        # as the web process hashes: a weaker one is replaced at the sign-in, which ends everybody's sessions
        User.objects.update(password=get_hasher().encode(PASSWORD, "salt-of-the-tests-only", n=2**14))
        for user in User.objects.all():
            made.codes[user.email] = second_factor.set_up(user)
            made.sign_in(user)
        yield made


@contextmanager
def browser_of(chromium: str) -> Iterator[Browser]:
    """Chromium, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


Sits = Callable[..., Desk]
Plain = Callable[[str], Desk]


@pytest.fixture(scope="module")
def given(house: House) -> object:
    """What a file's stories start from; files that need something put it here by a fixture of the same name."""
    return None


@pytest.fixture(scope="module")
def browser(given: object, chromium: str) -> Iterator[Browser]:
    """One browser for a file, started after everything is given."""
    with browser_of(chromium) as started:
        yield started


@pytest.fixture
def sit(house: House, browser: Browser) -> Iterator[Sits]:
    """`sit("reception")`: somebody signed in, at a window of their own; `scripts` and `width` as the story wants."""
    contexts: list[BrowserContext] = []

    def sits(who: str, *, scripts: bool = True, width: int = 1280, by_keys: bool = False) -> Desk:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale="en-GB",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if who:
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": house.sessions[who], "url": house.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(10_000)
        return Desk(page, house.url, by_keys)

    yield sits
    for context in contexts:
        context.close()


@pytest.fixture
def plain(sit: Sits) -> Plain:
    """`plain("reception")`: somebody at a narrow window without scripts, who uses the keyboard alone."""
    return lambda who: sit(who, scripts=False, width=320, by_keys=True)

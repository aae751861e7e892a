"""Nothing on a page moves by itself while it loads, or when a part of it is swapped after its answer took its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import House, Sits
from tests.browser.desk import Desk
from tests.browser.filled import Filled, fill
from tests.clinic import local
from tests.conftest import Share
from tests.pages_world import LEFT_HAMSTRING

# Every shift that does not follow within half a second of what somebody did, as browsers count them.
WATCH: Final = """
  window.jumps = [];
  const name = (part) => `${part.node?.nodeName}.${part.node?.className}`;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      if (!one.hadRecentInput) window.jumps.push(`${one.value.toFixed(4)} ${one.sources.map(name).join(", ")}`);
  }).observe({type: "layout-shift", buffered: true});
"""
SETTLED: Final = """() => document.fonts.ready.then(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.jumps), 50)))))"""
SLOW_MILLISECONDS: Final = 700
"""An answer that comes later than what a browser still takes as following from an input."""


@pytest.fixture(scope="module")
def given(house: House) -> Filled:
    return fill(house)


def main_pages(filled: Filled) -> dict[str, tuple[str, str]]:
    """By name: who opens it, and where it is."""
    booked, review = filled.visits["booked"], filled.visits["override"]
    patient = f"/patients/{booked.patient_id}/"
    place = {"practitioner": booked.practitioner_id, "room": booked.room_id}
    start = {"start": local("2026-03-16", "09:20").isoformat()}
    return {
        "home": ("reception", "/"),
        "calendar": ("reception", "/calendar/?day=2026-03-10"),
        "day": ("reception", "/calendar/day/?day=2026-03-10"),
        "week": ("reception", "/calendar/week/?day=2026-03-10"),
        "patient": ("reception", patient),
        "search": ("reception", "/patients/"),
        "what": ("reception", f"{patient}book/?{urlencode(LEFT_HAMSTRING)}"),
        "when": ("reception", f"{patient}book/when/?{urlencode(LEFT_HAMSTRING)}"),
        "check": ("reception", f"{patient}book/check/?{urlencode({**LEFT_HAMSTRING, **place, **start})}"),
        "appointment": ("reception", f"/appointments/{booked.pk}/"),
        "calls": ("reception", "/calls/"),
        "waiting": ("reception", "/waiting/"),
        "messages": ("reception", "/messages/?status=queued"),
        "queue": ("radiologist", "/reviews/"),
        "decision": ("radiologist", f"/reviews/{review.pk}/"),
        "procedure": ("radiologist", f"/appointments/{filled.visits['arrived'].pk}/procedure/identity/"),
        "rules": ("radiologist", "/rules/"),
        "statistic": ("manager", "/statistics/appointments/"),
        "audit": ("manager", "/audit/"),
    }


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("width", [1280, 320])
def test_a_page_stands_still_while_it_loads(
    given: Filled, sit: Sits, width: int, share: Share, subtests: pytest.Subtests
) -> None:
    desks: dict[str, Any] = {}
    for name, (who, path) in share.of(main_pages(given).items(), one_in=8):
        if who not in desks:
            desks[who] = sit(who, width=width)
            desks[who].page.context.add_init_script(WATCH)
        with subtests.test(name):
            desks[who].go(path)
            assert desks[who].page.evaluate(SETTLED) == []


@contextmanager
def slowly(page: Page) -> Iterator[None]:
    """Answers to htmx take their time, for as long as the block lasts."""

    def answer(route: Route) -> None:
        if "hx-request" in route.request.headers:
            page.wait_for_timeout(SLOW_MILLISECONDS)
        route.continue_()

    page.context.add_init_script(WATCH)
    page.route("**/*", answer)
    yield
    page.unroute_all(behavior="ignoreErrors")


def chooses(desk: Desk, patient: int) -> None:
    """The side of a booking, then the verdict wanted of its times."""
    desk.go(f"/patients/{patient}/book/?{urlencode({**LEFT_HAMSTRING, 'side': 'right'})}")
    desk.choose(side="left")
    desk.page.wait_for_url("**side=left*")
    expect(desk.page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    assert desk.page.evaluate(SETTLED) == []
    desk.go(f"/patients/{patient}/book/when/?{urlencode(LEFT_HAMSTRING)}")
    desk.page.locator("main [name=verdict]").first.select_option(index=1)
    desk.page.wait_for_url("**verdict=*")
    expect(desk.page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    assert desk.page.evaluate(SETTLED) == []


def moves(desk: Desk, visit: int) -> None:
    """The new day of a visit: the email follows."""
    desk.go(f"/appointments/{visit}/move/")
    desk.page.locator("button.slot").first.click()
    desk.says("Tell the patient?")
    desk.fill(on="2026-03-17")
    desk.page.keyboard.press("Tab")
    expect(desk.page.locator("#letter")).to_contain_text("17 March")
    assert desk.page.evaluate(SETTLED) == []


def draws_up(desk: Desk, visit: int) -> None:
    """Volume and strength: the dose follows."""
    desk.go(f"/appointments/{visit}/procedure/injection/")
    desk.fill(volume_ml="2", strength_mg_ml="40")
    desk.page.keyboard.press("Tab")
    expect(desk.page.locator("#drawn-up")).to_contain_text("80")
    assert desk.page.evaluate(SETTLED) == []


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("width", [1280, 320])
def test_a_page_stands_still_when_a_late_answer_is_swapped_in(given: Filled, sit: Sits, width: int) -> None:
    desk = sit("reception", width=width)
    with slowly(desk.page):
        chooses(desk, given.patient("booked"))
        moves(desk, given.number("booked"))
    desk = sit("radiologist", width=width)
    with slowly(desk.page):
        draws_up(desk, given.number("arrived"))


def test_what_jumps_is_seen(sit: Sits) -> None:
    """The control: something is put above everything else, and nobody has touched anything."""
    desk = sit("reception")
    desk.page.context.add_init_script(WATCH)
    desk.go("/rules/")
    desk.page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<p>Late<br>and<br>high</p>')")
    assert desk.page.evaluate(SETTLED) != []


def test_a_page_is_painted_once_all_of_it_has_come(sit: Sits) -> None:
    """Half of a grid, or half of what is folded, would move when the rest comes: what is waited for ends the page."""
    desk = sit("reception").go("/calendar/week/")
    waits_for = "document.querySelector('link[rel=expect][blocking=render]').getAttribute('href')"
    follows = f"document.getElementById('main').compareDocumentPosition(document.querySelector({waits_for}))"
    assert desk.page.evaluate(f"Boolean({follows} & Node.DOCUMENT_POSITION_FOLLOWING)")

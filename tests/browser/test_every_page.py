"""Every page that can be opened, for each role that sees it in its own way: accessible, narrow enough, quiet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pht_clinic.people.second_factor.holding import take_away
from scheduling.messages.bounces import opt_out
from tests import second_factor
from tests.browser.conftest import PASSWORD, House, Sits
from tests.browser.desk import Desk
from tests.browser.filled import Filled, fill
from tests.browser.looking import listen, problems
from tests.clinic import local
from tests.conftest import Share
from tests.injections.booking.series.world import rule_query
from tests.injections.patient_link.conftest import BORN
from tests.pages_world import LEFT_HAMSTRING
from tests.trials import every_url
from tests.trials.every_url import LINKS, OPT_OUT, OWN_ACCOUNT, PAGES, SIGNING_IN, WORDS, Address

ROLES: Final = ("reception", "radiologist", "manager")
ONLY_SENT_TO: Final = frozenset(
    {
        "activity-withdraw",
        "duplicate-registered-twice",
        "duplicate-report-other",
        "appointment-arrive",
        "appointment-no-show",
        "appointment-fulfil",
        "appointment-link-open",
        "procedure-go-on",
        "review-open",
        "milder-verdict-seen",
        "import-start",
        "import-try",
        "letter-send",
        "letter-send-on",
        "message-send-now",
        "message-withhold",
        "message-retry",
        "message-posted",
        "patient-email-works",
        "patient-mails-again",
        "message-by-letter",
        "message-letters-file",
        "staff-password",
        "webhook-secret",
        "webhook-pause",
        "webhook-resume",
        "webhook-remove",
        "webhook-replay",
        "staff-unlock",
        "staff-sign-out",
        "token-revoke",
        "sign-out-everywhere",
        "session-end-one",
        "staff-factor-require",
        "staff-factor-reset",
        "typed-work-drop",
        "waiting-book",
        "waiting-answer",
        "patient-open",
        "patient-close",
        "patient-confirm",
    }
)
FILES: Final = frozenset(
    {
        "letter-file",
        "patient-letter-file",
        "statistic-file",
        "patient-calendar",
        "mfa_download_recovery_codes",
        "audit-export-file",
        "clinic-export-file",
        "import-report",
    }
)
LOOKED_AT_ELSEWHERE: Final = frozenset(
    {
        # they lead on to a page that is looked at under its own name
        "patient-recovered",
        "procedure",
        "procedure-scan",
        "statistics",
        "account_set_password",
        # a part of every page: tests/injections/worklists/test_call_news.py
        "call-news",
        # a part of Home: tests/injections/booking/waiting_list/test_pages.py
        "waiting-free",
        # with a second factor: the test of that name
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        # with a passkey: tests/browser/signing_in; the last is what the device is asked
        "mfa_reauthenticate_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_login_webauthn",
    }
)
NO_PAGE: Final = ONLY_SENT_TO | FILES | LOOKED_AT_ELSEWHERE
OF: Final[dict[str, str]] = {
    "procedure-step": "arrived",
    "procedure-cannot": "arrived",
    "procedure-done": "treated",
    "procedure-report": "treated",
    "procedure-complication": "treated",
    "aftercare-sheet": "treated",
    "letter-list": "treated",
    "letter-write": "treated",
    "physiotherapy-arrange": "treated",
    "decision": "override",
    "appointment-answer": "asked",
    "patient-deceased-undo": "died",
}
"""Which visit a page is about, where not the booked one."""
IN_GERMAN: Final = ("patient-link", "patient-questions", "patient-change", "patient-another", "patient-cancel")
CLOSE: Final = re.compile("Close my page|Meine Seite schließen")
LINK_OF: Final = {"patient-recovery": "treated", "patient-letter": "treated", "patient-asked": "asked"}
"""Whose link a page of a patient's is looked at by, likewise."""
SEEN_DIFFERENTLY: Final = frozenset(
    {"home", "patient", "appointment", "booking-what", "calendar", "calendar-day", "moving-list", "call", "message"}
)


@pytest.fixture(scope="module")
def given(house: House) -> dict[str, dict[str, str]]:
    """The addresses of everybody's pages, in a clinic in the middle of its week."""
    filled = fill(house)
    take_away(house.clinic.users["manager"])  # who looks at how one is set up
    pages = {who: {one.name: path_of(one, filled) for one in pages_of(who)} for who in ROLES}
    link = {
        one.name: one.url(filled.tokens[LINK_OF.get(one.name, "booked")])
        for one in every_url.addresses()
        if one.name in LINKS - NO_PAGE
    }
    german = in_german(filled)
    link |= {name: reverse(name, args=[opt_out.token_of(filled.patient("booked"))]) for name in OPT_OUT}
    offer = {"patient-offer": reverse("patient-offer", args=[filled.offer])}
    own = {one.name: one.url() for one in every_url.addresses() if one.name in OWN_ACCOUNT - NO_PAGE}
    sent_to = {one.name: path_of(one, filled) for one in every_url.addresses() if one.name in ONLY_SENT_TO - LINKS}
    return {**pages, "patient": link, "german": german, "own account": own, "only sent to": sent_to, "offer": offer}


def in_german(filled: Filled) -> dict[str, str]:
    """Some pages of a patient who reads German."""
    found = (one for one in every_url.addresses() if one.name in IN_GERMAN)
    return {f"{one.name} in German": one.url(filled.tokens["displaced"]) for one in found}


def pages_of(who: str) -> Iterator[Address]:
    """The pages of this role: those that no role before it has looked at, and those it sees in its own way."""
    before = ROLES[: ROLES.index(who)]
    for address in every_url.addresses():
        may = PAGES.get(address.name, frozenset())
        if address.name in NO_PAGE or who not in may:
            continue
        if address.name in SEEN_DIFFERENTLY or not may & frozenset(before):
            yield address


def path_of(address: Address, filled: Filled) -> str:
    """Where it is, about what; with what a booking has chosen so far."""
    about = filled.visits[OF.get(address.name, "booked")]
    if address.name == "waiting-offer":
        time = f"{local('2026-03-10', '16:00').isoformat()}/{about.practitioner_id}/{about.room_id}"
        return f"{address.url()}?{urlencode({'time': time})}"
    values: dict[str, object] = {"appointment_id": about.pk, "patient_id": about.patient_id}
    if not values.keys() & set(address.parts):
        return address.url()
    values["other_id"] = filled.merged
    path = reverse(address.name, args=[{**values, **WORDS}[part] for part in address.parts])
    if address.name in ("booking-when", "booking-check", "here-now", "late-entry"):
        place = {"practitioner": about.practitioner_id, "room": about.room_id}
        start = local("2026-03-16", "09:20").isoformat()
        asked = {**LEFT_HAMSTRING, **place, "start": start} if address.name == "booking-check" else LEFT_HAMSTRING
        path += f"?{urlencode(asked)}"
    if address.name == "booking-series":
        path += f"?{urlencode(rule_query(filled.house.clinic))}"
    return path


def look(desk: Desk, pages: dict[str, str], subtests: pytest.Subtests) -> None:
    """Open each and look."""
    said = listen(desk.page)
    for name, path in pages.items():
        with subtests.test(name):
            said.clear()
            response = desk.page.goto(desk.base + path)
            assert response is not None
            assert response.status == 200, f"{path}: {response.status}"
            assert desk.page.url.removeprefix(desk.base) == path
            found = problems(desk.page)
            assert not [*found, *said]


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("who", ROLES)
def test_every_page_of_a_role(
    who: str, given: dict[str, dict[str, str]], sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    look(sit(who), dict(share.of(given[who].items(), one_in=8)), subtests)


def test_the_pages_of_ones_own_account(
    given: dict[str, dict[str, str]], sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    """Who one is must be confirmed once before anything can be changed."""
    desk, own = sit("manager"), dict(given["own account"])
    look(desk, {"confirm": own.pop("account_reauthenticate")}, subtests)
    confirm(desk)
    look(desk, dict(share.of(own.items(), one_in=4)), subtests)


def confirm(desk: Desk) -> None:
    """Say once more who one is, as is asked before anything about signing in changes."""
    desk.go("/account/confirm/")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Confirm")


@pytest.mark.full_trial
def test_the_pages_before_signing_in_and_with_a_second_factor(sit: Sits, subtests: pytest.Subtests) -> None:
    desk = sit("")
    look(desk, {"account_login": "/account/sign-in/"}, subtests)
    desk.go("/account/sign-in/")
    desk.page.get_by_label("Email address").fill("radiologist2@clinic.example")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Sign in")
    factor = "/account/second-factor/"
    look(desk, {"mfa_authenticate": factor + "authenticate/"}, subtests)
    type_code(desk, "Sign in")
    expect(desk.page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    look(desk, {"mfa_index": factor, "mfa_reauthenticate": factor + "reauthenticate/"}, subtests)
    confirm(desk)
    look(desk, {"mfa_generate_recovery_codes": factor + "recovery-codes/generate/"}, subtests)
    desk.press("Generate")
    pages = {"mfa_view_recovery_codes": factor + "recovery-codes/", "mfa_deactivate_totp": factor + "totp/deactivate/"}
    look(desk, pages, subtests)


def type_code(desk: Desk, button: str) -> None:
    """The code that the second factor shows now."""
    desk.fill(code=second_factor.code_to_type())
    desk.press(button)


@pytest.mark.full_trial(one_in=3)
def test_the_pages_behind_a_patients_link(
    given: dict[str, dict[str, str]], sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    """The door first; then whatever lies behind it; of one patient in German."""
    desk, link = sit(""), given["patient"]
    first_of_each = {whose: name for name, whose in reversed(LINK_OF.items())}
    doors = {f"door of {name}": link[name] for name in ("patient-link", *first_of_each.values())}
    doors |= dict(list(given["german"].items())[:1])
    for name, path in doors.items():
        look(desk, {name: path}, subtests)
        desk.page.locator("[name=born_on]").fill(BORN)
        desk.page.locator("main button[type=submit]").click()
        expect(desk.page.get_by_role("button", name=CLOSE)).to_be_visible()
    look(desk, dict(share.of((link | given["german"]).items(), one_in=8)), subtests)


def test_the_page_of_an_offer(given: dict[str, dict[str, str]], sit: Sits, subtests: pytest.Subtests) -> None:
    """The door, the time that is offered, and what stands there once it is declined."""
    desk, path = sit(""), given["offer"]["patient-offer"]
    look(desk, {"door of an offer": path}, subtests)
    desk.page.locator("[name=born_on]").fill(BORN)
    desk.page.locator("main button[type=submit]").click()
    expect(desk.page.get_by_role("button", name="Accept this time")).to_be_visible()
    look(desk, {"an offer": path}, subtests)
    desk.page.get_by_role("button", name="No, thank you").click()
    expect(desk.page.get_by_role("heading", name="You have said no to this time")).to_be_visible()
    look(desk, {"an offer that was declined": path}, subtests)


def test_looking_sees_what_is_wrong(sit: Sits) -> None:
    """The control: a page on which all of it is wrong."""
    desk = sit("reception").go("/rules/")
    desk.page.evaluate(SPOIL)
    found = " ".join(problems(desk.page))
    for what in (
        "color-contrast",
        "image-alt",
        "first headings",
        "title",
        "leads to",
        "there twice",
        "an order of its own",
        "takes no focus",
        "the focus does not show",
        "pixels too wide",
        "a link without words",
        "narrow and dark, color",
    ):
        assert what in found, (what, found)


SPOIL = """() => {
  document.title = "";
  document.body.insertAdjacentHTML("beforeend", `<h1 id="main">Twice</h1><img src="/static/clinic/icon.svg">
    <a href="/a">Here</a><a href="/b">Here</a><a href="/c"></a><button tabindex="3">Order</button>
    <button class="plain">Plain</button><a href="/d" inert>Inert</a><p class="pale">Pale</p>`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".plain {outline: none !important; width: 2000px} .pale {color: #777; background: #888}");
  document.adoptedStyleSheets = [sheet];
}"""


def test_no_page_is_left_out(given: dict[str, dict[str, str]], sit: Sits) -> None:
    """What is said to be sent to alone refuses to be opened: once it becomes a page, it must be looked at."""
    desk = sit("reception")
    for name, path in given["only sent to"].items():
        assert desk.page.request.get(desk.base + path).status in (403, 405), name
    assert {*PAGES, *LINKS, *OWN_ACCOUNT, *SIGNING_IN} >= NO_PAGE

"""A radiologist sets up an app and a passkey, loses the phone, is reset by the manager, and signs in again, with the
passkey of a new phone too.

Chromium's virtual authenticator stands in for the phone's passkey. Browsers know passkeys by the name of a host, so the
clinic is opened as localhost.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, expect

from pht_clinic.people.second_factor.holding import take_away
from tests import second_factor
from tests.browser.conftest import PASSWORD, House, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems

pytestmark = pytest.mark.full_trial

FACTOR = "/account/second-factor/"
RADIOLOGIST, MANAGER = "radiologist@clinic.example", "manager@clinic.example"


@pytest.fixture(scope="module")
def given(house: House) -> House:
    """The radiologist has no second factor yet; the manager's app has shown no code so far."""
    take_away(house.clinic.users["radiologist"])
    return house


def at_localhost(sit: Sits) -> Desk:
    desk = sit("")
    desk.base = desk.base.replace("127.0.0.1", "localhost")
    return desk


def with_a_phone(desk: Desk) -> CDPSession:
    """A device that keeps passkeys, and says at once that its owner is there."""
    phone = desk.page.context.new_cdp_session(desk.page)
    phone.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    phone.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return phone


def give_password(desk: Desk, email: str) -> None:
    desk.go("/account/sign-in/")
    desk.fill(login=email, password=PASSWORD)
    desk.press("Sign in")


def set_up_an_app(desk: Desk) -> None:
    """Nothing else is open before; afterwards the recovery codes are shown."""
    desk.says("Set up a second factor first")
    desk.follow("Activate")
    desk.fill(password=PASSWORD)
    desk.press("Confirm")
    secret = desk.page.locator("#authenticator_secret").input_value()
    desk.fill(code=second_factor.code_to_type(secret))
    desk.press("Activate")
    desk.says("Recovery codes", "Unused codes")
    desk.go("/").says("Needs action")


def add_passkey(desk: Desk, name: str) -> None:
    """From the page that adds one."""
    desk.fill(name=name)
    desk.press("Add")
    desk.page.wait_for_url(f"**{FACTOR}")
    desk.go(FACTOR + "webauthn/").says(name)


def sign_in_by_passkey(desk: Desk) -> None:
    """After signing out: password, then the passkey in the place of a code."""
    sign_out(desk)
    give_password(desk, RADIOLOGIST)
    desk.says("Your second factor")
    assert not problems(desk.page)
    desk.press("Use a passkey")
    desk.says("Needs action")


def sign_out(desk: Desk) -> None:
    desk.go("/account/sign-out/")
    desk.press("Sign Out")
    desk.page.wait_for_url("**/account/sign-in/**")


def test_the_phone_is_lost_and_the_manager_resets_it(given: House, sit: Sits) -> None:
    desk = at_localhost(sit)
    phone = with_a_phone(desk)
    give_password(desk, RADIOLOGIST)
    set_up_an_app(desk)

    desk.go(FACTOR + "webauthn/add/")
    assert not problems(desk.page)
    add_passkey(desk, "My phone")
    assert not problems(desk.page)
    for link in ("Edit", "Remove"):
        desk.follow(link)
        assert not problems(desk.page)
        desk.go(FACTOR + "webauthn/")
    desk.go(FACTOR + "webauthn/reauthenticate/")
    assert not problems(desk.page)

    sign_in_by_passkey(desk)
    phone.send("WebAuthn.disable")
    stuck = at_localhost(sit)
    give_password(stuck, RADIOLOGIST)
    stuck.fill(code="000000")
    stuck.press("Sign in")
    stuck.says("Incorrect code.", "A manager at the clinic can reset your second factor.")

    manager = at_localhost(sit)
    give_password(manager, MANAGER)
    manager.fill(code=second_factor.code_to_type())
    manager.press("Sign in")
    manager.go("/clinic/staff/").says("Second factor set up.")
    assert not problems(manager.page)
    row = manager.main.get_by_role("listitem").filter(has_text=RADIOLOGIST)
    row.locator("summary", has_text="Lost phone").click()
    row.get_by_role("button", name="Reset the second factor").click()
    manager.says("The second factor is reset. They and the other managers are told by email.")

    desk.go("/")
    expect(desk.page).to_have_title("Sign in – PHT Clinic")
    give_password(stuck, RADIOLOGIST)
    set_up_an_app(stuck)
    assert "My phone" not in stuck.go(FACTOR + "webauthn/").main.inner_text()
    with_a_phone(stuck)
    stuck.go(FACTOR + "webauthn/add/")
    add_passkey(stuck, "My new phone")
    sign_in_by_passkey(stuck)

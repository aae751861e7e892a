"""A receptionist adds a passkey that needs no password, signs in by it alone, turns it down once, and is let go.

Browsers know passkeys by the name of a host, so the clinic is opened as localhost.
"""

from __future__ import annotations

from typing import Final

import psycopg
import pytest
from playwright.sync_api import CDPSession

from pht_clinic.demo.postgresql import OWNER, PostgresServer
from pht_clinic.people.second_factor.holding import take_away
from pht_clinic.web.signing_in.second_factor.passkey_alone import REFUSED
from tests.browser.conftest import PASSWORD, House, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems
from tests.browser.signing_in.test_second_factor import FACTOR, at_localhost, give_password, sign_out

RECEPTION: Final = "reception@clinic.example"
BUTTON: Final = "Use a passkey"


@pytest.fixture(scope="module")
def given(house: House) -> House:
    """The receptionist has no second factor yet."""
    take_away(house.clinic.users["reception"])
    return house


def with_a_phone(desk: Desk) -> tuple[CDPSession, str]:
    """A device that keeps passkeys and knows its owner, and its number."""
    phone = desk.page.context.new_cdp_session(desk.page)
    phone.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    made = phone.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return phone, made["authenticatorId"]


def knows_owner(phone: tuple[CDPSession, str], does: bool) -> None:
    session, number = phone
    session.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": does})


def test_a_passkey_is_enough_until_its_owner_is_let_go(given: House, sit: Sits, postgres: PostgresServer) -> None:
    desk = at_localhost(sit)
    phone = with_a_phone(desk)
    give_password(desk, RECEPTION)
    desk.go(FACTOR + "webauthn/add/")
    desk.fill(password=PASSWORD)
    desk.press("Confirm")
    desk.fill(name="My phone")
    desk.page.get_by_label("Passwordless").check()
    assert not problems(desk.page)
    desk.press("Add")
    desk.says("Recovery codes")

    sign_out(desk)
    assert not problems(desk.page)
    knows_owner(phone, False)
    desk.press(BUTTON)
    desk.says("The passkey was not used. Try again, or sign in by your password.")
    assert not problems(desk.page)
    knows_owner(phone, True)
    desk.press(BUTTON)
    desk.says("Needs action")

    sign_out(desk)
    with psycopg.connect(postgres.url(OWNER), autocommit=True) as connection:
        connection.execute("UPDATE people_user SET is_active = false WHERE email = %s", [RECEPTION])
    desk.press(BUTTON)
    desk.says(REFUSED)
    assert not problems(desk.page)

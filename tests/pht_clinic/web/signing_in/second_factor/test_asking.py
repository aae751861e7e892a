"""Nothing is open before the second factor: no page, no part of one, no form, no session of the API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.people.roles import ROLES
from pht_clinic.people.second_factor import used_codes
from pht_clinic.people.second_factor.holding import take_away
from tests import second_factor
from tests.second_factor import ASKS, PERIOD_SECONDS, code_of
from tests.signed_in import PASSWORD
from tests.trials import every_url

SET_UP = "/account/second-factor/"
ACTIVATE = f"{SET_UP}totp/activate/"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("reception", email="reception@clinic.example", password=PASSWORD)


@pytest.fixture
def client(user: User) -> Client:
    """Signed in with the password alone, as whoever has no second factor yet."""
    made = Client()
    assert second_factor.sign_in(made, user.email, PASSWORD).headers["Location"] == "/"
    return made


def activate(client: Client, *, code: str = "") -> Any:
    """Confirm by the password and set an app up."""
    client.post("/account/confirm/", {"password": PASSWORD})
    client.get(ACTIVATE)
    secret = client.session["mfa.totp.secret"]
    return client.post(ACTIVATE, {"code": code or code_of(secret)})


def is_open(client: Client) -> bool:
    return client.get("/").status_code == 200


def shut() -> list[str]:
    """Every address behind a sign-in but those needed for setting one up; what it would be about never exists."""
    names = every_url.PAGES.keys() | every_url.ACCESS.keys() | {"typed-work", "typed-work-drop"}
    return [
        reverse(one.name, args=[every_url.WORDS.get(part, 1) for part in one.parts])
        for one in every_url.addresses()
        if one.name in names
    ]


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_and_endpoint_is_shut_before(client: Client, method: str, django_user_model: Any) -> None:
    """Whatever the role: each address is asked as a manager, who sees most."""
    django_user_model.objects.update(role="manager")
    addresses = shut()
    assert len(addresses) > 200
    for address in addresses:
        response = getattr(client, method)(address)
        if address.startswith("/api/"):
            assert response.status_code == 403, address
            assert response.json()["detail"] == "Set up a second factor first, on the pages."
        else:
            led = response.headers.get("Location", "")
            assert (response.status_code, led.startswith(SET_UP)) == (302, True), address


@pytest.mark.parametrize("role", ROLES)
def test_every_role_needs_one(client: Client, role: str, user: User) -> None:
    User.objects.update(role=role)
    assert not is_open(client)
    assert "Set up a second factor first" in client.get(SET_UP).content.decode()


def test_once_it_is_set_up_everything_is_open(client: Client, user: User) -> None:
    activate(client)
    assert is_open(client)
    verbs = Entry.objects.filter(user=user, subject=f"user:{user.pk}").values_list("verb", flat=True)
    assert list(verbs.order_by("pk")) == ["signed-in", "second-factor-added"]


def test_setting_one_up_ends_what_began_without(client: Client, user: User) -> None:
    """Whoever knew the password, and sat elsewhere before there was a second factor."""
    elsewhere = Client()
    second_factor.sign_in(elsewhere, user.email, PASSWORD)
    activate(client)
    assert elsewhere.get(SET_UP).headers["Location"].startswith("/account/sign-in/")
    assert is_open(client)


def test_removing_the_last_one_shuts_everything_again(client: Client, user: User) -> None:
    activate(client)
    client.post(f"{SET_UP}totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert not is_open(client)
    assert Entry.objects.filter(verb="second-factor-removed", user=user).count() == 1


def test_an_exempt_role_needs_none_unless_a_manager_asked_for_one(client: Client, user: User, settings: Any) -> None:
    settings.SECOND_FACTOR_EXEMPT = ["reception"]
    assert is_open(client)
    User.objects.update(second_factor_required=True)
    assert not is_open(client)
    User.objects.update(second_factor_required=False, role="radiologist")
    assert not is_open(client)


def test_a_program_with_a_token_is_not_asked(user: User, api_of: Callable[[User], Client]) -> None:
    assert api_of(user).get("/api/v1/rooms/").status_code == 200


def test_a_part_of_a_page_leads_the_whole_page(client: Client) -> None:
    part = client.get("/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/calendar/"})
    assert part.headers["HX-Redirect"] == f"{SET_UP}?next=/calendar/"
    alone = client.get("/", headers={"HX-Request": "true", "X-Unattended": "yes"})
    assert (alone.status_code, alone.content) == (204, b"")


# -- Codes ------------------------------------------------------------------------------------------------


def password_of(user: User) -> Client:
    """A browser in which the password was right."""
    made = Client()
    answer = made.post("/account/sign-in/", {"login": user.email, "password": PASSWORD})
    assert answer.headers["Location"] == ASKS
    return made


def lets_in(client: Client, code: str) -> bool:
    client.post(ASKS, {"code": code})
    return is_open(client)


def at(epoch_seconds: float) -> Any:
    """The clock that codes, and the limits on wrong ones, are counted by."""
    return mock.patch("allauth.mfa.totp.internal.auth.time.time", return_value=epoch_seconds)


EDGES = tuple(
    step * PERIOD_SECONDS + moment for step in (-1, 0, 1) for moment in (0.0, 0.001, 0.5, PERIOD_SECONDS - 0.001)
)
"""Moments of the window of a code, counted from the beginning of its own 30 s."""


def began() -> float:
    """The beginning of 30 s, and the code that an app shows in them: `code_at(began())`."""
    return float(int(time.time()) // PERIOD_SECONDS * PERIOD_SECONDS)


def code_at(epoch_seconds: float) -> str:
    with at(epoch_seconds):
        return code_of()


@pytest.mark.full_trial(one_in=10)
@pytest.mark.parametrize("first", EDGES)
@pytest.mark.parametrize("later", [0.0, 1.0, 29.0, 29.999, 30.0, 31.0, 59.9, 60.0, 89.999, 90.0])
def test_sec11_no_code_is_good_twice_at_whatever_edge_of_its_window(user: User, first: float, later: float) -> None:
    """Nor where the cache, in which allauth keeps for 30 s that it was used, lost it."""
    second_factor.set_up(user)
    begin = began()
    code = code_at(begin)
    with at(begin + first):
        assert lets_in(password_of(user), code)
    cache.clear()
    with at(begin + first + later):
        assert not lets_in(password_of(user), code)


def test_sec11_control_with_allauths_own_memory_a_code_is_good_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(used_codes, "is_used", lambda user, code: False)
    monkeypatch.setattr(used_codes, "use_up", lambda app, code: True)
    second_factor.set_up(user)
    begin = began()
    code = code_at(begin)
    for moment in (begin - 29, begin + 59):
        with at(moment):
            assert lets_in(password_of(user), code)
        cache.clear()  # as 30 s later


@pytest.mark.parametrize(("off", "is_good"), [(-30.001, False), (-30.0, True), (59.999, True), (60.0, False)])
def test_a_clock_may_be_a_step_ahead_or_behind(user: User, off: float, is_good: bool) -> None:
    second_factor.set_up(user)
    begin = began()
    code = code_at(begin)
    with at(begin + off):
        assert lets_in(password_of(user), code) == is_good


def test_sec11_a_code_from_before_the_one_that_was_used_is_used_too(user: User) -> None:
    second_factor.set_up(user)
    begin = began()
    with at(begin):
        assert lets_in(password_of(user), code_at(begin + PERIOD_SECONDS))
        assert not lets_in(password_of(user), code_at(begin))
        assert not lets_in(password_of(user), code_at(begin - PERIOD_SECONDS))


def test_sec11_used_codes_count_as_wrong_ones(user: User) -> None:
    """Else whoever has seen one could make the limit of wrong ones begin anew by it."""
    second_factor.set_up(user)
    code = code_of()
    assert lets_in(password_of(user), code)
    browser = password_of(user)
    for _ in range(5):
        assert not lets_in(browser, code)
    assert "Too many failed login attempts" in browser.post(ASKS, {"code": "000000"}).content.decode()


def test_sec11_the_code_that_set_the_app_up_is_used(client: Client, user: User) -> None:
    client.post("/account/confirm/", {"password": PASSWORD})
    client.get(ACTIVATE)
    code = code_of(client.session["mfa.totp.secret"])
    assert client.post(ACTIVATE, {"code": code}).status_code == 302
    assert not lets_in(password_of(user), code)


def test_a_recovery_code_is_good_once_and_stands_on_the_trail(user: User) -> None:
    code = second_factor.set_up(user)[0]
    assert lets_in(password_of(user), code)
    assert not lets_in(password_of(user), code)
    verbs = Entry.objects.filter(user=user).values_list("verb", "detail__which")
    assert ("recovery-code-used", "recovery_codes") in verbs
    assert ("second-factor-failed", "totp") in verbs


def test_wrong_codes_are_counted_and_the_right_one_must_wait_then(user: User) -> None:
    second_factor.set_up(user)
    here = password_of(user)
    for _ in range(5):
        here.post(ASKS, {"code": "000000"})
    said = here.post(ASKS, {"code": code_of()}).content.decode()
    assert "Too many failed login attempts" in said
    assert Entry.objects.filter(verb="second-factor-failed", user=user).count() == 5


def test_a_forged_passkey_is_refused_and_stands_on_the_trail(user: User) -> None:
    second_factor.set_up(user)
    here = password_of(user)
    for credential in ("{}", "[]", '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}'):
        assert here.post(ASKS, {"credential": credential}).status_code == 200
    assert not is_open(here)
    assert Entry.objects.filter(verb="second-factor-failed", detail__which="webauthn").count() >= 1


def test_fresh_recovery_codes_replace_the_earlier_ones(client: Client, user: User) -> None:
    activate(client)
    shown = client.get(f"{SET_UP}recovery-codes/").content.decode()
    before = re.findall(r"\b\d{8}\b", shown)
    assert len(before) == 10
    client.post(f"{SET_UP}recovery-codes/generate/")
    assert Entry.objects.filter(verb="recovery-codes-made", user=user).count() == 1
    assert not lets_in(password_of(user), before[0])


def test_who_is_reset_between_password_and_code_begins_again(user: User) -> None:
    """The browser that stands open at the second step is not led round and round."""
    second_factor.set_up(user)
    here = password_of(user)
    take_away(user)
    assert here.get(ASKS).headers["Location"] == "/account/sign-in/"
    assert here.get("/account/sign-in/").status_code == 200
    assert second_factor.sign_in(here, user.email, PASSWORD).headers["Location"] == "/"

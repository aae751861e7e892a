"""Where one is signed in, on a page, and ending it: one session, all of one's own, all of somebody's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from unittest import mock

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.web.models import OpenSession
from pht_clinic.web.network import device_of
from pht_clinic.web.signing_in import open_sessions
from tests import second_factor
from tests.clinic import Clinic
from tests.pages_world import browser
from tests.signed_in import PASSWORD

PAGE: Final = "/account/tokens/"
PHONE: Final = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
COMPUTER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    made = make_user("reception", email="reception@clinic.example", password=PASSWORD)
    second_factor.set_up(made)
    return made


def signed_in(user: User, agent: str, address: str) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    second_factor.sign_in(client, user.email, PASSWORD)
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def listed(client: Client) -> list[str]:
    """What the page says of each session."""
    text = client.get(PAGE).content.decode()
    return [" ".join(re.sub("<[^>]+>", "", part).split()) for part in re.findall(r"<p><strong>.*?</p>", text)]


def end(client: Client, row: OpenSession) -> int:
    return client.post(reverse("session-end-one", args=[row.pk])).status_code


def test_ones_own_are_listed_with_device_and_place_and_which_one_this_is(user: User) -> None:
    phone, desk = signed_in(user, PHONE, "203.0.113.9"), signed_in(user, COMPUTER, "198.51.100.4")
    assert listed(desk) == ["Computer, from 198.51.100.0/24 (this one)", "Phone, from 203.0.113.0/24"]
    assert listed(phone)[1] == "Phone, from 203.0.113.0/24 (this one)"
    assert "203.0.113.9" not in str(list(OpenSession.objects.values()))


def test_one_of_them_is_ended_and_no_other(user: User) -> None:
    phone, desk = signed_in(user, PHONE, "203.0.113.9"), signed_in(user, COMPUTER, "198.51.100.4")
    assert end(desk, OpenSession.objects.get(device="phone")) == 302
    assert (is_in(phone), is_in(desk)) == (False, True)
    assert listed(desk) == ["Computer, from 198.51.100.0/24 (this one)"]
    row = Entry.objects.get(verb="session-ended")
    assert (row.user, row.subject) == (user, f"user:{user.pk}")
    assert row.detail == {"device": "phone", "place": "203.0.113.0/24"}


def test_somebody_elses_is_neither_listed_nor_ended(user: User, make_user: Callable[..., User]) -> None:
    """Not by a manager either: they end all of somebody's at once."""
    desk = signed_in(user, COMPUTER, "198.51.100.4")
    boss = make_user("manager", email="boss@clinic.example", password=PASSWORD)
    second_factor.set_up(boss)
    other = signed_in(boss, COMPUTER, "198.51.100.4")
    assert len(listed(other)) == 1
    assert end(other, OpenSession.objects.get(user=user)) == 404
    assert is_in(desk)


def test_a_new_password_leaves_the_one_in_which_it_was_chosen_under_its_new_key(user: User) -> None:
    phone, desk = signed_in(user, PHONE, "203.0.113.9"), signed_in(user, COMPUTER, "198.51.100.4")
    new = "Calm-orchard-17-north"
    desk.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not is_in(phone)
    assert listed(desk) == ["Computer, from 198.51.100.0/24 (this one)"]
    found = OpenSession.objects.get(device="computer")
    assert found.session_key == desk.cookies["session"].value


def test_signing_out_and_everywhere_takes_them_off_the_list(user: User) -> None:
    phone, desk = signed_in(user, PHONE, "203.0.113.9"), signed_in(user, COMPUTER, "198.51.100.4")
    phone.post("/account/sign-out/")
    assert len(listed(desk)) == 1
    desk.post(reverse("sign-out-everywhere"))
    assert not is_in(desk)
    again = signed_in(user, COMPUTER, "198.51.100.4")
    assert listed(again) == ["Computer, from 198.51.100.0/24 (this one)"]


@pytest.mark.parametrize(("idle_seconds", "counts"), [(29 * 60, True), (32 * 60, False)])
def test_one_that_was_idle_for_too_long_is_not_listed(user: User, idle_seconds: int, counts: bool) -> None:
    signed_in(user, PHONE, "203.0.113.9")
    desk = signed_in(user, COMPUTER, "198.51.100.4")
    OpenSession.objects.filter(device="phone").update(used_at=F("used_at") - timedelta(seconds=idle_seconds))
    assert (len(listed(desk)) == 2) == counts


def test_the_last_use_is_kept_to_the_minute_and_so_is_where_it_was(user: User) -> None:
    desk = signed_in(user, COMPUTER, "198.51.100.4")
    before = OpenSession.objects.get()
    assert is_in(desk)
    assert OpenSession.objects.get().used_at == before.used_at
    with mock.patch("pht_clinic.web.signing_in.session_age.time.time", return_value=time.time() + 61):
        desk.get("/", REMOTE_ADDR="192.0.2.1")
    after = OpenSession.objects.get()
    assert after.used_at > before.used_at
    assert after.place == "192.0.2.0/24"


def test_what_is_over_goes(user: User) -> None:
    signed_in(user, COMPUTER, "198.51.100.4")
    assert open_sessions.purge() == 0
    OpenSession.objects.update(began_at=F("began_at") - timedelta(hours=12, seconds=1))
    assert open_sessions.purge() == 1


def test_a_manager_ends_all_of_somebodys_and_no_token(clinic: Clinic) -> None:
    user = clinic.users["reception"]
    there, manager = browser(user), browser(clinic.users["manager"])
    program = Client(headers={"authorization": f"Bearer {tokens.issue(user, days=1)}"})
    there.get("home")
    assert "They are signed out everywhere." in manager.post("staff-sign-out", user.pk)
    assert not is_in(there.client)
    assert program.get("/api/v1/rooms/").status_code == 200
    assert Entry.objects.get(verb="sessions-ended").subject == f"user:{user.pk}"
    browser(clinic.users["radiologist"]).post("staff-sign-out", user.pk, expect=403)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, "phone"),
        (COMPUTER, "computer"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/140.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/140.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", "tablet"),
        ("curl/8.5.0", "program"),
        ("", "program"),
    ],
)
def test_a_device_is_what_it_says_of_itself(agent: str, device: str) -> None:
    assert device_of(agent) == device

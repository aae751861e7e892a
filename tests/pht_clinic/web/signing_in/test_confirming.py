"""Before staff, message texts, merging and exports somebody proves once more that it is they; nothing typed is lost."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from tests.clinic import Clinic
from tests.pages_world import Browser, browser
from tests.signed_in import PASSWORD

LATER_SECONDS = 301
CONFIRM = "/account/confirm/"


@pytest.fixture
def manager(clinic: Clinic, settings: Any) -> Browser:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    user = clinic.users["manager"]
    user.set_password(PASSWORD)
    user.save()
    return browser(user)


def later() -> Any:
    """5 minutes after the sign-in."""
    return mock.patch("pht_clinic.web.signing_in.confirming.time", mock.Mock(time=lambda: time.time() + LATER_SECONDS))


def asked_first(clinic: Clinic) -> list[str]:
    one, other = clinic.fit_patient("Ash").pk, clinic.fit_patient("Birch").pk
    user = clinic.users["reception"].pk
    return [
        reverse("staff-list"),
        reverse("staff-invite"),
        reverse("staff-member", args=[user]),
        reverse("wording-list"),
        reverse("wording", args=["scheduling-confirmed"]),
        reverse("audit-export"),
        reverse("audit-export-file"),
        reverse("patient-merge", args=[one]) + f"?with={other}",
        reverse("patient-erase", args=[one]),
        reverse("patient-copy", args=[one]),
        reverse("patient-export", args=[one]),
        reverse("clinic-export"),
        reverse("clinic-export-file"),
    ]


def test_after_five_minutes_it_is_asked_and_the_page_comes_afterwards(clinic: Clinic, manager: Browser) -> None:
    for address in asked_first(clinic):
        assert manager.client.get(address).headers.get("Location", "")[: len(CONFIRM)] != CONFIRM, address
        with later():
            led = manager.client.get(address).headers["Location"]
        assert led.startswith(f"{CONFIRM}?next="), address
    back = manager.client.post(led, {"password": PASSWORD, "next": address})
    assert back.headers["Location"] == address


@pytest.mark.parametrize("name", ["home", "audit-list", "patient-search", "room-list", "own-mails"])
def test_of_everything_else_nobody_is_asked(manager: Browser, name: str) -> None:
    with later():
        manager.get(name)


@pytest.mark.parametrize("name", ["staff-password", "staff-factor-reset", "staff-factor-require"])
def test_a_button_is_not_acted_on_and_leads_back_to_where_it_stood(clinic: Clinic, manager: Browser, name: str) -> None:
    user = clinic.users["reception"]
    manager.get("staff-list")
    note = unescape(re.findall(r'name="made_for" value="([^"]+)"', manager.html)[0])
    with later():
        led = manager.client.post(reverse(name, args=[user.pk]), {"made_for": note})
    assert led.headers["Location"] == f"{CONFIRM}?next={reverse('staff-list')}"
    before = User.objects.get(pk=user.pk)
    assert (before.password, before.session_epoch, before.second_factor_required) == (user.password, 0, False)


def test_what_was_typed_is_given_back_after_it(manager: Browser) -> None:
    manager.get("staff-invite")
    note = unescape(re.findall(r'name="made_for" value="([^"]+)"', manager.html)[0])
    sent = {"name": "Nia Park", "email": "nia@clinic.example", "role": "reception", "made_for": note}
    with later():
        led = manager.client.post(reverse("staff-invite"), sent).headers["Location"]
    assert not User.objects.filter(email="nia@clinic.example").exists()
    assert "What you typed is kept for 24 hours." in manager.client.get(led).content.decode()
    manager.client.post(led, {"password": PASSWORD, "next": reverse("staff-invite")})
    manager.get("staff-invite")
    assert 'value="Nia Park"' in manager.html


def test_a_session_of_the_api_is_refused_and_a_token_is_not_asked(clinic: Clinic, manager: Browser) -> None:
    one, other = clinic.fit_patient("Ash").pk, clinic.fit_patient("Birch").pk
    address = reverse("api-patient-merge", args=[one])
    program = Client(headers={"authorization": f"Bearer {tokens.issue(clinic.users['manager'], days=1)}"})
    with later():
        refused = manager.client.post(address, {"other": other}, content_type="application/json")
        taken = program.post(address, {"other": other}, content_type="application/json")
    assert (refused.status_code, refused.json()["detail"]) == (403, "Confirm first who you are, at /account/confirm/.")
    assert taken.status_code != 403

"""An address without its last slash leads to its page; nothing is lost, and nothing that is sent is led on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from scheduling.patients import link
from tests.clinic import Clinic, local
from tests.pages_world import Browser


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/patients", "/patients/"),
        ("/calendar", "/calendar/"),
        ("/calendar/day?day=2026-03-10&by=room", "/calendar/day/?day=2026-03-10&by=room"),
        ("/account/sign-in", "/account/sign-in/"),
    ],
)
def test_des15_a_page_without_its_last_slash_is_found(reception: Browser, asked: str, leads_to: str) -> None:
    for method in ("GET", "HEAD"):
        answer: Any = reception.client.generic(method, asked)
        assert (answer.status_code, answer.headers["Location"]) == (302, leads_to)


def test_des15_a_patients_link_that_was_cut_still_opens(clinic: Clinic) -> None:
    visit = clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40")).appointment
    assert visit is not None
    path = f"/p/{link.token_of(visit.pk, visit.link_version)}/"
    client = Client()
    answer = client.get(path.removesuffix("/"))
    assert answer.headers["Location"] == path
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/patient", "/nowhere/at/all", "/api/v1/patients", "/patients/999999/"])
def test_what_is_no_page_stays_unknown(reception: Browser, path: str) -> None:
    assert reception.client.get(path).status_code == 404


def test_what_is_sent_to_it_is_not_led_on(reception: Browser) -> None:
    """A redirect would lose it."""
    assert reception.client.post("/patients", {"text": "ash"}).status_code == 404

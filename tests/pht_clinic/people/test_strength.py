"""A password that is easy to guess is refused with a sentence that helps."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from pht_clinic.people.models import User
from pht_clinic.people.passwords import new_password
from tests.signed_in import PASSWORD

NIA = User(email="nia.park@clinic.example", name="Nia Parkinson", role="reception")
BETTER = "Three or four words that do not belong together"
WEAK = {
    "repeated": "aaaaaaaaaaaaaa",
    "keyboard": "qwertyuiop[]12",
    "common and digits": "password1234567",
    "season and year": "Summer2026!!",
    "own name": "nia-parkinson-1",
    "the clinic's name": "pht clinic 2026",
    "of any length": "summer" * 20,
}


@pytest.mark.parametrize("password", WEAK.values(), ids=WEAK.keys())
def test_what_is_easy_to_guess_is_refused_with_what_would_be_better(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, NIA)
    said = " ".join(refused.value.messages)
    assert "This password is easy to guess" in said
    assert BETTER in said
    assert password not in said


@pytest.mark.parametrize(
    "password", [PASSWORD, "correct horse battery stapler", "Fjord lantern, seven oboes", "x7!Kq9#vL2pZ"]
)
def test_what_is_hard_to_guess_is_taken(password: str) -> None:
    validate_password(password, NIA)


def test_what_the_product_makes_up_is_hard_to_guess() -> None:
    for _ in range(20):
        validate_password(new_password(), NIA)


def test_it_says_what_makes_it_easy() -> None:
    with pytest.raises(ValidationError, match='easy to guess: repeats like "aaa" are easy to guess'):
        validate_password("aaaaaaaaaaaaaa", NIA)


def test_every_door_asks(make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of one's own password, and the command."""
    client = Client()
    client.force_login(make_user("reception", password=PASSWORD))
    sent = {"oldpassword": PASSWORD, "password1": WEAK["keyboard"], "password2": WEAK["keyboard"]}
    assert BETTER in client.post("/account/password/", sent).content.decode()
    monkeypatch.setattr("sys.stdin", io.StringIO(WEAK["keyboard"] + "\n"))
    with pytest.raises(CommandError, match=BETTER):
        call_command("create_user", "nia@clinic.example", "--role", "reception", "--password-stdin")

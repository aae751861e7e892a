"""A passkey signs in without a password: who may, what it proves, how often it may be tried, what the trail says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from pht_clinic.audit.models import Entry
from pht_clinic.people import given_passwords
from pht_clinic.people.models import User
from pht_clinic.web.signing_in.guessing import limits
from pht_clinic.web.signing_in.second_factor import passkey_alone
from tests import second_factor
from tests.second_factor import ASKS
from tests.signed_in import PASSWORD
from tests.soft_passkey import PRESENT, SoftPasskey

PAGE: Final = "/account/sign-in/"
pytestmark = pytest.mark.django_db
STATE: Final = "mfa.webauthn.state"
EMPTY: Final = '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}'
THERE: Final = "/account/second-factor/webauthn/sign-in/"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    cache.clear()
    made = make_user("radiologist", email="radiologist@clinic.example", password=PASSWORD)
    made.password_is_given = False
    made.save()
    return made


@pytest.fixture
def passkey(user: User) -> SoftPasskey:
    made = SoftPasskey(user)
    made.register()
    return made


def challenge(client: Client) -> str:
    """What the button fetches; it asks for a device that knows its owner, and names nobody's passkeys."""
    asked = client.get(THERE, headers={"accept": "application/json"}).json()["request_options"]["publicKey"]
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    return str(asked["challenge"])


def tried(client: Client, credential: str) -> str:
    """What is said after it; "" where it signed in."""
    response = client.post(THERE, {"credential": credential}, follow=True)
    if client.get("/").status_code == 200:
        return ""
    assert response.redirect_chain[-1][0] in (PAGE, ASKS), "the second where somebody's password was right"
    return str(response.content.decode())


def newest() -> Any:
    return Entry.objects.exclude(verb="viewed").latest("pk")


def test_it_signs_in_with_both_factors_and_stands_on_the_trail(passkey: SoftPasskey, client: Client) -> None:
    assert tried(client, passkey.answer(challenge(client))) == ""
    entry = Entry.objects.get(verb="signed-in")
    assert (entry.user_id, entry.subject) == (passkey.user.pk, f"user:{passkey.user.pk}")
    assert entry.detail == {"second_factor": "webauthn", "without_password": True}
    assert client.get(reverse("review-queue")).status_code == 200, "nothing asks for a second factor any more"


def test_with_the_password_the_trail_says_nothing_of_it(user: User) -> None:
    second_factor.sign_in(Client(), user.email, PASSWORD)
    assert Entry.objects.get(verb="signed-in").detail == {"second_factor": ""}


def test_whoever_was_let_go_is_refused_as_if_it_were_nobodys(passkey: SoftPasskey, client: Client) -> None:
    user = passkey.user
    user.is_active = False
    user.save()
    assert passkey_alone.REFUSED in tried(client, passkey.answer(challenge(client)))
    assert (newest().verb, newest().subject) == ("sign-in-failed", f"user:{user.pk}")
    stranger = SoftPasskey(user)
    assert passkey_alone.REFUSED in tried(client, stranger.answer(challenge(client)))
    assert not Entry.objects.filter(verb="signed-in").exists()


def test_one_that_did_not_know_its_owner_is_no_two_factors(passkey: SoftPasskey, client: Client) -> None:
    """A found security key. Also where the challenge asked for less, as that of a second step does."""
    assert passkey_alone.REFUSED in tried(client, passkey.answer(challenge(client), flags=PRESENT))
    asked, session = challenge(client), client.session
    session[STATE] = {**session[STATE], "user_verification": "preferred"}
    session.save()
    assert passkey_alone.REFUSED in tried(client, passkey.answer(asked, flags=PRESENT))
    assert newest().subject == f"user:{passkey.user.pk}", "its signature was right: its owner is what was missing"
    assert not Entry.objects.filter(verb="signed-in").exists()


def test_it_says_for_itself_whose_it_is_and_is_not_believed_for_another(
    passkey: SoftPasskey, client: Client, make_user: Callable[..., User]
) -> None:
    other = make_user("manager", email="manager@clinic.example", password=PASSWORD)
    assert passkey_alone.REFUSED in tried(client, passkey.answer(challenge(client), handle=other))
    assert newest().subject == "", "anybody may say of whom an answer is"


def test_an_answer_is_good_once_and_for_its_own_browser(passkey: SoftPasskey, client: Client) -> None:
    answer = passkey.answer(challenge(client))
    assert passkey_alone.REFUSED in tried(Client(), answer)
    assert tried(client, answer) == ""
    client.post("/account/sign-out/")
    assert passkey_alone.REFUSED in tried(client, answer)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("", id="nothing"),
        pytest.param("x", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="an empty object"),
        pytest.param("7", id="a number"),
        pytest.param(EMPTY, id="an empty answer"),
        pytest.param("[" * 50_000, id="deep"),
        pytest.param('{"id": 7, "rawId": {}, "type": [], "response": 7}', id="of other kinds"),
        pytest.param(
            '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA",'
            ' "authenticatorData": "AA", "signature": "AA", "userHandle": "' + "9" * 400 + '"}}',
            id="cut short",
        ),
    ],
)
def test_what_is_no_answer_at_all_is_refused(user: User, client: Client, sent: str) -> None:
    challenge(client)
    assert passkey_alone.REFUSED in tried(client, sent)


def test_a_password_from_a_manager_is_taken_first(passkey: SoftPasskey, client: Client) -> None:
    """It was given because somebody may have had the one before, and more; it is not used up by the try."""
    password = given_passwords.give(passkey.user)
    assert passkey_alone.GIVEN_FIRST in tried(client, passkey.answer(challenge(client)))
    here = Client()
    assert here.post(PAGE, {"login": passkey.user.email, "password": password}).headers["Location"].startswith(ASKS)


def test_wrong_ones_are_counted_by_where_they_come_from_and_right_ones_are_not(
    passkey: SoftPasskey, client: Client
) -> None:
    """Boundary: the 30th wrong one of a minute is looked at, the next is not, whoever's it is, from there alone."""
    for _ in range(3):
        assert tried(client, passkey.answer(challenge(client))) == ""
        client.post("/account/sign-out/")
    answer = passkey.answer(challenge(client))
    for _ in range(limits.FROM_ONE_BLOCK.most):
        assert passkey_alone.REFUSED in tried(client, EMPTY)
        cache.clear()
    assert "Too many failed login attempts" in tried(client, answer)
    assert newest().verb == "sign-in-locked"
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert tried(elsewhere, passkey.answer(challenge(elsewhere))) == ""


def test_guesses_at_the_password_keep_nobody_from_their_passkey(passkey: SoftPasskey, client: Client) -> None:
    for _ in range(limits.AT_ONE_PLACE.most + 1):
        said = client.post(PAGE, {"login": passkey.user.email, "password": "wrong"}).content.decode()
    assert "Too many failed login attempts" in said
    assert tried(client, passkey.answer(challenge(client))) == ""


def test_without_a_script_the_button_says_what_to_do(user: User, client: Client) -> None:
    """The form is sent empty."""
    assert passkey_alone.REFUSED in tried(client, "")
    assert client.get(THERE).headers["Location"] == PAGE

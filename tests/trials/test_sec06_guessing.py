"""SEC6: passwords are guessed in vain, and nobody is locked out by somebody else's guesses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from unittest import mock

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import connection
from django.test import Client

from pht_clinic.people.models import User
from pht_clinic.web import counting
from pht_clinic.web.signing_in.guessing import limits
from pht_clinic.web.signing_in.guessing.limits import AT_ONE_PLACE, FROM_EVERYWHERE, FROM_ONE_BLOCK, Counted
from tests import second_factor
from tests.signed_in import PASSWORD

SIGN_IN: Final = "/account/sign-in/"
HERE, STRANGER = "192.0.2.10", "203.0.113.7"
MUST_WAIT: Final = "Too many failed login attempts"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    made = make_user("reception", email="reception@clinic.example", password=PASSWORD)
    second_factor.set_up(made)
    return made


def guess(email: str, *, address: str = STRANGER, client: Client | None = None, **headers: str) -> str:
    """A wrong password from an address; answers what the page says."""
    sent = {"login": email, "password": "wrong-wrong-wrong"}
    page = (client or Client()).post(SIGN_IN, sent, REMOTE_ADDR=address, headers=headers)
    return page.content.decode()


def signs_in(email: str, *, address: str, client: Client | None = None) -> bool:
    browser = client or Client()
    second_factor.sign_in(browser, email, PASSWORD, REMOTE_ADDR=address)
    return browser.get("/").status_code == 200


def evaluated(guesses: Callable[[], object]) -> int:
    """How many passwords were looked at."""
    with mock.patch("pht_clinic.people.models.User.check_password", return_value=False) as check:
        guesses()
    return int(check.call_count)


def spread(number: int) -> str:
    """An address in a block of its own."""
    return f"198.{number // 256}.{number % 256}.1"


@pytest.mark.parametrize("forged", [False, True], ids=["as they come", "with a forged X-Forwarded-For"])
def test_sec6_of_many_guesses_from_one_block_five_are_looked_at(user: User, is_full_trial: bool, forged: bool) -> None:
    """Every address of the block is the same one; what a header claims is believed of our own proxies alone."""
    count = 1000 if is_full_trial else 60

    def guesses() -> None:
        for number in range(count):
            headers = {"x-forwarded-for": spread(number)} if forged else {}
            guess(user.email, address=f"203.0.113.{number % 250 + 1}", **headers)

    assert evaluated(guesses) == 5


def test_sec6_from_everywhere_fifty_an_hour_are_looked_at(user: User, is_full_trial: bool) -> None:
    count = 1000 if is_full_trial else 60
    assert evaluated(lambda: [guess(user.email, address=spread(number)) for number in range(count)]) == 50


def test_sec6_of_many_accounts_guessed_at_from_one_block_thirty_a_minute_are(
    make_user: Callable[..., User], is_full_trial: bool
) -> None:
    accounts = [make_user("reception").email for _ in range(500 if is_full_trial else 40)]
    assert evaluated(lambda: [guess(email) for email in accounts for _ in range(2)]) == FROM_ONE_BLOCK.most


def used_up(email: str) -> None:
    """A stranger, or a great many of them, made this account's limit of guesses from everywhere full."""
    for number in range(FROM_EVERYWHERE.most + 1):
        limits.try_once(email, address=spread(number), device="")


def test_sec6_strangers_cannot_lock_out_a_device_that_signed_in_before(user: User) -> None:
    known = Client()
    assert signs_in(user.email, address=HERE, client=known)
    known.post("/account/sign-out/")
    used_up(user.email)
    for _ in range(40):
        guess(user.email, address=HERE)
    assert MUST_WAIT in guess(user.email, address="198.200.1.1")
    assert signs_in(user.email, address=HERE, client=known)
    assert signs_in(user.email, address="198.200.2.1", client=known) or known.get("/").status_code == 200


def test_sec6_a_stranger_elsewhere_locks_out_nobody(user: User) -> None:
    """Not even on a device that was never seen; nor does one behind the clinic's own address lock colleagues out."""
    for _ in range(30):
        guess(user.email)
    assert signs_in(user.email, address=HERE)


def test_sec6_one_guessing_behind_the_clinics_address_locks_out_only_what_they_guess_at(
    user: User, make_user: Callable[..., User]
) -> None:
    for _ in range(FROM_ONE_BLOCK.most * 2):
        guess("somebody-else@clinic.example", address=HERE)
    assert signs_in(user.email, address=HERE)


def by_account_alone(account: str, *, address: str, device: str) -> Counted | None:
    """The control: limits as most have them."""
    return limits_of_all(account, address="anywhere", device="")


limits_of_all = limits.try_once


def test_sec6_control_limits_by_the_account_alone_let_a_stranger_lock_anybody_out(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Client()
    assert signs_in(user.email, address=HERE, client=known)
    known.post("/account/sign-out/")
    monkeypatch.setattr(limits, "try_once", by_account_alone)
    for _ in range(30):
        guess(user.email)
    assert not signs_in(user.email, address=HERE)
    assert not signs_in(user.email, address=HERE, client=known)


def test_sec6_a_known_device_has_a_limit_too_and_a_forged_cookie_none_of_its_own(user: User) -> None:
    known = Client()
    signs_in(user.email, address=HERE, client=known)
    known.post("/account/sign-out/")
    assert evaluated(lambda: [guess(user.email, client=known) for _ in range(20)]) == 5
    forged = Client()
    forged.cookies["device"] = known.cookies["device"].value[:-3] + "abc"
    assert evaluated(lambda: [guess(user.email, client=forged, address=spread(1)) for _ in range(20)]) == 5


def test_sec6_a_device_is_known_to_whom_it_served_alone(user: User, make_user: Callable[..., User]) -> None:
    other = make_user("reception", email="other@clinic.example", password=PASSWORD)
    known = Client()
    signs_in(user.email, address=HERE, client=known)
    known.post("/account/sign-out/")
    used_up(other.email)
    assert MUST_WAIT in guess(other.email, client=known, address=HERE)
    assert user.email not in known.cookies["device"].value
    assert (known.cookies["device"]["httponly"], known.cookies["device"]["samesite"]) == (True, "Lax")


def test_sec6_an_unknown_account_takes_the_same_work(user: User) -> None:
    """One hash, whether anybody is called so or not; and none once it has to wait."""

    def hashes(email: str, address: str) -> int:
        with mock.patch.object(ScryptPasswordHasher, "encode", autospec=True, side_effect=encode) as made:
            guess(email, address=address)
        return int(made.call_count)

    encode: Any = ScryptPasswordHasher.encode
    assert hashes(user.email, spread(1)) == hashes("nobody@clinic.example", spread(2)) == 1
    for email in (user.email, "nobody@clinic.example"):
        for _ in range(5):
            guess(email)
        assert hashes(email, STRANGER) == 0


def test_sec6_a_manager_ends_the_waiting(user: User) -> None:
    used_up(user.email)
    assert limits.locked([user.email, "other@clinic.example"]) == {user.email}
    assert not signs_in(user.email, address=HERE)
    limits.unlock(user.email)
    assert not limits.locked([user.email])
    assert signs_in(user.email, address=HERE)


def test_sec6_what_is_counted_names_nobody_and_goes(user: User) -> None:
    guess(user.email)
    with connection.cursor() as cursor:
        cursor.execute("SELECT account || place FROM web_guesscount")
        stored = str(cursor.fetchall())
        assert user.email not in stored
        assert "203.0.113" not in stored
        cursor.execute("UPDATE web_guesscount SET ends_at = now() - interval '1 second'")
    assert not limits.locked([user.email])
    assert counting.purge() == 3
    assert counting.purge() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["203.0.113.200", "::ffff:203.0.113.9"], ids=["a neighbour", "wrapped by IPv6"])
def test_sec6_neighbours_share_their_guesses_however_the_address_is_written(other: str) -> None:
    for number in range(AT_ONE_PLACE.most):
        assert limits.try_once("ash@clinic.example", address=f"203.0.113.{number}", device="")
    assert limits.try_once("ash@clinic.example", address=other, device="") is None
    assert limits.try_once("ash@clinic.example", address="::ffff:198.51.100.1", device="")

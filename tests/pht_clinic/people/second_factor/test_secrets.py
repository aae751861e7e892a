"""What codes are made from cannot be read in the database, and its key can be replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from pht_clinic.people.models import User
from pht_clinic.people.second_factor import secrets
from pht_clinic.start.keys import wrong_keys
from tests import second_factor

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def user(make_user: Callable[..., User], settings: Any) -> User:
    settings.SECOND_FACTOR_KEYS = [OLD]
    made = make_user("reception")
    second_factor.set_up(made)
    return made


@pytest.fixture
def connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start leaves no connection behind; here it is the test's own."""
    monkeypatch.setattr(connection, "close", lambda: None)


def codes(user: User) -> list[str]:
    return list(Authenticator.objects.get(user=user, type="recovery_codes").wrap().generate_codes())


def is_right(user: User) -> bool:
    return bool(Authenticator.objects.get(user=user, type="totp").wrap().validate_code(second_factor.code_of()))


def test_neither_secret_nor_seed_lies_there_in_clear(user: User) -> None:
    stored = {name: value for row in Authenticator.objects.all() for name, value in row.data.items()}
    assert second_factor.SECRET not in str(stored)
    assert secrets.decrypt(stored["secret"]) == second_factor.SECRET
    assert len(secrets.decrypt(stored["seed"])) == 80
    assert secrets.decrypt(stored["seed"]) not in str(stored)


def test_a_key_is_replaced_in_three_steps_and_nobody_notices(user: User, settings: Any) -> None:
    before = codes(user)
    settings.SECOND_FACTOR_KEYS = [NEW, OLD]
    assert codes(user) == before
    call_command("renew_second_factors")
    settings.SECOND_FACTOR_KEYS = [NEW]
    assert codes(user) == before
    assert is_right(user)


def test_without_the_key_in_use_nothing_is_renewed_and_nothing_is_read(user: User, settings: Any) -> None:
    settings.SECOND_FACTOR_KEYS = [NEW]
    with pytest.raises(CommandError, match="lacks a key that is still in use; nothing was changed"):
        call_command("renew_second_factors")
    with pytest.raises(InvalidToken):
        codes(user)
    settings.SECOND_FACTOR_KEYS = [OLD]
    assert is_right(user)


def test_a_start_with_the_wrong_key_stops_and_says_so(user: User, connection_stays: None, settings: Any) -> None:
    assert wrong_keys() == []
    settings.SECOND_FACTOR_KEYS = [NEW]
    [said] = wrong_keys()
    assert said.startswith("SECOND_FACTOR_KEYS does not open 2 of the second factors")

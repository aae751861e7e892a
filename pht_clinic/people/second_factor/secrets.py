"""What codes are made from lies encrypted in the database, under keys of its own from the environment.

A key is replaced in three steps: the new one is put before the old one in SECOND_FACTOR_KEYS, `manage.py
renew_second_factors` encrypts everything with it, and the old one goes. What other apps keep under the same keys, they
say from `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from pht_clinic.ciphers import cipher

_SALT: Final = "pht_clinic.people.second_factor"
_FIELDS: Final = ("secret", "seed")
"""Under which of these names a row holds one: of an app, and of recovery codes. A passkey has none here."""
_ALONG: Final[list[tuple[Callable[[], int], Callable[[], int]]]] = []


def kept_along(*, count_unreadable: Callable[[], int], renew: Callable[[], int]) -> None:
    """Make known what else lies under these keys: how many of it no key opens, and encrypting it with the first one."""
    _ALONG.append((count_unreadable, renew))


def encrypt(text: str) -> str:
    """As it is stored, under the first key."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """What was stored. Raises: cryptography.fernet.InvalidToken (under a key that is not there)."""
    return _cipher().decrypt(text.encode()).decode()


def count_unreadable() -> int:
    """How many rows no key of SECOND_FACTOR_KEYS opens."""
    ours = sum(not _opens(row.data[name]) for row in _rows() for name in _FIELDS if name in row.data)
    return ours + sum(count() for count, _ in _ALONG)


@transaction.atomic
def renew() -> int:
    """Encrypt every row with the first key; returns how many there are.

    Raises: cryptography.fernet.InvalidToken (one is under a key that is not there; nothing is changed).
    """
    rows = list(_rows().select_for_update())
    for row in rows:
        for name in _FIELDS:
            if name in row.data:
                row.data[name] = _cipher().rotate(row.data[name].encode()).decode()
        row.save(update_fields=["data"])
    return len(rows) + sum(along() for _, along in _ALONG)


def _rows() -> QuerySet[Authenticator]:
    return Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")


def _opens(text: str) -> bool:
    try:
        decrypt(text)
    except InvalidToken:
        return False
    return True


def _cipher() -> MultiFernet:
    return cipher(_SALT, settings.SECOND_FACTOR_KEYS)

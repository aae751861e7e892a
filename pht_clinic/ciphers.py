"""Encryption of what lies in the database, under keys made from secrets of the environment."""

import base64
from collections.abc import Iterable

from cryptography.fernet import Fernet, MultiFernet
from django.utils.crypto import salted_hmac


def cipher(salt: str, secrets: Iterable[str]) -> MultiFernet:
    """A cipher of one purpose, named by `salt`: the first secret encrypts, each of them opens what it encrypted."""
    return MultiFernet([_key(salt, secret) for secret in secrets])


def _key(salt: str, secret: str) -> Fernet:
    key = salted_hmac(salt, "encryption", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))

"""Devices on which somebody signed in before: a signed cookie says for which accounts, and opens nothing by itself."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

_SALT: Final = "pht_clinic.web.guessing.devices"
_KNOWN_FOR: Final = timedelta(days=180)
_MOST: Final = 20
"""Accounts that one device is known to: the newest stay."""


def device_of(request: HttpRequest, account: str) -> str:
    """The name of this device if it is known to the account with this email address, else ""."""
    device, accounts = _read(request)
    return device if _name(account) in accounts else ""


def make_known(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """This account signed in on this device."""
    device, accounts = _read(request)
    known = [*(one for one in accounts if one != _name(account)), _name(account)][-_MOST:]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device or secrets.token_urlsafe(16), known], salt=_SALT),
        max_age=_KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """The device's name and to which accounts it is known; nothing of a forged or old cookie."""
    try:
        device, accounts = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=_KNOWN_FOR
        )
    except signing.BadSignature:
        return "", []
    return str(device), list(accounts)


def _name(account: str) -> str:
    """What the cookie says in place of an email address, which would not be for every eye."""
    return salted_hmac(_SALT, account.strip().lower(), algorithm="sha256").hexdigest()[:16]

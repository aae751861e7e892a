"""Second factors of the tests' people: an app that shows codes, and sessions that began with one."""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth import SESSION_KEY
from django.test import Client

from pht_clinic.people.models import User

SECRET: Final = "JBSWY3DPEHPK3PXP"
PERIOD_SECONDS: Final = 30
TO_TYPE_SECONDS: Final = 12
ASKS: Final = "/account/second-factor/authenticate/"


def set_up(user: User) -> list[str]:
    """This user has an app from now on, which makes codes from SECRET, and recovery codes, which are returned."""
    TOTP.activate(user, SECRET)
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def code_of(secret: str = SECRET, *, seconds: float = 0) -> str:
    """What the app shows so many seconds from now."""
    return format_hotp_value(hotp_value(secret, int(time.time() + seconds) // PERIOD_SECONDS))


def code_to_type(secret: str = SECRET) -> str:
    """The same for whoever types it into a browser: it counts for some seconds still."""
    left = PERIOD_SECONDS - time.time() % PERIOD_SECONDS
    if left < TO_TYPE_SECONDS:
        time.sleep(left)
    return code_of(secret)


def given_in(client: Client) -> None:
    """The session of this browser began with a second factor, given just now."""
    session = client.session
    given = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [given]
    session["account_authentication_methods_user"] = session[SESSION_KEY]
    session.save()


def sign_in(client: Client, email: str, password: str, *, wanted: str = "", **extra: Any) -> Any:
    """By the page, with a recovery code of theirs where one is asked for: unlike an app's, one is there at any second.

    Returns the last answer.
    """
    typed = {"login": email, "password": password, **({"next": wanted} if wanted else {})}
    response = client.post("/account/sign-in/", typed, **extra)
    if not response.headers.get("Location", "").startswith(ASKS):
        return response
    codes = Authenticator.objects.get(user__email=email.lower(), type=Authenticator.Type.RECOVERY_CODES)
    return client.post(response.headers["Location"], {"code": codes.wrap().get_unused_codes()[0]})

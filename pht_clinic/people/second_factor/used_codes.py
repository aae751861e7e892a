"""No code of an app is good twice, in whichever of its 90 seconds: the newest step that was used is kept with it.

A code counts for its own 30 s and, as clocks differ, the 30 s before and after (MFA_TOTP_TOLERANCE). Of those an app
made before the newest used one, none is good any more. Source: RFC 6238, section 5.2.
"""

from __future__ import annotations

from typing import Final

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import connection

from pht_clinic.people.models import User
from pht_clinic.people.second_factor.secrets import decrypt

_KEPT_AS: Final = "used_step"
_USE_UP: Final = """
    UPDATE mfa_authenticator SET data = jsonb_set(data, ARRAY[%s], to_jsonb(%s::bigint))
     WHERE id = %s AND coalesce((data ->> %s)::bigint, -1) < %s
"""


def use_up(app: Authenticator, code: str) -> bool:
    """Whether this code is right and was not used before; it is used now, and of two who come at once by one."""
    step = _step(app, code)
    if step is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_USE_UP, [_KEPT_AS, step, app.pk, _KEPT_AS, step])
        return bool(cursor.rowcount)


def is_used(user: User, code: str) -> bool:
    """Whether the app of this user shows this code about now, and it, or a later one, was used."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    step = None if app is None else _step(app, code)
    return app is not None and step is not None and step <= app.data.get(_KEPT_AS, -1)


def _step(app: Authenticator, code: str) -> int | None:
    """The newest step, of those that count now, in which the app shows this code; None for a wrong one."""
    secret = decrypt(app.data["secret"])
    steps = sorted(yield_hotp_counters_from_time(), reverse=True)
    shown = ((step, format_hotp_value(hotp_value(secret, step))) for step in steps)
    return next((step for step, text in shown if compare_user_code(actual=code, expected=text)), None)

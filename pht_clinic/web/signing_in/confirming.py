"""Before what can do most harm somebody proves once more that it is they: by password, code or passkey.

It is asked of sessions in a browser. A program with a token has nobody to ask; its token was made for what it does.
"""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pht_clinic.people.models import User
from pht_clinic.web.typed_work.arriving import through_door

SENTENCE = "Confirm first who you are, at /account/confirm/."


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this session began, or was confirmed, within the last CONFIRMED_SECONDS."""
    user = request.user if isinstance(request.user, User) else None
    proofs = get_authentication_records(request, user)
    return any(time.time() - float(one["at"]) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for one in proofs)


def to_confirm(request: HttpRequest) -> HttpResponse:
    """Confirm first, then come back to the page; what was typed is kept on the way, and nothing is done with it."""
    return through_door(request, reverse("account_reauthenticate"))

"""Secrets of endpoints, and what they sign: the scheme of Standard Webhooks, by its own library.

Secrets lie encrypted in the database, under the keys of second factors.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Final

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from standardwebhooks import Webhook

from pht_clinic.ciphers import cipher
from scheduling.models import WebhookEndpoint

OLD_SECRET_LASTS: Final = timedelta(hours=24)
"""How long what is sent is signed with the old secret too, after a new one was made."""
_PREFIX: Final = "whsec_"
_BYTES: Final = 32
"""Standard Webhooks asks for 24 to 64."""
_SALT: Final = "scheduling.webhooks"


def new_secret() -> str:
    """A random secret, as receivers are given it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def encrypt(secret: str) -> str:
    """As it is stored, under the first key."""
    return _cipher().encrypt(secret.encode()).decode()


def headers_for(endpoint: WebhookEndpoint, *, event_id: str, body: str, at: datetime, now: datetime) -> dict[str, str]:
    """The headers that prove who sent a body: one signature, two while an old secret still counts.

    `at` is the moment of this try in UTC by the real clock, for receivers compare it with theirs; `now` is the
    product's clock. Boundary: at `old_secret_until` the old one counts no more.

    Raises: cryptography.fernet.InvalidToken (a key is missing).
    """
    stored = [endpoint.secret]
    if endpoint.old_secret_until is not None and now < endpoint.old_secret_until:
        stored.append(endpoint.old_secret)
    signatures = [Webhook(_decrypt(one)).sign(event_id, at, body) for one in stored]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def count_unreadable() -> int:
    """How many secrets no key opens."""
    return sum(not _opens(stored) for row in WebhookEndpoint.objects.filter(ended_at=None) for stored in _of(row))


@transaction.atomic
def renew() -> int:
    """Encrypt every secret with the first key; returns of how many endpoints.

    Raises: cryptography.fernet.InvalidToken (one is under a key that is not there; nothing is changed).
    """
    rows = list(WebhookEndpoint.objects.filter(ended_at=None).select_for_update(no_key=True))
    for row in rows:
        row.secret = _rotated(row.secret)
        row.old_secret = _rotated(row.old_secret) if row.old_secret else ""
        row.save(update_fields=["secret", "old_secret"])
    return len(rows)


def _of(row: WebhookEndpoint) -> list[str]:
    return [stored for stored in (row.secret, row.old_secret) if stored]


def _opens(stored: str) -> bool:
    try:
        _decrypt(stored)
    except InvalidToken:
        return False
    return True


def _decrypt(stored: str) -> str:
    return _cipher().decrypt(stored.encode()).decode()


def _rotated(stored: str) -> str:
    return _cipher().rotate(stored.encode()).decode()


def _cipher() -> MultiFernet:
    return cipher(_SALT, settings.SECOND_FACTOR_KEYS)

"""Forms that arrived without a session: kept encrypted for 24 hours by the database's clock, a few for each user.

Nothing is done with what is kept: it waits for whoever typed it. It never stands in a log, and its row says in clear
only whose it is, when it came, and the address of its page, which names nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import QueryDict

from pht_clinic.ciphers import cipher
from pht_clinic.people.models import User
from pht_clinic.web.models import KeptForm
from pht_clinic.web.typed_work.given import Kept
from pht_clinic.web.typed_work.note import FIELD

MOST_PER_USER = 20
"""The newest stay: whoever holds one note cannot fill the disk. A body is at most MAX_BODY_BYTES (RequestGate)."""
KEPT_FOR = timedelta(hours=24)
_SALT = "pht_clinic.web.typed_work.keeping"
# What a form holds besides what was typed; `next` says where its button leads on to.
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", FIELD, "next"})
_PURGE = """
    DELETE FROM web_keptform WHERE id IN (
        SELECT id FROM web_keptform WHERE created_at <= now() - interval '24 hours'
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


def typed_in(sent: QueryDict) -> dict[str, list[str]]:
    """The fields that were typed into, as they were sent: no token, no note, never a password, never a file."""
    return {
        name: [str(value) for value in values]
        for name, values in sent.lists()
        if name not in _NOT_TYPED and "password" not in name.lower()
    }


def keep(sent: QueryDict, *, user_id: int, address: str) -> bool:
    """Keep what was typed for this user; answers whether there was anything. The same sent twice is kept once."""
    typed = typed_in(sent)
    if not any(value.strip() for values in typed.values() for value in values):
        return False
    with transaction.atomic():
        # one after the other, so that two that arrive at once cannot pass the limit together
        if not User.objects.select_for_update().filter(pk=user_id, is_active=True).exists():
            return False
        same = [kept.pk for kept in _opened(_of(user_id).filter(address=address)) if typed_in(kept.typed) == typed]
        KeptForm.objects.filter(pk__in=same).delete()
        KeptForm.objects.create(user_id=user_id, address=address, body=_cipher().encrypt(json.dumps(typed).encode()))
        newest = KeptForm.objects.filter(user=user_id).order_by("-pk").values("pk")[:MOST_PER_USER]
        KeptForm.objects.filter(user=user_id).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    return True


def is_kept_for(user_id: int) -> bool:
    """Whether anything waits for this user."""
    return _of(user_id).exists()


def kept_for(user_id: int) -> list[Kept]:
    """What waits for this user, the newest first."""
    return list(_opened(_of(user_id)))


def drop(kept_id: int, *, user_id: int, path: str = "") -> None:
    """Forget one, if it is this user's and, where a path is given, of the page there."""
    rows = KeptForm.objects.filter(pk=kept_id, user=user_id)
    if not path or any(row.address.partition("?")[0] == path for row in rows):
        rows.delete()


def purge(*, limit: int = 1000) -> int:
    """Remove up to `limit` that are older than 24 hours by the database's clock; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [limit])
        return int(cursor.rowcount)


def _of(user_id: int) -> QuerySet[KeptForm]:
    return KeptForm.objects.filter(user=user_id, created_at__gt=Now() - KEPT_FOR).order_by("-pk")


def _opened(rows: QuerySet[KeptForm]) -> Iterator[Kept]:
    """Each row with what was typed; one whose key is gone can be read by nobody, and is none."""
    opens = _cipher()
    for row in rows:
        try:
            fields: dict[str, list[str]] = json.loads(opens.decrypt(bytes(row.body)))
        except InvalidToken:
            continue
        typed = QueryDict(mutable=True)
        for name, values in fields.items():
            typed.setlist(name, values)
        yield Kept(row.pk, row.address, row.created_at, typed)


def _cipher() -> MultiFernet:
    """Keys of their own, made from SECRET_KEY; earlier keys still open what was kept under them."""
    return cipher(_SALT, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))

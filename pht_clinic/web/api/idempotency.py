"""A request repeated with its Idempotency-Key gets its first answer and changes nothing more.

What is kept of a view that `answers_secrets` is encrypted, under the keys of second factors.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pht_clinic.ciphers import cipher
from pht_clinic.errors import Conflict, Invalid, Refusal
from pht_clinic.web.models import IdempotencyKey
from pht_clinic.web.viewing import note_viewed, viewing_of

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
_LONGEST_KEY = 255
_SALT: Final = "pht_clinic.web.api.idempotency"

_Method = Callable[..., HttpResponseBase]

# Waits for a transaction that holds the same key (at most lock_timeout, then 503). An expired key is
# taken over. No row comes back when the key is alive, and then its answer is committed.
_CLAIM = """
    INSERT INTO web_idempotencykey AS held
        (user_id, path, key, body_digest, status, content_type, location, body, patient_ids, viewed_what, created_at)
    VALUES (%s, %s, %s, %s, NULL, '', '', '', '[]', '', now())
    ON CONFLICT (user_id, path, key) DO UPDATE
        SET body_digest = EXCLUDED.body_digest, status = NULL, created_at = now()
        WHERE held.created_at <= now() - interval '24 hours'
    RETURNING id
"""
_PURGE = """
    DELETE FROM web_idempotencykey WHERE id IN (
        SELECT id FROM web_idempotencykey
        WHERE created_at <= now() - interval '24 hours'
        ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


class AnswerLost(Conflict):
    """The first answer was encrypted with a key that is gone."""

    code = "answer-lost"
    sentence = f"This {HEADER} was used, and what was answered then cannot be read any more. Look what stands now."


def idempotent(method: _Method) -> _Method:
    """Decorator for a handler of an API view. Without the header it does nothing.

    1. The key's row is inserted, first of all, in an outer transaction.
    2. The handler runs; its use case's own `atomic()` is a savepoint in it.
    3. The answer is stored in the row, and all of it is committed together.

    An expected refusal is an answer and is kept; its use case's savepoint has undone what it must. A 5xx
    and every other exception roll the whole transaction back, key included. Costs four statements: insert,
    savepoint, release, update.
    """

    @wraps(method)
    def guarded(view: APIView, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        _check_key(key)
        digest = _digest(request)
        with transaction.atomic():
            row_id = _claim(request, key, digest)
            if row_id is None:
                return _first_answer(view, request, key, digest)
            response = _answer(view, lambda: method(view, request, *args, **kwargs))
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                _keep(row_id, view, request, response)
            return response

    return guarded


def purge(*, limit: int = 1000) -> int:
    """Remove up to `limit` keys older than 24 hours by the database's clock; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PURGE, [limit])
        return int(cursor.rowcount)


def _check_key(key: str) -> None:
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(sentence=f"{HEADER} must be 1 to {_LONGEST_KEY} printable ASCII characters.")


def _digest(request: Request) -> str:
    """Of what the body says: the order of keys and the space between them do not matter."""
    canonical = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _claim(request: Request, key: str, digest: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [request.user.pk, request.path, key, digest])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _first_answer(view: APIView, request: Request, key: str, digest: str) -> HttpResponse:
    assert request.user.is_authenticated  # noqa: S101 - permissions came before
    row = IdempotencyKey.objects.get(user=request.user, path=request.path, key=key)
    if row.body_digest != digest:
        raise Invalid(sentence=f"This {HEADER} was used with another body.", code="idempotency-key-reused")
    if row.patient_ids:
        note_viewed(request, patients=row.patient_ids, what=row.viewed_what)
    headers = {REPLAYED_HEADER: "true"} | ({"Location": row.location} if row.location else {})
    return HttpResponse(_opened(view, row.body), status=row.status, content_type=row.content_type, headers=headers)


def _answer(view: APIView, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return run()
    except (Refusal, APIException) as error:
        return view.handle_exception(error)


def _keep(row_id: int, view: APIView, request: Request, response: HttpResponseBase) -> None:
    viewing = viewing_of(request._request)
    IdempotencyKey.objects.filter(pk=row_id).update(
        status=response.status_code,
        content_type=_content_type(response),
        body=_sealed(view, _body(response)),
        location=response.headers.get("Location", ""),
        patient_ids=sorted(viewing.patients) if viewing else [],
        viewed_what=viewing.what if viewing else "",
    )


def _sealed(view: APIView, body: str) -> str:
    """As it is stored."""
    return _cipher().encrypt(body.encode()).decode() if _answers_secrets(view) else body


def _opened(view: APIView, stored: str) -> str:
    """As it was answered. Raises: AnswerLost."""
    if not _answers_secrets(view):
        return stored
    try:
        return _cipher().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise AnswerLost from None


def _answers_secrets(view: APIView) -> bool:
    return bool(getattr(view, "answers_secrets", False))


def _cipher() -> MultiFernet:
    return cipher(_SALT, settings.SECOND_FACTOR_KEYS)


def _body(response: HttpResponseBase) -> str:
    if isinstance(response, Response):
        return "" if response.data is None else JSONRenderer().render(response.data).decode()
    assert isinstance(response, HttpResponse)  # noqa: S101 - a streamed answer cannot be kept
    return response.content.decode()


def _content_type(response: HttpResponseBase) -> str:
    if isinstance(response, Response):
        return "application/json"
    return response.headers.get("Content-Type", "")

"""Refusals and failures as RFC 9457 problem documents."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeGuard

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.exceptions import APIException, ErrorDetail

from pht_clinic.errors import (
    Busy,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    Missing,
    NothingCanBeSaved,
    Refusal,
    field_words,
    naming,
    pointer_step,
)
from pht_clinic.watching.counts import BUSY

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
_STATUS: dict[type[Refusal], int] = {Invalid: 422, Forbidden: 403, Missing: 404, Conflict: 409, Busy: 503}
_NO_CHANGES = frozenset({"25006", "53100", "58030"})
"""A read-only transaction, a full disk, a disk that cannot be written. Source: PostgreSQL, appendix A."""
_NON_FIELD = "non_field_errors"


def problem(
    status: int,
    *,
    detail: str = "",
    code: str = "",
    errors: Iterable[FieldError] = (),
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """A problem document; `extra` adds members and cannot replace the standard ones."""
    title = HTTPStatus(status).phrase
    document: dict[str, object] = {
        **(extra or {}),
        "type": f"urn:pht-clinic:problem:{code}" if code else "about:blank",
        "title": title,
        "status": status,
        "detail": detail or title,
        "errors": [{"pointer": error.pointer, "detail": _sentence(error)} for error in errors],
    }
    return JsonResponse(document, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def _sentence(error: FieldError) -> str:
    """What is wrong, in a sentence that names the field; of the body as a whole as it stands."""
    return naming(field_words(error.pointer), error.detail) if "/" in error.pointer else error.detail


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; a plain `Refusal` is a 409."""
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 409)


def of_refusal(refusal: Refusal) -> JsonResponse:
    """The problem document of a refusal."""
    return problem(
        status_of(refusal),
        detail=refusal.sentence,
        code=refusal.code,
        errors=refusal.errors if isinstance(refusal, Invalid) else (),
        extra=refusal.extra,
        headers={"Retry-After": str(refusal.retry_after_seconds)} if isinstance(refusal, Busy) else None,
    )


def refusal_of(error: Exception) -> Refusal | None:
    """What an exception means to whoever asked; None is for a failure of ours (500).

    A value that the database cannot hold or a constraint that no check came before is logged, because a
    use case should have refused it with better words.
    """
    if isinstance(error, Refusal):
        return error
    if takes_no_changes(error):
        log.error("the database takes no changes: %s", _sqlstate(error))
        return NothingCanBeSaved()
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database did not answer: %s %s", type(error).__name__, _sqlstate(error))
        BUSY.labels("no answer").inc()
        return Busy()
    if isinstance(error, DataError):
        log.warning("value refused by the database: %s", _sqlstate(error))
        return Invalid(sentence="A value is out of range.")
    if isinstance(error, IntegrityError):
        log.error("constraint refused: %s %s", _sqlstate(error), _constraint(error))
        return Conflict()
    if isinstance(error, Http404):
        return Missing()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, DjangoValidationError):
        return Invalid(list(field_errors(_plain(error))))
    return None


def takes_no_changes(error: BaseException | None) -> TypeGuard[DatabaseError]:
    """Whether the database refused to write anything at all; not that it refused this."""
    return isinstance(error, DatabaseError) and _sqlstate(error) in _NO_CHANGES


def is_away(error: BaseException | None) -> bool:
    """Whether the database did not answer, or takes no changes: it may well do so again in a moment."""
    return isinstance(error, OperationalError | InterfaceError) or takes_no_changes(error)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """The API's exception handler; None lets the exception become a logged 500."""
    if isinstance(error, APIException):
        return _of_api_exception(error)
    if isinstance(error, RequestDataTooBig):
        return problem(413, detail="The body is too large.")
    if isinstance(error, SuspiciousOperation):
        return problem(400, detail="The request is malformed.")
    refusal = refusal_of(error)
    if refusal is None:
        return None
    return of_refusal(refusal)


def _of_api_exception(error: APIException) -> HttpResponse:
    if isinstance(error, exceptions.ValidationError):
        return of_refusal(Invalid(list(field_errors(error.detail))))
    headers: dict[str, str] = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    detail = error.detail if isinstance(error.detail, str) else str(error.default_detail)
    if isinstance(error, exceptions.Throttled):
        detail = f"Too many requests in a minute. Try again in {headers.get('Retry-After', '60')} seconds."
    code = error.detail.code if isinstance(error.detail, ErrorDetail) else ""
    return problem(error.status_code, detail=detail, code=str(code).replace("_", "-"), headers=headers)


def field_errors(detail: Any, pointer: str = "#") -> Iterator[FieldError]:
    """Every leaf of nested serializer errors, with the pointer to its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == _NON_FIELD else "/" + pointer_step(str(name))
            yield from field_errors(inner, pointer + step)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            # a list of texts belongs to one field, a list of objects to its items
            step = f"/{index}" if isinstance(inner, Mapping | list) else ""
            yield from field_errors(inner, pointer + step)
    else:
        yield FieldError(pointer, str(detail))


def _plain(error: DjangoValidationError) -> Any:
    return error.message_dict if hasattr(error, "error_dict") else {_NON_FIELD: error.messages}


def _sqlstate(error: DatabaseError | InterfaceError) -> str:
    return str(getattr(error.__cause__, "sqlstate", None) or "-")


def _constraint(error: DatabaseError) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnostics, "constraint_name", None) or "-")

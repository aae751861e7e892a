"""What cannot be done, as an OperationOutcome: every refusal of this door, with everything that is wrong.

Source: HL7, FHIR R4 (4.0.1), "OperationOutcome" and the value set issue-type, https://hl7.org/fhir/R4/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse
from fhir.resources.R4B.operationoutcome import OperationOutcome, OperationOutcomeIssue
from fhir.resources.R4B.resource import Resource
from rest_framework import exceptions
from rest_framework.exceptions import APIException

from injections.doors.fhir.values import NotUnderstood
from pht_clinic.errors import Busy, FieldError, Invalid, Refusal
from pht_clinic.web import problem

CONTENT_TYPE: Final = "application/fhir+json"
_CODES: Final[Mapping[int, str]] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    413: "too-long",
    414: "too-long",
    415: "not-supported",
    417: "not-supported",
    422: "processing",
    429: "throttled",
    431: "too-long",
    501: "not-supported",
    503: "transient",
}
_FAILED: Final = "exception"


class WrongResource(Invalid):
    """A resource that was sent is none, or not one of the kind that is taken here; pointers lead into it."""

    code = "structure"
    sentence = "This is not such a resource."


def sent(
    resource: Resource, status: int = 200, *, headers: Mapping[str, str] | None = None, is_pretty: bool = False
) -> HttpResponse:
    """A resource as it leaves."""
    body = resource.model_dump_json(indent=2 if is_pretty else None)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def issue(code: str, words: str, *, severity: str = "error", expression: str = "") -> OperationOutcomeIssue:
    """One thing to say; `expression` is the path of the element that it is about."""
    return OperationOutcomeIssue(
        severity=severity, code=code, diagnostics=words, expression=[expression] if expression else None
    )


def outcome(issues: Iterable[OperationOutcomeIssue]) -> OperationOutcome:
    return OperationOutcome(issue=list(issues))


def refused(status: int, *, detail: str = "", headers: Mapping[str, str] | None = None) -> HttpResponse:
    """That something cannot be done, with this status, in one sentence."""
    words = detail or HTTPStatus(status).phrase
    return sent(outcome([issue(_CODES.get(status, _FAILED), words)]), status, headers=headers)


def of_refusal(refusal: Refusal) -> HttpResponse:
    """An expected "no": of what was sent each element that is wrong is named."""
    status = 400 if isinstance(refusal, NotUnderstood | WrongResource) else problem.status_of(refusal)
    wait = {"Retry-After": str(refusal.retry_after_seconds)} if isinstance(refusal, Busy) else None
    if isinstance(refusal, Invalid) and refusal.errors:
        code = refusal.code if isinstance(refusal, WrongResource) else _CODES[status]
        return sent(outcome(_about(error, code) for error in refusal.errors), status)
    return refused(status, detail=refusal.sentence, headers=wait)


def _about(error: FieldError, code: str) -> OperationOutcomeIssue:
    path = path_of(error.pointer)
    is_element = path[:1].isupper()
    return issue(code, f"{path}: {error.detail}" if path else error.detail, expression=path if is_element else "")


def path_of(pointer: str) -> str:
    """Where a pointer leads, as FHIRPath: `#/Appointment/participant/0/actor` is Appointment.participant[0].actor."""
    path = ""
    for step in pointer.removeprefix("#").split("/")[1:]:
        word = step.replace("~1", "/").replace("~0", "~")
        path += f"[{word}]" if word.isdigit() else f"{'.' if path else ''}{word}"
    return path


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """This door's; None lets the exception become a logged 500."""
    if isinstance(error, APIException):
        return _of_api_exception(error)
    if isinstance(error, RequestDataTooBig):
        return refused(413, detail="The body is too large.")
    if isinstance(error, SuspiciousOperation):
        return refused(400, detail="The request is malformed.")
    refusal = problem.refusal_of(error)
    return None if refusal is None else of_refusal(refusal)


def _of_api_exception(error: APIException) -> HttpResponse:
    """The same as the API says of it, in the words of this door."""
    said = problem.exception_handler(error, {})
    assert said is not None  # noqa: S101 - every exception of the framework has an answer
    kept = ("WWW-Authenticate", "Retry-After", "Allow")
    headers = {name: said.headers[name] for name in kept if name in said.headers}
    detail = error.detail if isinstance(error.detail, str) else ""
    if isinstance(error, exceptions.Throttled):
        detail = f"Too many requests in a minute. Try again in {headers.get('Retry-After', '60')} seconds."
    return refused(said.status_code, detail=str(detail), headers=headers)

"""Errors for people and for programs: the same answer as a page, or to programs in their own dialect."""

import sys
from http import HTTPStatus
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme
from django.utils.translation import gettext_noop

from pht_clinic.errors import Busy, Invalid, NothingCanBeSaved, Refusal
from pht_clinic.web import problem
from pht_clinic.web.dialects import PROBLEMS, Dialect, dialect_of
from pht_clinic.web.pages.context import clinic
from pht_clinic.web.typed_work.arriving import with_an_old_token

_PLAIN_PATHS = ("/healthz", "/readyz", "/metrics")
_OLD_TOKEN = "CSRF token from"  # noqa: S105 - how the reason begins that the page's own token is another now
# These must not need the session or the database: they also tell that one of them is missing.
_BARE = frozenset({400, 413, 414, 417, 431, 500, 501, 503})


def answer(
    request: HttpRequest, status: int, *, detail: str = "", retry_after_seconds: int | None = None
) -> HttpResponse:
    """The answer with this status and sentence, in the form that the address calls for."""
    headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
    if (dialect := _dialect_of(request)) is not None:
        return dialect.say(status, detail=detail, headers=headers)
    return _page(request, status, detail, headers)


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer to a refusal that a page view did not show itself."""
    if (dialect := _dialect_of(request)) is not None:
        return dialect.of_refusal(refusal)
    wait = refusal.retry_after_seconds if isinstance(refusal, Busy) else None
    details = [error.detail for error in refusal.errors] if isinstance(refusal, Invalid) else []
    return answer(
        request,
        problem.status_of(refusal),
        detail=" ".join(dict.fromkeys(details)) or refusal.sentence,
        retry_after_seconds=wait,
    )


def bad_request(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Django's handler400. A session that could not be stored is no fault of the request, if nothing can be stored."""
    while exception.__context__ is not None:
        exception = exception.__context__
        if problem.is_away(exception):
            return _away(request, exception)
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404. An address that lacks its last slash leads to the page, as a patient's link does that a mail
    program cut, and nothing of it is lost. What was sent there would be, so it is not.
    """
    whole = f"{request.path}/"
    if request.method in ("GET", "HEAD") and _dialect_of(request) is None and is_valid_path(whole):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{escape_leading_slashes(quote(whole))}{'?' if query else ''}{query}")
    return answer(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What the limits of signing in answer with."""
    return answer(request, 429, retry_after_seconds=60)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that is away, wherever it was missed, is a 503."""
    error = sys.exc_info()[1]
    return _away(request, error) if problem.is_away(error) else answer(request, 500)


def _away(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    if problem.takes_no_changes(error):
        return answer_refusal(request, NothingCanBeSaved())
    return answer(request, 503, retry_after_seconds=Busy().retry_after_seconds)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was sent from elsewhere, or from a page that was open for too long.

    A page of signing in is too old as soon as somebody signs in in another tab: whoever is signed in goes on from here.
    A form of ours that outlived its session is not acted on, and given back to whom it was made for.
    """
    match = request.resolver_match
    if match and match.view_name == "account_login" and reason.startswith(_OLD_TOKEN):
        return _go_on(request)
    if (given_back := with_an_old_token(request)) is not None:
        return given_back
    return answer(
        request, 403, detail=gettext_noop("This page was open for too long. Go back, reload it and try again.")
    )


def _go_on(request: HttpRequest) -> HttpResponse:
    """To the page that was asked for, if it is one of ours; who is not signed in is asked once more on the way."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    if request.user.is_authenticated:
        messages.info(request, f"You are signed in as {request.user.get_full_name()}.")
    return redirect(wanted if is_ours else "home")


def _page(request: HttpRequest, status: int, detail: str, headers: dict[str, str]) -> HttpResponse:
    context: dict[str, object] = {"status": status, "detail": detail, "phrase": HTTPStatus(status).phrase}
    template = f"{status}.html" if status in (400, 403, 404, 429, 500, 503) else "error.html"
    if status in _BARE:
        page = render_to_string(template, {**clinic(request), **context})
        return HttpResponse(page, status=status, headers=headers)
    response = render(request, template, context, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _dialect_of(request: HttpRequest) -> Dialect | None:
    return PROBLEMS if request.path in _PLAIN_PATHS else dialect_of(request.path)

"""What every page view ends with: render and note whose page it is, or act, say what happened and go back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal
from pht_clinic.web.typed_work.given import given_back
from pht_clinic.web.viewing import note_viewed

PER_PAGE = 30
"""Rows of a list on one page."""


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    shows: Iterable[int] = (),
    what: str = "",
    opens: int | None = None,
) -> HttpResponse:
    """Render a page that shows these patients; a form that was refused makes it a 422, one given back does not.

    `what` names the action where it is not the route that does, `opens` is the patient whose own page it is
    (`note_viewed`).
    """
    shown = list(shows)
    if shown:
        note_viewed(request, patients=shown, what=what, opened=opens)
    form = (context or {}).get("form")
    refused = form is not None and form.is_bound and bool(form.errors) and given_back(request) is None
    return render(request, template, dict(context or {}), status=422 if refused else 200)


def form_data(request: HttpRequest) -> QueryDict | None:
    """What a page's form is bound to: what was sent, be it nothing; on a look, what is given back, if anything.

    A form of which something is always sent says `request.POST or None`, which is the same.
    """
    return request.POST if request.method == "POST" or request.POST else None


def part_of(
    request: HttpRequest, rows: Sequence[Any] | QuerySet[Any], *, size: int = PER_PAGE, named: str = "page"
) -> Page[Any]:
    """The page of a list that the address asks for, by `page` or its own name, else the first; one more query for a
    query set.
    """
    return Paginator(rows, size).get_page(request.GET.get(named))


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; going back in the browser wants the whole."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def act(
    request: HttpRequest, deed: Callable[[], object], *, said: str | Callable[[], str], back: str
) -> HttpResponseRedirect:
    """Do something, say so, and go back to where the button was. A refusal is said there too. `said` may be a function
    that is asked afterwards.
    """
    try:
        deed()
    except (Forbidden, Missing):
        raise
    except Refusal as refusal:
        messages.error(request, _why(refusal))
    else:
        messages.success(request, said if isinstance(said, str) else said())
    return go_back(request, back)


def _why(refusal: Refusal) -> str:
    """Every reason there is: beside a button no field could show its own."""
    if isinstance(refusal, Invalid) and refusal.errors:
        return " ".join(error.detail for error in refusal.errors)
    return refusal.sentence


def go_back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """To the page named by the form's `next`, if it is one of ours, else to `fallback`."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(wanted if wanted.startswith("/") and is_ours else fallback)

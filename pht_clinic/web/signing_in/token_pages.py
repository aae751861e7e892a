"""Tokens and sessions on pages: what lets in as oneself, and ending it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page, part_of
from pht_clinic.web.signing_in import open_sessions
from pht_clinic.web.signing_in.own_tokens import revoke, sign_out_everywhere, tokens_shown_to


@permitted("keep-tokens")
def own_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens that work, one's own or everybody's; one's own sessions, and the buttons that end them."""
    by = actor_of(request.user)
    sessions = [(row, open_sessions.is_this(row, request)) for row in open_sessions.sessions_of(by)]
    return page(request, "tokens/list.html", {"rows": part_of(request, tokens_shown_to(by)), "sessions": sessions})


@require_POST
@permitted("keep-tokens")
def session_end_one(request: HttpRequest, session_id: int) -> HttpResponse:
    """One of one's own sessions ends."""
    return act(
        request,
        lambda: open_sessions.end_one(session_id, by=actor_of(request.user), now=clock.now()),
        said="That session has ended.",
        back="own-tokens",
    )


@require_POST
@permitted("keep-tokens")
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """A token works no more."""
    return act(
        request,
        lambda: revoke(token_id, by=actor_of(request.user), now=clock.now()),
        said="The token no longer works.",
        back="own-tokens",
    )


@require_POST
@permitted("keep-tokens")
def sign_out_all(request: HttpRequest) -> HttpResponse:
    """Every session of one's own ends, and one signs in afresh here."""
    assert isinstance(request.user, User)  # noqa: S101 - `permitted` lets nobody else come so far
    sign_out_everywhere(request.user, by=actor_of(request.user), now=clock.now())
    return redirect("home")  # which leads to signing in

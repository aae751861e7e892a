"""A form that arrives when its session is over is never acted on: it is kept, and its page comes after signing in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from pht_clinic.people.models import User
from pht_clinic.web.pages.fresh import UNATTENDED
from pht_clinic.web.signing_in.session_age import has_session
from pht_clinic.web.typed_work.keeping import drop, is_kept_for, keep
from pht_clinic.web.typed_work.note import SignedNote, note_of, page_of

SAID = "Your session ended. Sign in again: what you typed is kept for 24 hours."
SAID_AT_A_DOOR = "What you typed is kept for 24 hours."
_WAITS = "typed_work_waits"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A form with a valid note, sent without its session: where it goes on, and whether anything typed is kept."""

    note: SignedNote
    back: str
    is_kept: bool


def arrived(request: HttpRequest) -> Arrived | None:
    """Keep what this form holds for whom it was made; None for one without a valid note.

    It goes on at the address to which it was sent: there each page shows its form again. A button with nothing to type
    goes on where it stood, and so does what only a part of a page asked for.
    """
    note = note_of(request)
    if note is None:
        return None
    address = page_of(request)
    is_kept = keep(request.POST, user_id=note.user_id, address=address)
    if is_kept and note.kept_id:
        # what it was filled from the last time, of the same page: this is the later text of it
        drop(note.kept_id, user_id=note.user_id, path=request.path)
    return Arrived(note, address if is_kept else note.page, is_kept)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in first, then come back to the page: for a part of a page, to the page that asked for it.

    What an open page asks for by itself is answered with nothing: it must not lead away whoever is typing there.
    """
    return _through(request, resolve_url(settings.LOGIN_URL), said=SAID)


def through_door(request: HttpRequest, door: str) -> HttpResponse:
    """Somebody signed in proves first, at the address `door`, that it is they; then comes back, as from signing in."""
    response = _through(request, door, said=SAID_AT_A_DOOR)
    if isinstance(request.user, User):
        look_for_typed_work(request, request.user)
    return response


def _through(request: HttpRequest, door: str, *, said: str) -> HttpResponse:
    if UNATTENDED in request.headers and request.method == "GET":
        return HttpResponse(status=204)
    if (form := arrived(request)) is not None:
        if form.is_kept:
            messages.warning(request, said)
        return _lead(request, redirect_to_login(form.back, door).url)
    if HtmxDetails(request):
        return _lead(request, redirect_to_login(HtmxDetails(request).current_url_abs_path or "/", door).url)
    # an address to come back to is only of use if it can be fetched again
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/", door)


def with_an_old_token(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form whose token is not this session's, as after signing in again in another tab.

    Whoever it was made for gets it back at once, not acted on. None where there is nothing to give back to who is here:
    then it is refused, kept all the same for whom it was made.
    """
    if not request.user.is_authenticated:
        return to_sign_in(request) if note_of(request) else None
    form = arrived(request)
    if form is None or not form.is_kept or form.note.user_id != request.user.pk:
        return None
    look_for_typed_work(request, request.user)
    return _lead(request, form.back)


def look_for_typed_work(request: HttpRequest, user: User) -> None:
    """Note in a session that has just begun whether something waits: others need not ask the database."""
    if is_kept_for(user.pk):
        request.session[_WAITS] = True


def waits(request: HttpRequest) -> bool:
    """Whether something was kept for whoever is signed in when this session began, and may be still."""
    return bool(has_session(request) and request.user.is_authenticated and request.session.get(_WAITS))


def waits_no_more(request: HttpRequest) -> None:
    request.session.pop(_WAITS, None)


def _lead(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if HtmxDetails(request) else redirect(address)

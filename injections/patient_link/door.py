"""The door of the patient's pages: a link that holds, then the date of birth. Behind it, one session opens one link."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from injections.patient_link import own_visit
from injections.patient_link.forms import BirthForm, wrong_date_of_birth
from injections.patient_link.own_language import speak_as
from pht_clinic import clock
from pht_clinic.audit.repeats import note_often
from pht_clinic.people.actors import PATIENT, STRANGER, actor_of
from pht_clinic.permissions import check_permitted
from pht_clinic.web.viewing import note_viewed
from scheduling.patients.link import Link, State, follow, is_closed

_OPENED = "patient_links"
_OPEN_FOR_SECONDS = 2 * 60 * 60
# After the date of birth only these pages can be gone on to: nothing else is taken from the form.
_PAGES = ("asked", "questions", "recovery", "change", "another", "cancel")
_HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow",
    # The pages themselves soften it to same-origin (patient/base.html), else browsers send their forms without origin.
    "Referrer-Policy": "no-referrer",
}
_View = Callable[[HttpRequest, Link], HttpResponse]
_Page = Callable[..., HttpResponse]


def behind_the_door(*methods: str, page: str = "") -> Callable[[_View], _Page]:
    """A page of a patient's link; `page` is its name where the door may lead on to it."""

    def decorate(view: _View) -> _Page:
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            link = follow(token)
            speak_as(link)
            if link is None or link.state is not State.OPEN:
                return sealed(_does_not_hold(request, link))
            if is_staff(request):
                return sealed(_to_staff(request, link, view))
            if not is_open(request, link):
                status = 200 if request.method in ("GET", "HEAD") else 403
                return sealed(_door(request, link, BirthForm(initial={"to": page}), status=status))
            note_viewed(request, patients=[link.patient.pk], by=PATIENT)
            return sealed(view(request, link))

        return guarded

    return decorate


def is_staff(request: HttpRequest) -> bool:
    """Whether somebody of the clinic looks, and not the patient. Raises: Forbidden (of the clinic, without a role)."""
    if not request.user.is_authenticated:
        return False
    check_permitted("read-patients", actor_of(request.user))
    return True


def _to_staff(request: HttpRequest, link: Link, view: _View) -> HttpResponse:
    """Staff see the page as the patient does, under their own name, and do nothing in the patient's."""
    if request.method not in ("GET", "HEAD"):
        return refused_to_staff(request, link)
    note_viewed(request, patients=[link.patient.pk])
    return view(request, link)


def refused_to_staff(request: HttpRequest, link: Link | None = None) -> HttpResponse:
    """Only the patient answers here."""
    return show(request, "change/of_staff", link, status=403)


@require_POST
def unlock_page(request: HttpRequest, token: str) -> HttpResponse:
    """The date of birth is given; a right one opens this link in this session, for 2 hours."""
    link = follow(token)
    speak_as(link)
    if link is None or link.state is not State.OPEN:
        return sealed(_does_not_hold(request, link))
    if is_staff(request):
        return sealed(refused_to_staff(request, link))
    form = BirthForm(request.POST)
    if not form.is_valid():
        return sealed(_door(request, link, form, status=422))
    is_right = own_visit.unlock(link, form.cleaned_data["born_on"], now=clock.now())
    if is_right is None:
        return sealed(_closed(request))
    if not is_right:
        form.add_error("born_on", wrong_date_of_birth())
        return sealed(_door(request, link, form, status=422))
    request.session.cycle_key()
    request.session[_OPENED] = {**request.session.get(_OPENED, {}), _name(link): time.time()}
    to = form.cleaned_data["to"]
    return sealed(redirect(f"patient-{to}" if to in _PAGES else "patient-link", token))


@require_POST
def lock_page(request: HttpRequest, token: str) -> HttpResponse:
    """The patient has finished: the link asks for the date of birth again."""
    link = follow(token)
    speak_as(link)
    if link is None or link.state is not State.OPEN:
        return sealed(_does_not_hold(request, link))
    opened = dict(request.session.get(_OPENED, {}))
    if opened.pop(_name(link), None) is not None:
        request.session[_OPENED] = opened
    return sealed(redirect("patient-link", token))


def is_open(request: HttpRequest, link: Link) -> bool:
    """Whether this session has given the date of birth for this very link, less than 2 hours ago."""
    opened_at = request.session.get(_OPENED, {}).get(_name(link))
    return opened_at is not None and 0 <= time.time() - opened_at < _OPEN_FOR_SECONDS


def show(
    request: HttpRequest,
    name: str,
    link: Link | None = None,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render one of the patient's pages."""
    own = {"link": link, "token": link.token, "appointment": link.appointment} if link else {}
    return render(request, f"injections/patient_link/{name}.html", {**own, **(context or {})}, status=status)


def _door(request: HttpRequest, link: Link, form: BirthForm, *, status: int) -> HttpResponse:
    if is_closed(link):
        return _closed(request)
    return show(request, "door", context={"form": form, "token": link.token}, status=status)


def _closed(request: HttpRequest) -> HttpResponse:
    return show(request, "closed", status=429)


def _does_not_hold(request: HttpRequest, link: Link | None) -> HttpResponse:
    """The same answer for whatever was not signed here; a signed one says calmly why it ended."""
    if link is None:
        note_often("link-refused", by=STRANGER, now=clock.now())
        return show(request, "unknown", status=404)
    return show(request, link.state.value, status=410)


def _name(link: Link) -> str:
    return f"{link.appointment.pk}-{link.appointment.link_version}"


def sealed(response: HttpResponse) -> HttpResponse:
    """With the headers of every page behind a link."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response

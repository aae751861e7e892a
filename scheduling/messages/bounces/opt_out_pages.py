"""The page behind the link that ends what is not about a booked visit: looking changes nothing, one press does.

It needs no session and no page of ours before it: the mail program presses the button itself (RFC 8058). Whoever holds
the link can do this one thing, and learns nothing of anybody.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pht_clinic import clock, languages
from scheduling.messages.bounces.opt_out import follow, opt_out
from scheduling.models import Patient

_HEADERS = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mails_off(request: HttpRequest, token: str) -> HttpResponse:
    """By GET a page with a button, by POST the deed, as often as it comes. What was not signed here is a 404.

    Staff who are signed in do not answer for the patient; a mail program has no session.
    """
    patient = follow(token)
    if patient is None:
        return _page(request, "unknown", status=404)
    with languages.speaking(languages.used_for(patient.written_language)):
        if request.method != "POST":
            return _page(request, "ask")
        if request.user.is_authenticated:
            return _page(request, "of_staff", status=403)
        name, value = _ONE_CLICK
        is_one_click = request.POST.get(name) == value
        how = Patient.OptedOut.ONE_CLICK if is_one_click else Patient.OptedOut.LINK
        opt_out(patient, how=how, now=clock.now())
        return _page(request, "done")


def _page(request: HttpRequest, name: str, *, status: int = 200) -> HttpResponse:
    response = render(request, f"scheduling/messages/opt_out/{name}.html", status=status)
    for header, value in _HEADERS.items():
        response.headers[header] = value
    return response

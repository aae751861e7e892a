"""What every page of the desk asks by itself: whether somebody has to be phoned about a red flag since just now."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from injections.assessment.open_calls import open_calls
from injections.models import Call
from pht_clinic import clock
from pht_clinic.web.access import permitted

NEW_FOR: Final = timedelta(minutes=5)
"""So long a call is news on each page that is opened: whoever just went from one page to another misses none."""


@permitted("read-calls")
def call_news(request: HttpRequest) -> HttpResponse:
    """The newest open call about a red flag, a warning sign or an emergency, without a name; nothing (204) where it is
    the one that the page was `told` already. It goes from the page as it is closed, or news no more.

    Boundary: a call that was opened 5 minutes ago is news no more.
    """
    urgent = open_calls().filter(urgency__lte=Call.Urgency.RED_FLAG, opened_at__gt=clock.now() - NEW_FOR)
    newest = urgent.order_by("-pk").first()
    if request.GET.get("told", "") == (str(newest.pk) if newest else ""):
        return HttpResponse(status=204)
    return render(request, "injections/worklists/_call_news.html", {"call": newest})

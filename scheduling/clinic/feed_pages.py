"""The secret address of a practitioner's calendar feed: shown to that person and to managers, and replaced."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.clinic.people_and_rooms import check_may_see_feed, replace_feed
from scheduling.diary.read import the
from scheduling.models import Practitioner


@permitted("read-clinic")
def calendar_address(request: HttpRequest, practitioner_id: int) -> HttpResponse:
    """Whether there is one; a POST makes a new one, shown on the answer to this very form, once, and nowhere else."""
    row = the(Practitioner, practitioner_id)
    by = actor_of(request.user)
    check_may_see_feed(row, by=by)
    if request.method == "POST":
        token = replace_feed(row.pk, by=by, now=clock.now())
        address = settings.PUBLIC_BASE_URL + reverse("api-calendar-feed", args=[token])
        return page(request, "scheduling/clinic/feed.html", {"row": row, "address": address})
    return page(request, "scheduling/clinic/feed.html", {"row": row})

"""A radiologist has seen what reception changed; the list itself stands on the page of the queue."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.review.milder import see
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act


@require_POST
@permitted("see-milder")
def seen(request: HttpRequest, milder_id: int) -> HttpResponse:
    """It goes off every radiologist's list."""
    deed = partial(see, milder_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="Marked as seen.", back=reverse("review-queue"))

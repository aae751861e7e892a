"""The practitioner's read-only calendar feed, for calendar programs: its secret address is its only key."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pht_clinic import clock
from scheduling.clinic.feed import feed


@require_safe
def calendar_feed(request: HttpRequest, token: UUID) -> HttpResponse:
    """A plain view: calendar programs send no token of ours, and ask for text/calendar."""
    return HttpResponse(feed(token, now=clock.now()), content_type="text/calendar; charset=utf-8")

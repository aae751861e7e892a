"""The practitioner's read-only calendar feed, for calendar programs: its secret address is its only key."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pht_clinic import clock
from pht_clinic.audit.repeats import note_often
from pht_clinic.errors import Missing
from pht_clinic.people.actors import STRANGER
from scheduling.clinic.feed import feed, whose_feed


@require_safe
def calendar_feed(request: HttpRequest, token: UUID) -> HttpResponse:
    """A plain view: calendar programs send no token of ours, and ask for text/calendar. Each time is on the trail."""
    now = clock.now()
    try:
        practitioner = whose_feed(token)
    except Missing:
        note_often("feed-refused", by=STRANGER, now=now)
        raise
    note_often("feed-read", by=STRANGER, now=now, subject=f"practitioner:{practitioner.pk}")
    return HttpResponse(feed(practitioner, now=now), content_type="text/calendar; charset=utf-8")

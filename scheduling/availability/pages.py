"""Bookings that have lost their place: a closure, a changed session, somebody or a room that no longer takes visits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page, part_of
from scheduling.availability import sessions


@permitted("read-diary")
def to_be_moved(request: HttpRequest) -> HttpResponse:
    """Soonest first; the desk moves them."""
    rows = sessions.to_be_moved(now=clock.now())
    listed = part_of(request, rows)
    shows = {row.patient_id for row in listed}
    return page(request, "scheduling/availability/to_be_moved.html", {"page_obj": listed}, shows=shows)

"""Booking again what a visit was: the same kind, areas and sides with the same person, straight from the finder."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from injections.booking.may import check_may_book
from injections.booking.wish import Wish
from injections.visit_kinds import KINDS
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment
from scheduling.states import HOLDING, Status


def book_again(visit: Appointment, *, by: Actor, now: datetime) -> str:
    """The address of the finder for another visit like this one; "" while it is to come, for one that was never meant,
    and for whoever may not book. It names the person while they take visits of that kind. No queries of its own.

    Boundary: a visit is over from its end on.
    """
    is_to_come = visit.status in HOLDING and visit.end_at > now
    if is_to_come or visit.status == Status.ENTERED_IN_ERROR or why_not(check_may_book, visit.patient, by=by):
        return ""
    who = visit.practitioner
    takes_it = who.active and visit.kind in who.kinds
    query = "&".join(filter(None, (wish_of(visit).query, urlencode({"who": who.pk}) if takes_it else "")))
    return f"{reverse('booking-when', args=[visit.patient.kept_id])}?{query}"


def wish_of(visit: Appointment) -> Wish:
    """What it was, as a booking's address carries it."""
    found = {"kind": visit.kind}
    if KINDS[visit.kind].injects:
        first, *further = visit.injection_request.wanted
        found |= {"site": first.site, "side": first.side}
        found |= {name: f"{one.site}:{one.side}" for name, one in zip(("second", "third"), further, strict=False)}
    return Wish.of(found)

"""What the managers' pages share: a form over one use case, and a yes before bookings lose their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page
from scheduling.clinic.consequences import HitsBookings
from scheduling.models import Appointment, Practitioner, Room

Deed = Callable[[bool], object]


def saving(
    request: HttpRequest, form: ClinicForm, deed: Deed, *, title: str, said: str, back: str, lead: str = ""
) -> HttpResponse:
    """Show a form, or do what it asks and go back to the list named `back`.

    `deed` takes whether the person has confirmed. What would leave bookings without a place names them first, with
    everything typed kept, and asks for a yes.
    """
    hits: list[Appointment] = []
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                deed(request.POST.get("confirm") == "yes")
            except HitsBookings as refusal:
                hits = named_in(refusal)
            else:
                messages.success(request, said)
                return redirect(back)
    context = {"form": form, "title": title, "lead": lead, "back": back, "hits": hits}
    shows = {hit.patient_id for hit in hits}
    shown = page(request, "scheduling/clinic/form.html", context, shows=shows, what="clinic-change")
    if hits:
        shown.status_code = 409
    return shown


def named_in(refusal: HitsBookings) -> list[Appointment]:
    """The appointments a change would leave without a place, in order of time."""
    clashes: Any = refusal.extra["clashes"]
    ids = [int(clash["appointment"]) for clash in clashes]
    return list(
        Appointment.objects.filter(pk__in=ids)
        .select_related("patient", "practitioner", "room")
        .order_by("start_at", "pk")
    )


def places() -> dict[str, Any]:
    """Who and where, for forms that choose among them."""
    return {"people": list(Practitioner.objects.all()), "rooms": list(Room.objects.all())}

"""The incidents of procedures, for managers and radiologists."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.procedure.incidents import incidents
from injections.procedure.reasons import INCIDENT_REASONS
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page, part_of


@permitted("read-incidents")
def incident_list(request: HttpRequest) -> HttpResponse:
    """What was out of the ordinary, of whom and when, why it was done all the same, and who says so; newest first."""
    rows = part_of(request, incidents(by=actor_of(request.user)))
    context = {"page_obj": rows, "reasons": INCIDENT_REASONS}
    return page(request, "injections/procedure/incidents.html", context, shows={row.patient.kept_id for row in rows})

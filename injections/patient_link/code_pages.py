"""The short address on paper: leads to the link that it stands for, and to nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from injections.patient_link.door import sealed, show
from pht_clinic.web.network import block_of
from scheduling.patients import short_link


@require_safe
def by_code(request: HttpRequest, token: str) -> HttpResponse:
    """One that was mistyped reads like any link that does not work; whoever tried too many is told to wait."""
    found = short_link.follow(token, block=block_of(request))
    if found is None:
        return sealed(show(request, "closed", context={"is_typed": True}, status=429))
    if not found:
        return sealed(show(request, "unknown", status=404))
    return sealed(redirect("patient-link", found))

"""Pages of the policy half."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pht_clinic.people.access import roles
from pht_clinic.people.roles import EVERY_ROLE


@roles(*EVERY_ROLE)
def home(request: HttpRequest) -> HttpResponse:
    """What needs action now, by role."""
    return render(request, "injections/home.html")

"""The buttons on the second factors of colleagues, for managers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act
from scheduling.clinic.second_factors import require_second_factor, reset_second_factor


@require_POST
@permitted("manage-staff")
def factor_require(request: HttpRequest, user_id: int) -> HttpResponse:
    """Ask for one of this person, or with `required` empty no more."""
    required = request.POST.get("required") == "yes"
    said = "A second factor is required from now on." if required else "A second factor is no longer required."
    return act(
        request,
        lambda: require_second_factor(user_id, required=required, by=actor_of(request.user), now=clock.now()),
        said=said,
        back="staff-list",
    )


@require_POST
@permitted("manage-staff")
def factor_reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """Somebody lost what they had; they set up another one when they sign in next."""
    return act(
        request,
        lambda: reset_second_factor(user_id, by=actor_of(request.user), now=clock.now()),
        said="The second factor is reset. They and the other managers are told by email.",
        back="staff-list",
    )

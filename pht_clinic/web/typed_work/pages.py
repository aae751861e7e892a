"""Everything that is kept of one's own, where no page shows it, and throwing it away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pht_clinic.people.actors import actor_of
from pht_clinic.web.pages.showing import go_back, page
from pht_clinic.web.typed_work.keeping import drop, kept_for


@login_required
def typed_work(request: HttpRequest) -> HttpResponse:
    """What one typed oneself, word for word; nobody else sees it, so it is no look at a patient."""
    return page(request, "typed_work/list.html", {"rows": kept_for(_own_id(request))})


@require_POST
@login_required
def throw_away(request: HttpRequest) -> HttpResponse:
    """It is not needed any more."""
    wanted = request.POST.get("kept", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 18:
        drop(int(wanted), user_id=_own_id(request))
    messages.success(request, "Thrown away.")
    return go_back(request, "typed-work")


def _own_id(request: HttpRequest) -> int:
    return actor_of(request.user).user_id or 0

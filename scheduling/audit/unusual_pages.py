"""Who did far more than they usually do, for managers: what it was is said here."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page, part_of
from scheduling.audit import unusual

RECENT = 20


@permitted("read-audit")
def unusual_list(request: HttpRequest) -> HttpResponse:
    """What is open, with a box for a word about each, and what was closed last."""
    by = actor_of(request.user)
    listed = part_of(request, unusual.open_uses())
    context = {
        "page_obj": listed,
        "uses": [(use, why_not(unusual.check_may_close, use, by=by)) for use in listed],
        "closed": list(unusual.closed_uses()[:RECENT]),
    }
    return page(request, "scheduling/audit/unusual.html", context)


@require_POST
@permitted("close-unusual-use")
def unusual_close(request: HttpRequest, use_id: int) -> HttpResponse:
    """A manager has looked at it."""
    word = request.POST.get("word", "")
    deed = partial(unusual.close, use_id, word=word, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is closed, with your word.", back="audit-unusual")

"""The letter of a message, to be printed, and that it was posted."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page
from scheduling.diary.read import the
from scheduling.messages import desk
from scheduling.messages.undelivered.paper import paper_of
from scheduling.models import Message
from scheduling.patients.death import check_alive


@permitted("send-messages")
def letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """As it goes into the envelope. Of a message to the staff, or one that cannot be written, there is none."""
    found = the(Message.objects.select_related("patient__merged_into", "appointment", "wording"), message_id)
    if found.patient is None:
        raise Missing("This message is not to a patient: there is no letter of it.")
    check_alive(found.patient.kept)
    try:
        paper = paper_of(found, now=clock.now())
    except (LookupError, ValueError):
        raise desk.Unwritable from None
    context = {"message": found, "paper": paper}
    return page(request, "scheduling/messages/paper.html", context, shows=[found.patient.pk])


@require_POST
@permitted("send-messages")
def posted(request: HttpRequest, message_id: int) -> HttpResponse:
    """It is in the post; its phone task is closed by that."""
    deed = partial(desk.mark_posted, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is marked as posted.", back=reverse("message", args=[message_id]))

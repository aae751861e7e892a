"""The letter of a message, to be printed, and that it was posted: one by one, or all that wait together."""

from __future__ import annotations

from functools import partial

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid, Missing
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, page
from pht_clinic.web.viewing import note_viewed
from scheduling.diary.read import the
from scheduling.messages import desk, words
from scheduling.messages.undelivered import posting
from scheduling.messages.undelivered.letters_pdf import letters_pdf
from scheduling.messages.undelivered.paper import Paper, paper_of
from scheduling.models import Message
from scheduling.patients.death import check_alive
from scheduling.patients.link_trail import PRINTED, SHOWN, note_links


@permitted("send-messages")
def letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """As it goes into the envelope. Of a message to the staff, or one that cannot be written, there is none."""
    found = the(Message.objects.select_related("patient__merged_into", "appointment", "wording"), message_id)
    if found.patient is None:
        raise Missing("This message is not to a patient, so there is no letter.")
    check_alive(found.patient.kept)
    now = clock.now()
    try:
        paper = paper_of(found, now=now)
    except (LookupError, ValueError):
        raise desk.Unwritable from None
    note_links(SHOWN, _links([found], [paper]), by=actor_of(request.user), now=now)
    context = {"message": found, "paper": paper}
    return page(request, "scheduling/messages/paper.html", context, shows=[found.patient.pk])


@require_POST
@permitted("send-messages")
def posted(request: HttpRequest, message_id: int) -> HttpResponse:
    """It is in the post; its phone task is closed by that."""
    deed = partial(desk.mark_posted, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is marked as posted.", back=reverse("message", args=[message_id]))


@require_POST
@permitted("send-messages")
def by_letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """Nobody was reached on the phone: it goes on paper."""
    deed = partial(posting.send_by_letter, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is with the letters to post.", back=reverse("message", args=[message_id]))


@permitted("send-messages")
def letters(request: HttpRequest) -> HttpResponse:
    """What goes on paper and waits to be posted: ticked, but for what must not leave any more. Sent, it is posted."""
    if request.method == "POST":
        return _mark_posted(request)
    to_post = posting.letters_to_post()
    rows = list(to_post[: posting.MOST])
    why_not, given_back = posting.why_not_printed(rows), form_data(request)
    ticked = {row.pk for row in rows} if given_back is None else set(_ticked(given_back))
    context = {
        "letters": [(row, why_not.get(row.pk, ""), row.pk in ticked) for row in rows],
        "left_over": max(to_post.count() - posting.MOST, 0) if len(rows) == posting.MOST else 0,
    }
    return page(request, "scheduling/messages/letters.html", context, shows=_patients(rows))


@require_POST
@permitted("send-messages")
def letters_file(request: HttpRequest) -> HttpResponse:
    """Those that were ticked as one file, to be printed; its name says nothing of anybody.

    It holds the patients' own links, so that it is never shown on a screen of ours.
    """
    now = clock.now()
    try:
        rows, papers = posting.papers_of(_ticked(request.POST), now=now)
    except (Conflict, Invalid) as refusal:
        return _refused(request, refusal)
    note_viewed(request, patients=_patients(rows))
    note_links(PRINTED, _links(rows, papers), by=actor_of(request.user), now=now)
    response = HttpResponse(letters_pdf(papers), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="letters-{clock.local_date(now)}.pdf"'
    return response


def _mark_posted(request: HttpRequest) -> HttpResponse:
    """They are in the post; what was taken back since it was printed is named, to be taken out of the pile."""
    try:
        done = posting.mark_all_posted(_ticked(request.POST), by=actor_of(request.user), now=clock.now())
    except Invalid as refusal:
        return _refused(request, refusal)
    if done.letters:
        count = len(done.letters)
        notices.success(request, f"{words.counted(count, 'letter')} {'is' if count == 1 else 'are'} marked as posted.")
    if done.gone:
        names = ", ".join(str(row.patient) for row in done.gone)
        notices.error(
            request,
            f"Take these out of the pile, they have been withdrawn or dealt with since they were printed: {names}.",
        )
    return redirect("message-letters")


def _ticked(sent: QueryDict) -> list[int]:
    """The letters whose boxes were sent; what is no number of a row is none."""
    return [int(text) for text in sent.getlist("letter") if text.isascii() and text.isdigit() and len(text) < 19]


def _refused(request: HttpRequest, refusal: Conflict | Invalid) -> HttpResponse:
    said = " ".join(one.detail for one in refusal.errors) if isinstance(refusal, Invalid) else refusal.sentence
    notices.error(request, said)
    return redirect("message-letters")


def _links(rows: list[Message], papers: list[Paper]) -> list[tuple[int, int]]:
    """The patients' links that stand on these papers."""
    both = zip(rows, papers, strict=True)
    return [
        (row.appointment_id, row.patient_id) for row, one in both if one.qr and row.appointment_id and row.patient_id
    ]


def _patients(rows: list[Message]) -> set[int]:
    return {row.patient_id for row in rows if row.patient_id}

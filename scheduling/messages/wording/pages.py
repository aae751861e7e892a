"""Message texts, for managers: what is in use, a new version with its preview, a test to oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.messages import kinds
from scheduling.messages.kinds import MessageKind
from scheduling.messages.wording import rewording, wordings
from scheduling.messages.wording.forms import WordingForm
from scheduling.messages.wording.own_words import STANDARD, Words, standard
from scheduling.models import Message, Wording
from scheduling.states import Status

FROM_STANDARD = "standard"


@permitted("word-messages")
def wording_list(request: HttpRequest) -> HttpResponse:
    """Every kind of message with its present words."""
    present = wordings.all_current()
    rows = [
        (kind, wordings.words_of(version).over(standard(kind)), version)
        for kind in sorted(rewording.worded_kinds(), key=_place)
        for version in [present.get(kind.template)]
    ]
    context = {
        "before": [row for row in rows if not _is_afterwards(row[0])],
        "after": [row for row in rows if _is_afterwards(row[0])],
        "to_staff": [kind for kind in kinds.registered() if not kind.opening],
    }
    return page(request, "scheduling/messages/wording_list.html", context)


def _place(kind: MessageKind) -> tuple[int, bool]:
    """In the order in which a patient gets them; those of the visits that have words of their own first."""
    return list(kinds.NAMES).index(kind.name), not kind.visits


def _is_afterwards(kind: MessageKind) -> bool:
    return kind.true_while == {Status.FULFILLED}


@permitted("word-messages")
def wording(request: HttpRequest, code: str) -> HttpResponse:
    """One kind: its words, typed or in use, as the patient would get them; its versions."""
    kind = rewording.worded_kind(code)
    versions = wordings.versions(kind.template)
    shown, origin = _asked_for(request, kind, versions)
    read = rewording.InUse(shown, versions[0].version if versions else 0)
    form = WordingForm(request.POST or None, row=read, kind=kind)
    deed, tested, is_typed = request.POST.get("deed", "preview"), None, False
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            if deed == "save":
                return _saved(request, kind, form)
            rewording.checked(form.words, kind)
            shown, is_typed = form.words, True
            tested = _tested(request, kind, form.words) if deed == "test" else None
    context = {
        "kind": kind,
        "form": form,
        "versions": versions,
        "present": versions[0] if versions else None,
        "letter": _letter(kind, shown),
        "origin": origin,
        "tested": tested,
        "is_typed": is_typed,
        "placeholders": [(name, kind.example[name]) for name in kind.placeholders],
        "standard": standard(kind),
    }
    return page(request, "scheduling/messages/wording.html", context)


def _asked_for(request: HttpRequest, kind: MessageKind, versions: list[Wording]) -> tuple[Words, str]:
    """The words to begin from, and what to call them when it is not those in use."""
    wanted = request.GET.get("from", "")
    if wanted == FROM_STANDARD:
        return standard(kind), "the standard wording"
    chosen = next((row for row in versions if str(row.version) == wanted), None)
    present = versions[0] if versions else None
    words = wordings.words_of(chosen or present).over(standard(kind))
    return words, f"version {chosen.version}" if chosen else ""


def _saved(request: HttpRequest, kind: MessageKind, form: WordingForm) -> HttpResponse:
    row = rewording.reword(
        kind,
        form.words,
        reason=form.cleaned_data["reason"],
        revision=form.cleaned_data["revision"],
        by=actor_of(request.user),
        now=clock.now(),
    )
    messages.success(request, f"Version {row.version} is saved. Messages sent from now on carry it.")
    return redirect("wording", kind.code)


def _tested(request: HttpRequest, kind: MessageKind, words: Words) -> Message:
    return rewording.send_test(
        kind,
        words,
        to=request.user,  # type: ignore[arg-type]  # signed in: `roles`
        by=actor_of(request.user),
        now=clock.now(),
    )


def _letter(kind: MessageKind, words: Words) -> Any:
    """A version from before a rule became stricter cannot be shown with words that it refuses now."""
    try:
        return rewording.preview(kind, words, now=clock.now())
    except Invalid:
        return rewording.preview(kind, STANDARD.over(standard(kind)), now=clock.now())

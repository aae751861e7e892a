"""What the clinic says of itself, for managers: changed with a preview of what patients will read; every version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pht_clinic import clock
from pht_clinic.clinic_words import ClinicWords, first_words
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.clinic.details import change, previews
from scheduling.clinic.details.forms import DetailsForm
from scheduling.clinic.details.sense import LABELS
from scheduling.messages.wording.clinic_versions import words_of


@permitted("change-details")
def details(request: HttpRequest) -> HttpResponse:
    """The form, what would read otherwise, and the versions; it is saved from the preview."""
    versions = change.history()
    rows = [row for row, _ in versions]
    present = words_of(rows[0] if rows else None)
    asked_for = change.words_asked_for(request.GET.get("from", ""), rows)
    form = DetailsForm(request.POST or None, row=change.Opened(asked_for or present, present.version))
    context: dict[str, Any] = {
        "form": form,
        "versions": versions,
        "asked_for": asked_for,
        "first": _said(first_words()),
    }
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            if request.POST.get("deed") == "save":
                return _saved(request, form)
            context |= _preview(form)
    return page(request, "scheduling/clinic/details/details.html", context)


def _preview(form: DetailsForm) -> dict[str, Any]:
    now, typed = clock.now(), change.checked(form.words)
    return {
        "is_typed": True,
        "concerned": previews.concerned(typed, now=now),
        "papers": list(previews.papers(typed, now=now)),
        "typed": typed,
    }


def _saved(request: HttpRequest, form: DetailsForm) -> HttpResponse:
    row = change.change_details(
        form.words, revision=form.cleaned_data["revision"], by=actor_of(request.user), now=clock.now()
    )
    messages.success(request, f"Version {row.version} is saved. Pages and messages say it from now on.")
    return redirect("clinic-details")


def _said(words: ClinicWords) -> list[tuple[str, str]]:
    return [(label, getattr(words, name)) for name, label in LABELS.items()]

"""Who did far more than they usually do, for managers: what it was is said here."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data, page, part_of
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


class WordForm(ClinicForm):
    """What it was, in a word."""

    word = forms.CharField(label="What it was", max_length=500)


@permitted("close-unusual-use")
def unusual_close(request: HttpRequest, use_id: int) -> HttpResponse:
    """A manager has looked at it, and says what it was."""
    use, by = unusual.find(use_id), actor_of(request.user)
    if request.method == "GET" and (why := why_not(unusual.check_may_close, use, by=by)):
        messages.error(request, why)
        return redirect("audit-unusual")
    form = WordForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            unusual.close(use.pk, word=form.cleaned_data["word"], by=by, now=clock.now())
            messages.success(request, "It is closed, with your note.")
            return redirect("audit-unusual")
    usual = f"; their busiest hour usually has {use.usual}" if use.usual else ""
    lead = f"{use.user} {use.get_what_display()}: {use.count} within an hour{usual}."
    context = {"title": "Close unusual use", "lead": lead, "form": form, "back": "audit-unusual", "button": "Close it"}
    return page(request, "scheduling/clinic/form.html", context)

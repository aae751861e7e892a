"""The page on which everybody chooses which mails to the staff they get."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.messages.staff import WHAT
from injections.worklists.own_mails import choose_mails
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data, page


class OwnMailsForm(ClinicForm):
    """A box for each kind."""

    hides_optional = True

    mails = forms.MultipleChoiceField(
        label="Emails that you get",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(what, f"{subject}") for what, subject in WHAT.items()],
    )


@permitted("read-diary")
def own_mails(request: HttpRequest) -> HttpResponse:
    """None of them names anybody; what it is about stands behind signing in."""
    form = OwnMailsForm(form_data(request), initial={"mails": getattr(request.user, "mails", [])})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            choose_mails(form.cleaned_data["mails"], by=actor_of(request.user), now=clock.now())
            messages.success(request, "Your choice is saved.")
            return redirect("own-mails")
    return page(request, "injections/worklists/own_mails.html", {"form": form})

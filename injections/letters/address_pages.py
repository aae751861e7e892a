"""The addresses of colleagues that managers confirmed: listed, added, withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.letters.address_forms import AddressForm
from injections.letters.addresses import confirm_address, standing, withdraw_address
from injections.models import ConfirmedAddress
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm, ReasonForm
from pht_clinic.web.pages.showing import form_data, page, part_of
from scheduling.diary.read import the

_BACK = "address-list"
_FORM = "scheduling/clinic/form.html"


@permitted("confirm-address")
def addresses(request: HttpRequest) -> HttpResponse:
    """Those that hold; those that were withdrawn on request."""
    shows_withdrawn = request.GET.get("show") == "withdrawn"
    withdrawn = ConfirmedAddress.objects.filter(withdrawn_at__isnull=False).order_by("-withdrawn_at", "-pk")
    rows = (withdrawn if shows_withdrawn else standing()).select_related("confirmed_by", "withdrawn_by")
    context = {"page_obj": part_of(request, rows), "shows_withdrawn": shows_withdrawn}
    return page(request, "injections/letters/addresses.html", context)


@permitted("confirm-address")
def add_address_page(request: HttpRequest) -> HttpResponse:
    """Confirm one."""
    form = AddressForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = confirm_address(**form.cleaned_data, by=actor_of(request.user), now=clock.now())
            messages.success(request, f"Letters may go to {row.email} from now on.")
            return redirect(_BACK)
    lead = "Letters about patients go there as attachments, when somebody here sends one."
    return _form(request, form, title="Confirm an address", lead=lead, button="Confirm the address")


@permitted("confirm-address")
def withdraw_address_page(request: HttpRequest, address_id: int) -> HttpResponse:
    """No letter goes there any more."""
    row = the(ConfirmedAddress, address_id)
    if request.method == "GET" and row.withdrawn_at is not None:
        messages.info(request, f"{row.email} has already been withdrawn.")
        return redirect(_BACK)
    form = ReasonForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            withdraw_address(row.pk, **form.cleaned_data, by=actor_of(request.user), now=clock.now())
            messages.success(request, f"No more letters go to {row.email}.")
            return redirect(_BACK)
    lead = f"{row}. A letter still waiting to go there will not be sent. Letters already sent stay on record."
    return _form(request, form, title=f"Withdraw {row.email}", lead=lead, button="Withdraw the address")


def _form(request: HttpRequest, form: ClinicForm, **words: str) -> HttpResponse:
    return page(request, _FORM, {"form": form, "back": _BACK, **words})

"""The clinic's list of drugs: read by everybody, kept by managers; the box in use by whoever draws up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.facts.drugs import boxes_in_use
from injections.models import Drug
from injections.procedure.drugs.boxes import use_box
from injections.procedure.drugs.forms import BoxForm, DrugForm
from injections.procedure.drugs.keep import save_drug
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.clinic.saving import saving
from scheduling.diary.read import the


@permitted("read-clinic")
def drugs(request: HttpRequest) -> HttpResponse:
    """The list with the boxes in use today; what is no longer used stands apart."""
    boxes = boxes_in_use(clock.today())
    rows = [(drug, boxes.get(drug.pk)) for drug in Drug.objects.all()]
    context = {
        "in_use": [row for row in rows if row[0].active],
        "retired": [row for row in rows if not row[0].active],
        "today": clock.today(),
    }
    return page(request, "injections/procedure/drugs/list.html", context)


@permitted("keep-drugs")
def drug(request: HttpRequest, drug_id: int | None = None) -> HttpResponse:
    """Add or change one; out of use is retired."""
    row = None if drug_id is None else the(Drug, drug_id)
    form = DrugForm(request.POST or None, row=row)
    who: dict[str, Any] = {"by": actor_of(request.user), "now": clock.now()}
    return saving(
        request,
        form,
        lambda _: save_drug(drug_id, form.values(), revision=form.read_revision, **who),
        title=f"Change {row.name}" if row else "Add a drug",
        said="The drug is saved.",
        back="drug-list",
        lead="The maxima are this clinic’s own. One left empty is not checked, and is shown as unknown.",
    )


@permitted("use-box")
def box(request: HttpRequest, drug_id: int) -> HttpResponse:
    """Which box of a drug is in use today."""
    found, today = the(Drug, drug_id), clock.today()
    newest = boxes_in_use(today).get(found.pk)
    initial = {"batch": newest.batch, "expires_on": newest.expires_on} if newest else {}
    form = BoxForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            use_box(found.pk, **form.cleaned_data, by=actor_of(request.user), now=clock.now())
            messages.success(request, f"The box of {found.name} is in use today.")
            return redirect("drug-list")
    context = {"form": form, "drug": found, "box": newest, "today": today}
    return page(request, "injections/procedure/drugs/box.html", context)

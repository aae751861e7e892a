"""The patients of one batch of a drug, for a recall."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse

from injections.procedure.batch import given_of_batch
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page


class BatchForm(ClinicForm):
    """The number on the box. It is a drug's, not a patient's, so it may stand in the address."""

    batch = forms.CharField(label="Batch", max_length=50, widget=forms.TextInput(attrs={"class": "input--date"}))


@permitted("find-batch")
def batch(request: HttpRequest) -> HttpResponse:
    """Everybody who was given something out of it."""
    form = BatchForm(request.GET or None)
    wanted = form.cleaned_data["batch"] if form.is_valid() else ""
    given = list(given_of_batch(wanted)) if wanted else []
    shows = {row.patient.kept_id for row in given}
    return page(
        request, "injections/procedure/batch.html", {"form": form, "batch": wanted, "given": given}, shows=shows
    )

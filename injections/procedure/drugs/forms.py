"""Forms of the clinic's list of drugs, and of the box that is in use."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from injections.models import Drug
from injections.procedure.drugs.boxes import LONGEST_BATCH
from injections.procedure.drugs.keep import LABELS
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import AmountField, DateField
from pht_clinic.web.forms.revised import RevisedForm

_PARTICULATE: Final = {"": "Not known", "yes": "Yes, it has particles", "no": "No, a clear solution"}
_CODES: Final = {"yes": True, "no": False, "": None}


def _amount(name: str, *, help_text: str = "", decimal_places: int = 2) -> AmountField:
    return AmountField(
        label=LABELS[name], required=False, max_digits=7, decimal_places=decimal_places, help_text=help_text
    )


class DrugForm(RevisedForm):
    """A drug of the list. A maximum that the clinic does not name stays empty, and is said to be unknown."""

    names_fields = True

    kind = forms.ChoiceField(label=LABELS["kind"], widget=forms.RadioSelect, choices=Drug.Kind.choices)
    name = forms.CharField(
        label=LABELS["name"], max_length=100, help_text="The name to choose when an injection is recorded."
    )
    substance = forms.CharField(
        label=LABELS["substance"],
        max_length=100,
        help_text="Doses are added up over a day by substance, whatever the strength.",
    )
    strength_mg_ml = _amount("strength_mg_ml")
    usual_dose_mg = _amount("usual_dose_mg")
    max_injection_mg = _amount("max_injection_mg")
    max_day_mg = _amount(
        "max_day_mg", help_text="For the same substance, over all of a patient’s injections on one day."
    )
    max_mg_per_kg = _amount("max_mg_per_kg", help_text="Used if a weight is recorded.")
    as_methylprednisolone = _amount("as_methylprednisolone", help_text="For a steroid only.", decimal_places=3)
    particulate = forms.ChoiceField(
        label=LABELS["particulate"],
        required=False,
        widget=forms.RadioSelect,
        choices=list(_PARTICULATE.items()),
        initial="",
    )
    source = forms.CharField(
        label=LABELS["source"],
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A product leaflet with its date, or the clinic’s own decision.",
    )
    active = forms.BooleanField(label=LABELS["active"], required=False, initial=True)

    def shown(self, row: Drug) -> dict[str, Any]:
        code = next(code for code, value in _CODES.items() if value is row.particulate)
        return {name: getattr(row, name) for name in LABELS} | {"particulate": code}

    def values(self) -> dict[str, Any]:
        """What `save_drug` takes."""
        cleaned = super().values()
        return cleaned | {"particulate": _CODES[cleaned["particulate"]]}


class BoxForm(ClinicForm):
    """The box that is in use from now on, for today."""

    batch = forms.CharField(label="Batch", max_length=LONGEST_BATCH)
    expires_on = DateField(label="Expiry date", required=False, help_text="As printed on the box.")

"""Forms of a whole class: cancelling it, moving it, and how many may take part."""

from __future__ import annotations

from typing import Any

from django import forms

from injections.booking.cancel import Why
from injections.booking.forms import PlaceForm
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.diary.why_cancelled import BY_KEY, NOBODY_SAID, OF_EVERYBODY, choices
from scheduling.models import GroupVisit


def _tell() -> forms.ChoiceField:
    """Nothing is pre-ticked: whoever changes a class says whether the patients are told, or know."""
    return forms.ChoiceField(
        label="Tell the patients?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, each of them"), ("no", "No, they know")],
    )


class CancelClassForm(ClinicForm):
    """Why the clinic cancels a class, and whether its patients are told; `version` is what the person saw of it."""

    hides_optional = True
    names_fields = True

    version = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason_code = forms.ChoiceField(
        label="Why it is cancelled", widget=forms.RadioSelect, choices=choices(OF_EVERYBODY)
    )
    reason = forms.CharField(
        label="In a few words",
        help_text="Needed for another reason; colleagues read it.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tell = _tell()

    @property
    def why(self) -> Why:
        said = BY_KEY.get(self.cleaned_data.get("reason_code", ""), NOBODY_SAID)
        return Why(self.cleaned_data.get("reason", ""), said.by, said.code)


class MoveClassForm(PlaceForm):
    """Where a class goes, and whether its patients are told; `version` is what the person saw of it."""

    no_room = "The same room as now"
    hides_optional = True

    version = forms.CharField(widget=forms.HiddenInput, max_length=64)
    tell = _tell()


class PlacesForm(RevisedForm):
    """How many may take part."""

    seats = forms.IntegerField(label="Places in this class", min_value=1, max_value=99)

    def __init__(self, *args: Any, row: GroupVisit, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["seats"].help_text = f"At most {row.kind_of_visit.seats}."

    def shown(self, row: GroupVisit) -> dict[str, Any]:
        return {"seats": row.seats}

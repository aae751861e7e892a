"""Forms of a whole class: cancelling it, moving it, and how many may take part."""

from __future__ import annotations

from typing import Any

from django import forms

from injections.booking.forms import CancelForm, PlaceForm, tell_field
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.diary.why_cancelled import OF_EVERYBODY, choices
from scheduling.models import GroupVisit


def _tell() -> forms.ChoiceField:
    return tell_field("Tell the patients?", yes="Yes, each of them", no="No, they know")


class CancelClassForm(CancelForm):
    """Why the clinic cancels a class, and whether its patients are told; `version` is what the person saw of it."""

    revision = None  # type: ignore[assignment]  # each visit has its own
    version = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason_code = forms.ChoiceField(
        label="Why it is cancelled", widget=forms.RadioSelect, choices=choices(OF_EVERYBODY)
    )
    tell = _tell()


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

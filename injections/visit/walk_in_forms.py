"""Forms of those who came without an appointment."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from injections.booking.forms import PlaceForm
from pht_clinic.web.forms.base import ClinicForm
from scheduling.models import Practitioner, Room


def _why(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class HereNowForm(ClinicForm):
    """With whom and where somebody who is here now is seen."""

    hides_optional = True
    pointer_fields: ClassVar[dict[str, str]] = {"practitioner": "who", "room": "where"}

    who = forms.ChoiceField(label="With")
    where = forms.ChoiceField(label="Room", required=False)
    note = forms.CharField(
        label="Note for colleagues (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    override_reason = _why("Why a radiologist should look at it anyway (required)")

    def __init__(self, *args: Any, people: list[Practitioner], rooms: list[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows, first in (("who", people, "Choose"), ("where", rooms, PlaceForm.no_room)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", first), *((str(row.pk), row.name) for row in rows)]
        self.fields["who"].error_messages["required"] = "Choose with whom."


class LateForm(PlaceForm):
    """When a visit took place, with whom and where, and why it was not in the books."""

    hides_optional = True

    note = _why("Why it was not in the calendar (optional)")
    field_order = ["on", "at", "who", "where", "note"]

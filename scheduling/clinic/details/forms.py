"""The form in which a manager says who and where the clinic is, and whom to call in an emergency."""

from __future__ import annotations

from typing import Any

from django import forms

from pht_clinic.clinic_words import ClinicWords
from pht_clinic.languages import signature_of
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.clinic.details.change import Opened
from scheduling.clinic.details.sense import LABELS, problems


def _line(name: str, hint: str, *, required: bool = True, **attrs: str) -> forms.CharField:
    # how long it may be is said by the use case, together with everything else that is wrong
    return forms.CharField(
        label=LABELS[name], help_text=hint, required=required, max_length=1000, widget=forms.TextInput(attrs=attrs)
    )


class DetailsForm(RevisedForm):
    """What pages, mails, letters and calendars say of the clinic."""

    names_fields = True

    name = _line("name", "On every page, and in emails, letters and calendars.")
    phone = _line("phone", "The number patients are told to phone, including in the safety net.", type="tel")
    hours = _line("hours", "As in “Monday to Friday, 8am to 6pm”.")
    hours_de = _line("hours_de", "Needed once the German wording is signed.", required=False, lang="de")
    address = _line("address", "Where patients come, on one line.")
    emergency_number = _line("emergency_number", "Whom patients call at once. It must be answered in your country.")
    emergency_department = _line("emergency_department", "Where patients go at once.")
    out_of_hours = _line("out_of_hours", "Whom patients call while you are closed.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Once German is signed its hours are needed, as `problems` says: the label no longer calls them optional."""
        super().__init__(*args, **kwargs)
        if signature_of("de"):
            in_german: Any = self.fields["hours_de"]
            in_german.help_text, in_german.hangs_on_another = "What patients who read German are told.", True

    def shown(self, row: Opened) -> dict[str, Any]:
        return {name: getattr(row.words, name) for name in LABELS}

    def clean(self) -> dict[str, Any]:
        """Everything that is wrong is said at once, whatever else was left out."""
        self.add_problems(problems(ClinicWords(**{name: self.cleaned_data.get(name, "") for name in LABELS})))
        return self.cleaned_data

    @property
    def words(self) -> ClinicWords:
        """What was typed."""
        return ClinicWords(**self.values())

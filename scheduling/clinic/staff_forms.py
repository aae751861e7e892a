"""Forms of the staff pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.errors import Refusal
from pht_clinic.people.models import User
from pht_clinic.people.names import NameTaken
from pht_clinic.people.roles import ROLE_CHOICES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.revised import RevisedForm


class NamedForm(ClinicForm):
    """Somebody's name. One that another account bears is asked about: only then there is a box to tick."""

    name = forms.CharField(label="Name", max_length=150)
    confirm_name = forms.BooleanField(
        label="This is another person with the same name", required=False, widget=forms.HiddenInput
    )

    def add_refusal(self, refusal: Refusal) -> None:
        super().add_refusal(refusal)
        if refusal.code == NameTaken.code:
            self.fields["confirm_name"].widget = forms.CheckboxInput()


class InviteForm(NamedForm):
    """Somebody new who signs in."""

    field_order = ("name", "confirm_name", "email", "role")

    email = forms.EmailField(
        label="Email address",
        help_text="They sign in with it.",
        error_messages={"invalid": "Enter an email address such as name@clinic.example."},
    )
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)


class StaffForm(NamedForm, RevisedForm):
    """Somebody who signs in already."""

    field_order = ("name", "confirm_name", "role", "active")

    pointer_fields: ClassVar[dict[str, str]] = {"is_active": "active"}

    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)
    active = forms.BooleanField(label="May sign in", required=False)

    def shown(self, row: User) -> dict[str, Any]:
        return {"name": row.name, "role": row.role, "active": row.is_active}

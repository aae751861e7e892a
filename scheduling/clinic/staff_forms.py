"""Forms of the staff pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.people.models import User
from pht_clinic.people.roles import ROLE_CHOICES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.revised import RevisedForm


class InviteForm(ClinicForm):
    """Somebody new who signs in."""

    name = forms.CharField(label="Name", max_length=150)
    email = forms.EmailField(
        label="Email address",
        help_text="They sign in with it.",
        error_messages={"invalid": "Enter an email address such as name@clinic.example."},
    )
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)


class StaffForm(RevisedForm):
    """Somebody who signs in already."""

    pointer_fields: ClassVar[dict[str, str]] = {"is_active": "active"}

    name = forms.CharField(label="Name", max_length=150)
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)
    active = forms.BooleanField(label="May sign in", required=False)

    def shown(self, row: User) -> dict[str, Any]:
        return {"name": row.name, "role": row.role, "active": row.is_active}

"""Forms of the staff pages."""

from __future__ import annotations

from django import forms

from pht_clinic.people.roles import ROLE_CHOICES
from pht_clinic.web.forms.base import ClinicForm


class InviteForm(ClinicForm):
    """Somebody new who signs in."""

    name = forms.CharField(label="Name", max_length=150)
    email = forms.EmailField(
        label="Email address",
        help_text="They sign in with it.",
        error_messages={"invalid": "Enter an email address such as name@clinic.example."},
    )
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)


class StaffForm(ClinicForm):
    """Somebody who signs in already."""

    name = forms.CharField(label="Name", max_length=150)
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, choices=ROLE_CHOICES)
    active = forms.BooleanField(label="May sign in", required=False)

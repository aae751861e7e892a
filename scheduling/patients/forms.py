"""Forms that register and find a patient."""

from __future__ import annotations

from django import forms

from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TypedDateField


class PatientForm(ClinicForm):
    """Who a patient is and how to reach them."""

    given_name = forms.CharField(label="Given name", max_length=100)
    family_name = forms.CharField(label="Family name", max_length=100)
    date_of_birth = TypedDateField(label="Date of birth")
    nhs_number = forms.CharField(
        label="NHS number",
        required=False,
        max_length=20,
        help_text="10 digits, with or without spaces",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--date"}),
    )
    phone = forms.CharField(label="Phone", required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"}))
    email = forms.EmailField(
        label="Email address",
        required=False,
        help_text="Confirmations, reminders and advice go there. Without one we print a sheet and phone.",
        error_messages={"invalid": "Enter an email address such as name@patient.example."},
    )
    email_opt_in = forms.BooleanField(label="The patient agrees to get emails", required=False, initial=True)
    confirm_new = forms.BooleanField(required=False, widget=forms.HiddenInput)


class SearchForm(ClinicForm):
    """One box for whatever is known of a patient. Sent by POST: what is typed is never part of an address."""

    text = forms.CharField(
        label="Name, date of birth, phone or NHS number",
        max_length=200,
        help_text="Parts are enough, and small typing slips are forgiven: “smyth 1980”",
    )

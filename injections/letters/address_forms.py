"""The form of a colleague's address."""

from __future__ import annotations

from typing import Any

from django import forms

from injections.letters.addresses import LONGEST_EMAIL, LONGEST_WHOSE
from pht_clinic.web.forms.base import ClinicForm


class AddressForm(ClinicForm):
    """An address to which letters may go, and whose it is."""

    email = forms.EmailField(
        label="Email address",
        max_length=LONGEST_EMAIL,
        error_messages={"invalid": "Enter an email address, like practice@surgery.example."},
        help_text="Ask its owner, or copy it from one of their letters. Whoever uses it will read patients’ letters.",
    )
    whose = forms.CharField(
        label="Whose it is",
        max_length=LONGEST_WHOSE,
        help_text="For example: Mill Lane Surgery, Dr Fern; or: Jo Oak, physiotherapist.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whose"].error_messages["required"] = "Say whose it is."

"""Signing in by a passkey without a password: the device proves that it is there, and that it knew its owner.

What is refused reads the same whatever the reason, but where a password that a manager gave waits to be used.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms
from django.core.exceptions import ValidationError

from pht_clinic import clock
from pht_clinic.audit.repeats import note_often
from pht_clinic.people.models import User
from pht_clinic.web.refused import who_of
from pht_clinic.web.signing_in.guessing import limits

REFUSED: Final = "This passkey signs nobody in here. Sign in by your password."
GIVEN_FIRST: Final = "A manager gave you a new password. Sign in by it once; after that your passkey is enough."


_NO_ANSWER: Final = (ValidationError, AttributeError, LookupError, TypeError, ValueError, struct.error)
"""What reading something that is no answer of a passkey at all ends in."""


class AnswerField(forms.JSONField):
    """What the browser sends, JSON however deep; strangers may send it too."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(REFUSED) from None


class PasskeyAloneForm(LoginWebAuthnForm):
    """A passkey in the place of password and code."""

    credential = AnswerField(widget=forms.HiddenInput, error_messages={"required": REFUSED, "invalid": REFUSED})

    def clean_credential(self) -> Authenticator:
        """1. Count the try by where it comes from: by the account a stranger could make its owner wait.
        2. The signature is right; the answer says whose passkey it is, and is believed for no more than that.
        3. It says that the device knew its owner. allauth would take the word of a challenge that asked for less.
        4. Its owner may sign in, and has no password to take from a manager first.
        """
        tried = limits.try_passkey(address=get_account_adapter().get_client_ip(context.request))
        if tried is None:
            _note("sign-in-locked")
            raise get_account_adapter().validation_error("too_many_login_attempts")
        sent = self.cleaned_data["credential"]
        try:
            found: Authenticator = super().clean_credential()
        except _NO_ANSWER:
            _note("sign-in-failed")
            raise ValidationError(REFUSED) from None
        user = found.user
        assert isinstance(user, User)  # noqa: S101 - there is no other kind here
        knew_them = auth.parse_authentication_response(sent).response.authenticator_data.is_user_verified()
        if not knew_them or not user.is_active:
            _note("sign-in-failed", user)
            raise ValidationError(REFUSED)
        if user.password_is_given:
            _note("sign-in-failed", user)
            raise ValidationError(GIVEN_FIRST)
        tried.rollback()
        return found


class SignInByPasskey(LoginWebAuthnView):
    """What the button of the sign-in page asks for and sends."""


def _note(verb: str, user: User | None = None) -> None:
    """Name whose account it is only where the signature was right: anybody may say of whom an answer is."""
    subject = f"user:{user.pk}" if user else ""
    note_often(verb, by=who_of(context.request), now=clock.now(), subject=subject)

"""allauth's forms for codes and passkeys: what is refused stands on the trail, and no code is good twice."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError

from pht_clinic.people.models import User
from pht_clinic.web.signing_in.second_factor.trail import note_event


class SetUpAppForm(ActivateTOTPForm):
    """The first code of an app. allauth marks a code as used at signing in alone; this one is used too."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        TOTP(Authenticator(user=self.user))._mark_code_used(code)
        return code


class _OnTrail:
    """What becomes of a code."""

    user: User
    authenticator: Authenticator

    def save(self) -> None:
        super().save()  # type: ignore[misc]  # of allauth's form beside it
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            note_event("recovery-code-used", self.user, which=self.authenticator.type)

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        note_event("second-factor-failed", self.user, which=authenticator.type)


class CodeForm(_OnTrail, AuthenticateForm):
    """A code at signing in; typing begins at once, unless what was refused is to be read first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "autofocus": not self.is_bound}


class CodeAgainForm(_OnTrail, ReauthenticateForm):
    """A code to confirm who sits there."""


class _PasskeyOnTrail:
    """What becomes of a passkey."""

    user: User

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]  # of allauth's form beside it
        except ValidationError:
            note_event("second-factor-failed", self.user, which=Authenticator.Type.WEBAUTHN)
            raise
        return found


class PasskeyForm(_PasskeyOnTrail, AuthenticateWebAuthnForm):
    """A passkey at signing in."""


class PasskeyAgainForm(_PasskeyOnTrail, ReauthenticateWebAuthnForm):
    """A passkey to confirm who sits there."""

"""allauth's forms for codes and passkeys: what is refused stands on the trail, and no code is good twice."""

from __future__ import annotations

from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError

from pht_clinic.people.models import User
from pht_clinic.people.second_factor import used_codes
from pht_clinic.web.signing_in.second_factor.trail import note_event

_NONE: Final = "used"
"""No code is so called."""


class _OnTrail:
    """What becomes of a code."""

    user: User
    authenticator: Authenticator
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """A used one is a wrong one, and counts like it; allauth alone would forget after 30 s that it was used."""
        if used_codes.is_used(self.user, self.cleaned_data["code"]):
            self.cleaned_data["code"] = _NONE
        code: str = super().clean_code()  # type: ignore[misc]  # of allauth's form beside it
        if self.authenticator.type == Authenticator.Type.TOTP and not used_codes.use_up(self.authenticator, code):
            self._emit_authentication_failed(self.authenticator)
            raise get_adapter().validation_error("incorrect_code")
        return code

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

"""allauth's pages of second factors: what they change and its entry on the trail are one transaction."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from pht_clinic.people.models import User
from pht_clinic.people.second_factor import used_codes
from pht_clinic.web.signing_in.second_factor.trail import note_event, note_removed, note_set_up


class GiveFactor(AuthenticateView):
    """The second step of signing in. Whose factor was reset meanwhile begins again: allauth would lead them round."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if response.status_code == 302 and response.headers["Location"] == reverse("account_login"):
            clear_login(request)
        return response


class SetUpApp(ActivateTOTPView):
    """An app that shows codes."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = _who(self.request)
        # the code that showed that it works is used too
        used_codes.use_up(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP), form.cleaned_data["code"])
        note_set_up(self.request, user, which=Authenticator.Type.TOTP)
        return response


class RemoveApp(DeactivateTOTPView):
    """The app is not used any more."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        note_removed(self.request, _who(self.request), which=Authenticator.Type.TOTP)
        return response


class AddPasskey(AddWebAuthnView):
    """A passkey or security key."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        note_set_up(self.request, _who(self.request), which=Authenticator.Type.WEBAUTHN)
        return response


class RemovePasskey(RemoveWebAuthnView):
    """A passkey is not used any more."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        note_removed(self.request, _who(self.request), which=Authenticator.Type.WEBAUTHN)
        return response


class MakeRecoveryCodes(GenerateRecoveryCodesView):
    """Fresh recovery codes; the earlier ones are good for nothing."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        note_event("recovery-codes-made", _who(self.request), which=Authenticator.Type.RECOVERY_CODES)
        return response


def _who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - allauth lets nobody else come so far
    return request.user

"""Addresses of the second factor, by allauth's names: its own pages, and ours where something is changed."""

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from pht_clinic.web.signing_in.second_factor import pages, passkey_alone

urlpatterns = [
    path("", base.index, name="mfa_index"),
    path("authenticate/", pages.GiveFactor.as_view(), name="mfa_authenticate"),
    path("reauthenticate/", base.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", pages.SetUpApp.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", pages.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/generate/", pages.MakeRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("webauthn/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("webauthn/sign-in/", passkey_alone.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("webauthn/add/", pages.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("webauthn/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("webauthn/keys/<row_id:pk>/remove/", pages.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("webauthn/keys/<row_id:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]

"""Signing in and out, password, second factor: those of allauth's addresses that the clinic offers.

Beside them: when the session ends, and what was typed before one ended.

There is no sign-up and no reset by mail: a manager makes accounts and sets new passwords.
"""

from typing import NoReturn

from allauth.account import views
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import include, path

from pht_clinic.web.pages.session_end import session_end_part
from pht_clinic.web.signing_in.token_pages import own_tokens, session_end_one, sign_out_all, token_revoke
from pht_clinic.web.typed_work.pages import throw_away, typed_work


def no_first_password(request: HttpRequest) -> NoReturn:
    """Where allauth sends somebody who has no password yet: only a manager can give them one."""
    raise PermissionDenied


urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("password/", views.password_change, name="account_change_password"),
    path("password/first/", no_first_password, name="account_set_password"),
    path("session/", session_end_part, name="session-end"),
    path("tokens/", own_tokens, name="own-tokens"),
    path("tokens/<row_id:token_id>/revoke/", token_revoke, name="token-revoke"),
    path("sessions/<row_id:session_id>/end/", session_end_one, name="session-end-one"),
    path("sign-out-everywhere/", sign_out_all, name="sign-out-everywhere"),
    path("typed/", typed_work, name="typed-work"),
    path("typed/throw-away/", throw_away, name="typed-work-drop"),
    path("second-factor/", include("pht_clinic.web.signing_in.second_factor.urls")),
]

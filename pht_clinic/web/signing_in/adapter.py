"""How allauth signs people in here: by email and password, nobody signs up, every sign-in is audited."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.audit.repeats import note_often
from pht_clinic.people import credentials, given_passwords
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from pht_clinic.web.refused import who_of
from pht_clinic.web.signing_in import open_sessions
from pht_clinic.web.signing_in.guessing import limits
from pht_clinic.web.signing_in.guessing.devices import device_of, make_known
from pht_clinic.web.signing_in.second_factor.trail import which_was_given
from pht_clinic.web.typed_work.arriving import look_for_typed_work


class ClinicAdapter(DefaultAccountAdapter):
    """Answers allauth's questions the clinic's way."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network address that the limits count by.

        X-Forwarded-For counts only as far as our own proxies wrote it; a shorter one did not pass them all,
        and then only the peer's address can be believed. A unix socket has no address: one for all.
        """
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        count: int = settings.TRUSTED_PROXY_COUNT
        claimed = hops[-count] if 0 < count <= len(hops) else ""
        return clean_client_ip(claimed) or clean_client_ip(request.META.get("REMOTE_ADDR") or "") or "local"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the guess first: whoever made too many is answered before any password is looked at."""
        account = str(credentials.get("email", ""))
        device = device_of(request, account)
        tried: Any = limits.try_once(account, address=self.get_client_ip(request), device=device)
        self._login_failed_rl_usage = tried  # allauth takes it back where the password was right
        if tried is None:
            _note_failed("sign-in-locked", request, account)
            raise self.validation_error("too_many_login_attempts")

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Who was let go since the password was looked at: as if it had been wrong."""
        messages.error(request, self.error_messages["email_password_mismatch"])
        return redirect("account_login")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Begin the session. A given password is used up by it, once; who comes second with it asks for another.
        Who was let go between the password and the second factor does not come in by it.
        """
        if not user.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        if isinstance(user, User) and user.password_is_given and not given_passwords.use_up(user):
            messages.error(request, "This password has been used. Ask a manager for another one.")
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Whether this is the password of the signed-in user; guesses count against the same limit."""
        assert isinstance(user, User)  # noqa: S101 - allauth types it wider than AUTH_USER_MODEL
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        assert isinstance(user, User)  # noqa: S101 - allauth types it wider than AUTH_USER_MODEL
        detail: dict[str, Any] = {"second_factor": which_was_given(request, user)}
        if did_use_passwordless_login(request, user):
            detail["without_password"] = True
        record("signed-in", by=actor_of(user), now=clock.now(), subject=f"user:{user.pk}", detail=detail)
        open_sessions.note_begun(request, user)
        look_for_typed_work(request, user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        make_known(request, response, user.email)
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Their own from now on; what they signed in with elsewhere ends with the one before."""
        assert isinstance(user, User)  # noqa: S101 - allauth types it wider than AUTH_USER_MODEL
        with transaction.atomic():
            user.password_is_given, user.given_password_ends_at = False, None
            credentials.end_all(user)
            super().set_password(user, password)
            record("password-changed", by=actor_of(user), now=clock.now(), subject=f"user:{user.pk}")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        _note_failed("sign-in-failed", request, str(credentials.get("email", "")))

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            record("signed-out", by=actor_of(request.user), now=clock.now(), subject=f"user:{request.user.pk}")
        super().logout(request)


def _note_failed(verb: str, request: HttpRequest, account: str) -> None:
    """Name whose account it is, if it is anybody's; never what was typed: a password may be in the wrong field."""
    found = User.objects.filter(email=account.strip().lower()).values_list("pk", flat=True).first()
    note_often(verb, by=who_of(request), now=clock.now(), subject=f"user:{found}" if found else "")


class SignInForm(LoginForm):
    """The only thing to do on its page: typing begins at once. A refused one shows first what is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = not self.is_bound

"""Whose password is right: of somebody who may not sign in, no password is, and nothing tells it from a wrong one."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from pht_clinic.people import given_passwords
from pht_clinic.people.models import User


class ClinicBackend(AuthenticationBackend):
    """The password is looked at in any case, so that an answer takes as long; the guess counts like a wrong one."""

    def _check_password(self, user: AbstractBaseUser | None, password: str) -> AbstractBaseUser | None:
        found = super()._check_password(user, password)
        return None if isinstance(found, User) and given_passwords.is_spent(found) else found

    @classmethod
    def _stash_user(cls, user: AbstractBaseUser | None) -> None:
        """allauth would keep whoever is inactive here, to tell them so."""

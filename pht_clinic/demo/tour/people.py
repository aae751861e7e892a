"""Who one can be in the demo, with one press, and how their session begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from pht_clinic.demo.clinic import PERSONAS
from pht_clinic.errors import Forbidden, Missing
from pht_clinic.people.models import User

_DOES: Final = {
    "reception@clinic.example": "books, registers, phones",
    "radiologist@clinic.example": "decides, injects, records",
    "radiologist2@clinic.example": "decides where the first one asked",
    "manager@clinic.example": "runs the clinic, reads the trail",
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom one can be: what they do in half a sentence; `is_you` while they are signed in here."""

    email: str
    name: str
    role: str
    does: str
    is_you: bool


def everybody(request: HttpRequest) -> list[Somebody]:
    """Reception, both radiologists and the manager, as they are called in the demo."""
    here = request.user.email if isinstance(request.user, User) else ""
    return [
        Somebody(one.email, one.name, one.role.capitalize(), _DOES[one.email], one.email == here) for one in PERSONAS
    ]


def become(request: HttpRequest, email: str) -> User:
    """Sign in as one of them, as if by their password: whoever was signed in here signs out first.

    Raises: Forbidden (this is no demo), Missing (nobody of the demo is called so, or may not sign in any more).
    """
    if not settings.ONLY_INVENTED_PATIENTS:
        raise Forbidden("Only in the demo can one be somebody by a press.")
    if email not in _DOES:
        raise Missing("Nobody of the demo has this address.")
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        raise Missing("This person does not sign in any more. Start the demo over to have them back.")
    adapter = get_adapter(request)
    with transaction.atomic():
        if request.user.is_authenticated:
            adapter.logout(request)
        adapter.login(request, user)
        record_authentication(request, user, "demo")
        adapter.post_login(
            request, user, email_verification="none", signal_kwargs=None, email=None, signup=False, redirect_url="/"
        )
    return user


def become_a_patient(request: HttpRequest) -> None:
    """Sign out: whoever follows a patient's link while signed in is staff, who may look at their page and no more."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)

"""Mails about somebody's sign-in: to that person, and to the managers who did not do it themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.urls import reverse

from pht_clinic.people.account_news import UNUSUAL
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.people.roles import MANAGER, ROLE_CHOICES
from scheduling.messages.kinds import MessageKind, kind_of, register
from scheduling.messages.to_staff import post_to_staff

_KINDS: Final = {
    "factor-removed": ("account/factor_removed", "A second factor was removed", "second factor removed"),
    "factor-reset": ("account_factor_reset", "A second factor was reset", "second factor reset"),
    "made": ("account/made", "A new account was made", "new account"),
    "password-given": ("account_password_given", "A new password was given", "new password given"),
    "rights-changed": ("account/rights_changed", "Somebody’s permissions were changed", "permissions changed"),
    UNUSUAL: ("account/unusual_use", "Somebody is doing more than usual", "unusual use"),
}
"""By what happened: the template, the subject line, and what pages call the mail."""
_NOT_TO_ITS_OWNER: Final = {UNUSUAL}
"""What managers look at first."""
_PAGES: Final = {UNUSUAL: "audit-unusual"}
"""Where the mail leads, by the name of the address; Home otherwise."""
_TRIED_FOR: Final = timedelta(days=1)
_BY_COMMAND: Final = "Somebody who runs the clinic’s computers"


def register_kinds() -> None:
    """Make these mails known to the outbox; called once, when the apps are ready."""
    register(
        (
            MessageKind(f"account-{what}", f"scheduling/mail/{template}", subject, frozenset())
            for what, (template, subject, _) in _KINDS.items()
        ),
        {f"account-{what}": f"To staff: {name}" for what, (_, _, name) in _KINDS.items()},
    )


def tell(what: str, about: User, by: Actor, now: datetime) -> None:
    """What was done to an account outside the pages of this topic."""
    plan_account_mail(what, about=about, by=by, now=now)


def plan_account_mail(
    what: str, *, about: User, by: Actor, now: datetime, values: Mapping[str, str] | None = None
) -> None:
    """Plan a mail that this happened to somebody's sign-in, at any hour, in the transaction in which it did.

    It goes to that person and to the managers who did not do it, of those who may sign in. `values` are what its
    template prints besides who it is about and who did it.
    """
    kind = kind_of(f"account-{what}")
    manager = _BY_COMMAND if by.kind == "system" else by.name
    page = reverse(_PAGES.get(what, "home"))
    said = {"page": page, "person": about.get_full_name(), "may": what_it_may(about), "manager": manager}
    post_to_staff(
        kind,
        _whom(what, about, by=by),
        about=about.pk,
        values={**said, **(values or {})},
        tried_for=_TRIED_FOR,
        now=now,
        keeps_quiet_hours=False,
    )


def _whom(what: str, about: User, *, by: Actor) -> Iterator[tuple[int, str]]:
    managers = Q(role=MANAGER) & ~Q(pk=by.user_id)
    told = managers & ~Q(pk=about.pk) if what in _NOT_TO_ITS_OWNER else managers | Q(pk=about.pk)
    yield from User.objects.filter(told, is_active=True).order_by("pk").values_list("pk", "email")


def what_it_may(user: User) -> str:
    """What an account is good for, in a word or two: "manager", "reception, may not sign in"."""
    role = dict(ROLE_CHOICES).get(user.role, "no role").lower()
    return role if user.is_active else f"{role}, may not sign in"

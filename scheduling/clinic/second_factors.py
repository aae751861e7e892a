"""Use cases on the second factors of colleagues: asked of somebody whose role needs none, and reset. For managers."""

from __future__ import annotations

from datetime import datetime

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.people.credentials import end_sessions
from pht_clinic.people.models import User
from pht_clinic.people.second_factor.holding import take_away
from pht_clinic.permissions import check_permitted
from scheduling.clinic.account_mails import plan_account_mail
from scheduling.clinic.staff import OwnAccount, locked
from scheduling.diary.locks import use_case


class NoSecondFactor(Conflict):
    """There is nothing to reset."""

    code = "no-second-factor"
    sentence = "This person has no second factor."


def require_second_factor(user_id: int, *, required: bool, by: Actor, now: datetime) -> User:
    """Ask for one of somebody whose role is exempt, or no more. With their next page they are led to setting one up.

    Raises: Forbidden, Missing.
    """
    check_permitted("manage-staff", by)
    with use_case():
        user = locked(user_id)
        if user.second_factor_required != required:
            user.second_factor_required = required
            user.save(update_fields=["second_factor_required"])
            detail = {"required": required}
            record("second-factor-required", by=by, now=now, subject=f"user:{user.pk}", detail=detail)
        return user


def reset_second_factor(user_id: int, *, by: Actor, now: datetime) -> User:
    """Forget somebody's second factor and recovery codes, as where a phone was lost, and end their sessions.

    They set up another one when they sign in next. They and the other managers are told by mail; one's own is changed
    on the pages of one's own account. Raises: Forbidden, Missing, OwnAccount, NoSecondFactor.
    """
    check_permitted("manage-staff", by)
    if user_id == by.user_id:
        raise OwnAccount("You cannot reset your own second factor. Another manager can.")
    with use_case():
        user = locked(user_id)
        if not take_away(user):
            raise NoSecondFactor
        end_sessions(user)
        record("second-factor-reset", by=by, now=now, subject=f"user:{user.pk}")
        plan_account_mail("factor-reset", about=user, by=by, now=now)
        return user

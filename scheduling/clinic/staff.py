"""Use cases on who works here and signs in: invite, change, let go, a new password. For managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pht_clinic.audit.record import record
from pht_clinic.audit.values import added
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.people.credentials import end_all, end_sessions
from pht_clinic.people.given_passwords import give
from pht_clinic.people.models import User
from pht_clinic.people.names import check_name_is_free
from pht_clinic.people.roles import MANAGER, ROLES
from pht_clinic.permissions import check_permitted
from pht_clinic.text import what_is_hidden
from pht_clinic.web.signing_in.guessing import limits
from scheduling.clinic.account_mails import plan_account_mail, what_it_may
from scheduling.diary.locks import use_case
from scheduling.revisions import edits


class OwnAccount(Conflict):
    """Nobody takes their own rights away: a slip would lock the clinic out."""

    code = "own-account"


class LastManager(Conflict):
    """Somebody must stay who can manage the clinic."""

    code = "last-manager"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a new password, which is known here only: shown once, stored as a hash, good for one sign-in.
    It must come within 24 hours.

    Whoever signs in with it must choose one of their own first (`pht_clinic.web.signing_in.own_password`).
    """

    user: User
    password: str


@dataclass(frozen=True, slots=True)
class StaffDetails:
    """What an account says of somebody. `confirm_name`: another account bears the name, and it is meant so."""

    name: str
    role: str
    active: bool
    confirm_name: bool = False


def invite(*, email: str, name: str, role: str, confirm_name: bool = False, by: Actor, now: datetime) -> Invited:
    """Make a sign-in with a generated password; the person and the other managers are told by mail.

    Raises: Forbidden, Invalid (fields), NameTaken unless `confirm_name`.
    """
    check_permitted("manage-staff", by)
    email, name = email.strip().lower(), name.strip()
    with use_case():
        if problems := [*_problems(name, role), *_email_problems(email)]:
            raise Invalid(problems)
        if not confirm_name:
            check_name_is_free(name)
        user = User(email=email, name=name, role=role, is_staff=role == MANAGER)
        password = give(user)
        told = added({"email": email, **edits.details(user)})
        record("user-invited", by=by, now=now, subject=f"user:{user.pk}", detail={"role": role}, changed=told)
        plan_account_mail("made", about=user, by=by, now=now)
        return Invited(user, password)


def change_staff(user_id: int, details: StaffDetails, *, revision: int | None = None, by: Actor, now: datetime) -> User:
    """Change what somebody is called, may do, and whether they may sign in.

    With another role, or where they may not sign in any more, their sessions, API tokens and calendar feed end at once,
    for good; what they did stays theirs. They and the other managers are told of that by mail.
    Raises: Forbidden, Missing, Invalid, StaleRevision, NameTaken (of a new name, unless `confirm_name`), OwnAccount,
    LastManager.
    """
    check_permitted("manage-staff", by)
    name, role, active = details.name.strip(), details.role, details.active
    with use_case():
        user = locked(user_id)
        edits.check_unchanged(user, revision)
        read = edits.details(user)
        if problems := _problems(name, role):
            raise Invalid(problems)
        if name != user.name and not details.confirm_name:
            check_name_is_free(name, besides=user.pk)
        loses = user.is_active and user.role == MANAGER and not (active and role == MANAGER)
        if user.pk == by.user_id and (loses or not active):
            raise OwnAccount("You cannot remove your own permissions. Another manager can.")
        if loses and not _other_managers(user):
            raise LastManager("This is the only manager who can sign in. Make somebody else a manager first.")
        before, after = {"role": user.role, "active": user.is_active}, {"role": role, "active": active}
        might = what_it_may(user)
        user.name, user.role, user.is_active, user.is_staff = name, role, active, role == MANAGER
        user.save(update_fields=["name", "role", "is_active", "is_staff"])
        changed = edits.raise_revision(user, read, by=by, now=now)
        detail = {"before": before, "after": after}
        record("user-changed", by=by, now=now, subject=f"user:{user.pk}", detail=detail, changed=changed)
        if before != after:
            end_all(user)
            said = {"before": might, "after": what_it_may(user)}
            plan_account_mail("rights-changed", about=user, by=by, now=now, values=said)
        return user


def give_password(user_id: int, *, by: Actor, now: datetime) -> Invited:
    """A new password for somebody who has lost theirs; whatever let them in before ends. They are told by mail.

    Raises: Forbidden, Missing, OwnAccount.
    """
    check_permitted("manage-staff", by)
    if user_id == by.user_id:
        raise OwnAccount("You cannot give yourself a password. Change yours under Account.")
    with use_case():
        user = locked(user_id)
        end_all(user)
        password = give(user)
        record("password-given", by=by, now=now, subject=f"user:{user.pk}")
        plan_account_mail("password-given", about=user, by=by, now=now)
        return Invited(user, password)


def unlock_sign_in(user_id: int, *, by: Actor, now: datetime) -> User:
    """Forget the wrong passwords tried at somebody's account: they need not wait. Raises: Forbidden, Missing."""
    check_permitted("manage-staff", by)
    with use_case():
        user = locked(user_id)
        limits.unlock(user.email)
        record("sign-in-unlocked", by=by, now=now, subject=f"user:{user.pk}")
        return user


def sign_out(user_id: int, *, by: Actor, now: datetime) -> User:
    """End every session of somebody, for good; their tokens and feed stay. Raises: Forbidden, Missing."""
    check_permitted("manage-staff", by)
    with use_case():
        user = locked(user_id)
        end_sessions(user)
        record("sessions-ended", by=by, now=now, subject=f"user:{user.pk}")
        return user


def locked(user_id: int) -> User:
    """This member of staff, for whoever changes something about them, in their transaction. Raises: Missing."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise Missing("There is no such member of staff.")
    return user


def _other_managers(user: User) -> bool:
    """Locked, so that two managers who dismiss each other at one moment do not both succeed."""
    others = User.objects.select_for_update().filter(role=MANAGER, is_active=True).exclude(pk=user.pk).order_by("pk")
    return bool(list(others.values_list("pk", flat=True)))


def _problems(name: str, role: str) -> list[FieldError]:
    problems = []
    if not name:
        problems.append(FieldError("#/name", "Enter a name."))
    elif why := what_is_hidden(name):
        problems.append(FieldError("#/name", f"The name {why}"))
    if role not in ROLES:
        problems.append(FieldError("#/role", "Choose a role."))
    return problems


def _email_problems(email: str) -> list[FieldError]:
    try:
        validate_email(email)
    except ValidationError:
        return [FieldError("#/email", "Enter an email address such as name@clinic.example.")]
    if User.objects.filter(email=email).exists():
        return [FieldError("#/email", "Somebody already signs in with this address.")]
    return []

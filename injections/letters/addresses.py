"""To which addresses letters may go as attachments: those that a manager confirmed and nobody withdrew since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.db.models import QuerySet

from injections.models import ConfirmedAddress
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import tidy, what_is_hidden
from scheduling.diary.locks import use_case
from scheduling.diary.read import the

LONGEST_EMAIL: Final = 254
LONGEST_WHOSE: Final = 120
_TWICE: Final = FieldError("#/email", "That address is already confirmed.")


class AddressWithdrawn(Conflict):
    """It was withdrawn before; what was said then stays."""

    code = "address-withdrawn"


def standing() -> QuerySet[ConfirmedAddress]:
    """Those that hold, by whose they are."""
    return ConfirmedAddress.objects.filter(withdrawn_at__isnull=True)


def as_kept(email: str) -> str:
    """An address as it is kept and compared: small letters, nothing around it."""
    return email.strip().casefold()


def confirmed(email: str) -> ConfirmedAddress | None:
    """The confirmation of this address that holds; None of one that is not confirmed, or not any more."""
    return standing().filter(email=as_kept(email)).first()


def confirm_address(*, email: str, whose: str, by: Actor, now: datetime) -> ConfirmedAddress:
    """Say that letters may go to this address. Raises: Forbidden, Invalid (email, whose)."""
    check_permitted("confirm-address", by)
    email, whose = as_kept(email), tidy(whose)
    problems = list(_problems(email, whose))
    if problems:
        raise Invalid(problems)
    try:
        with use_case():
            if confirmed(email):
                raise Invalid([_TWICE])
            row = ConfirmedAddress.objects.create(
                email=email, whose=whose, confirmed_at=now, confirmed_by_id=by.user_id
            )
            record("address-confirmed", by=by, now=now, patients=[], subject=f"confirmedaddress:{row.pk}")
            return row
    except IntegrityError:  # somebody confirmed it at this moment
        raise Invalid([_TWICE]) from None


def withdraw_address(address_id: int, *, reason: str, by: Actor, now: datetime) -> ConfirmedAddress:
    """Let no letter go there any more, nor one that waits.

    Raises: Forbidden, Missing, Invalid (reason), AddressWithdrawn.
    """
    check_permitted("confirm-address", by)
    if not tidy(reason):
        raise Invalid.field("reason", "Say why.")
    with use_case():
        row = the(ConfirmedAddress.objects.select_for_update(), address_id)
        check_stands(row)
        row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = now, by.user_id, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        record("address-withdrawn", by=by, now=now, patients=[], subject=f"confirmedaddress:{row.pk}")
        return row


def check_stands(address: ConfirmedAddress) -> None:
    """Raise AddressWithdrawn for one that holds no more."""
    if address.withdrawn_at is not None:
        raise AddressWithdrawn(f"{address.email} was withdrawn. A manager can confirm it again.")


def _problems(email: str, whose: str) -> Iterator[FieldError]:
    try:
        validate_email(email)
    except ValidationError:
        yield FieldError("#/email", "Enter an email address, like practice@surgery.example.")
    else:
        if len(email) > LONGEST_EMAIL:
            yield FieldError("#/email", f"Write at most {LONGEST_EMAIL} characters.")
    if not whose:
        yield FieldError("#/whose", "Say whose address it is.")
    elif why := what_is_hidden(whose):
        yield FieldError("#/whose", f"This {why}")
    elif len(whose) > LONGEST_WHOSE:
        yield FieldError("#/whose", f"Write at most {LONGEST_WHOSE} characters.")

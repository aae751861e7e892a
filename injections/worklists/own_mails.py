"""Which mails to the staff somebody gets: each chooses for themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from injections.messages.staff import WHAT
from pht_clinic.audit.record import record
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from scheduling.diary.locks import use_case


def choose_mails(wanted: Collection[str], *, by: Actor, now: datetime) -> list[str]:
    """Store which of the mails to the staff (codes of `messages.staff.WHAT`) this person gets from now on.

    What nobody has chosen goes to the clinic's duty address. Raises: Forbidden (nobody who signs in), Invalid.
    """
    if by.user_id is None:
        raise Forbidden("Only clinic staff choose their emails.")
    if unknown := sorted(set(wanted) - WHAT.keys()):
        raise Invalid.field("mails", f"{unknown[0]} is not one of {', '.join(WHAT)}.")
    chosen = [what for what in WHAT if what in wanted]
    with use_case():
        User.objects.filter(pk=by.user_id).update(mails=chosen)
        record("mails-chosen", by=by, now=now, subject=f"user:{by.user_id}", detail={"mails": chosen})
    return chosen

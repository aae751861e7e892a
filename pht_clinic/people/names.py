"""What staff are called: pages, mails and the audit trail name people, so two of one name are told apart on purpose."""

from __future__ import annotations

import unicodedata

from pht_clinic.errors import Conflict
from pht_clinic.people.models import User


class NameTaken(Conflict):
    """Another account bears this name; `confirm_name` passes it."""

    code = "name-taken"


def check_name_is_free(name: str, *, besides: int | None = None) -> None:
    """Ask about a name that another account bears, also one that may not sign in any more: its owner's deeds stand on
    the trail. Case, accents and spaces make no other name; no name at all is nobody's. `besides` is the user's own id.

    Raises: NameTaken (says whose it is).
    """
    wanted = _plain(name)
    others = [user for user in User.objects.exclude(name="").order_by("pk") if user.pk != besides]
    bearer = next((user for user in others if wanted and _plain(user.name) == wanted), None)
    if bearer is not None:
        raise NameTaken(
            f"{bearer.name} is what the account {bearer.email} is called. Choose a name that tells the two apart, or "
            "say that this is another person with the same name."
        )


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).casefold().split())

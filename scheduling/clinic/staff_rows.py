"""What the list of staff says of each."""

from __future__ import annotations

from dataclasses import dataclass

from pht_clinic.people.models import User
from pht_clinic.people.second_factor.holding import holders, is_required_by_role, is_required_of
from pht_clinic.web.signing_in.guessing import limits


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody, and whether they have a second factor, need one before anything else, and must wait.

    Who must wait had so many wrong passwords tried at their account that one more is not looked at, at least from where
    they came.
    """

    user: User
    has_factor: bool
    needs_factor: bool
    must_wait: bool

    @property
    def factor_words(self) -> str:
        """How it stands with their second factor."""
        if self.has_factor:
            return "Second factor set up"
        return "Second factor to be set up at the next sign-in" if self.needs_factor else "No second factor needed"

    @property
    def is_exempt_by_role(self) -> bool:
        """Whether a manager may ask for one of this person alone, or has done so."""
        return bool(self.user.role) and not is_required_by_role(self.user)


def rows_of_staff() -> list[StaffRow]:
    """Everybody, those who may sign in first."""
    users = list(User.objects.order_by("-is_active", "name", "email"))
    have, locked = holders(user.pk for user in users), limits.locked(user.email for user in users)
    return [StaffRow(user, user.pk in have, is_required_of(user), user.email in locked) for user in users]

"""What the list of staff says of each."""

from __future__ import annotations

from dataclasses import dataclass

from pht_clinic.people.models import User
from pht_clinic.people.roles import EVERY_ROLE
from pht_clinic.people.second_factor.holding import holders, is_required_of


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody, whether they have a second factor, and whether they need one before anything else."""

    user: User
    has_factor: bool
    needs_factor: bool

    @property
    def factor_words(self) -> str:
        """How it stands with their second factor."""
        if self.has_factor:
            return "Second factor set up"
        return "Second factor to be set up at the next sign-in" if self.needs_factor else "No second factor needed"

    @property
    def is_exempt_by_role(self) -> bool:
        """Whether a manager may ask for one of this person alone, or has done so."""
        return self.user.role in EVERY_ROLE and (self.user.second_factor_required or not self.needs_factor)


def rows_of_staff() -> list[StaffRow]:
    """Everybody, those who may sign in first."""
    users = list(User.objects.order_by("-is_active", "name", "email"))
    have = holders(user.pk for user in users)
    return [StaffRow(user, user.pk in have, is_required_of(user)) for user in users]

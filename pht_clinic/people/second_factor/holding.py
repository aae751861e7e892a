"""Who needs a second factor, who has one, and taking it away."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.conf import settings

from pht_clinic.people.models import User
from pht_clinic.people.roles import EVERY_ROLE


def is_required_of(user: User) -> bool:
    """Everybody with a role, unless the role is exempt and no manager asked for one of this person."""
    return user.second_factor_required or is_required_by_role(user)


def is_required_by_role(user: User) -> bool:
    """Whether everybody with this role needs one; somebody without a role sees nothing, and needs none."""
    return user.role in EVERY_ROLE.difference(settings.SECOND_FACTOR_EXEMPT)


def holders(user_ids: Iterable[int]) -> frozenset[int]:
    """Which of these users have a second factor; recovery codes alone are none, they stand in for one that is lost."""
    rows = Authenticator.objects.filter(user_id__in=list(user_ids)).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return frozenset(rows.values_list("user_id", flat=True))


def take_away(user: User) -> bool:
    """Forget this user's second factors and recovery codes, inside a transaction; answers whether there were any."""
    return bool(Authenticator.objects.filter(user=user).delete()[0])

"""Who works in what is played: the two radiologists take turns at whose the patients are."""

from __future__ import annotations

from typing import Final

from pht_clinic.demo.life.stage import Staff
from pht_clinic.demo.life.times import Times
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.models import User
from scheduling.models import Practitioner

_EMAILS: Final = ("radiologist@clinic.example", "radiologist2@clinic.example")
_INJECT: Final = ("Dr Amara Osei", "Dr Felix Brandt")
_TREAT: Final = ("Jo Lindgren", "Sam Okafor")
PARTS_OF_STAFF: Final = len(_INJECT)


def staff(part: int) -> Staff:
    """Who acts where the first or the second radiologist (0, 1) has the patients."""
    injects = [_user(email) for email in _EMAILS]
    return Staff(
        reception=_user("reception@clinic.example"),
        radiologist=injects[part],
        colleague=injects[1 - part],
        injects=Times(Practitioner.objects.get(name=_INJECT[part])),
        treats=Times(Practitioner.objects.get(name=_TREAT[part])),
    )


def _user(email: str) -> Actor:
    return actor_of(User.objects.get(email=email))

"""Who does something: a user, the system itself, or a patient by a link. Passed to every use case as `by`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.contrib.auth.models import AnonymousUser

if TYPE_CHECKING:
    from pht_clinic.people.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """`role` is empty for the system and for patients; `user_id` is None for both."""

    kind: Literal["user", "system", "patient"]
    user_id: int | None
    name: str
    role: str


SYSTEM = Actor(kind="system", user_id=None, name="system", role="")
PATIENT = Actor(kind="patient", user_id=None, name="patient", role="")


def actor_of(user: "User | AnonymousUser") -> Actor:
    """The actor that a signed-in user is.

    Raises: ValueError (nobody is signed in; a view that lets strangers in must not act for them).
    """
    if isinstance(user, AnonymousUser):
        raise ValueError("nobody is signed in")
    return Actor(kind="user", user_id=user.pk, name=user.get_full_name(), role=user.role)

"""Who does something: a user, the system itself, a patient by a link, whoever runs a command at the server, an import
for whoever started it, another system that calls with a token of its own (a client), or a stranger. Passed to every use
case as `by`.
"""

import os
import pwd
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from pht_clinic.people.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """`role` is empty for all but users, and `user_id` None for all but them and their imports."""

    kind: Literal["user", "system", "patient", "operator", "import", "stranger", "client"]
    user_id: int | None
    name: str
    role: str


SYSTEM = Actor(kind="system", user_id=None, name="system", role="")
PATIENT = Actor(kind="patient", user_id=None, name="patient", role="")
IMPORT = "import"
"""The kind of whoever an import acts as: it may bring records in, and nothing else that its owner may."""
STRANGER = Actor(kind="stranger", user_id=None, name="nobody signed in", role="")


who_looks: ContextVar[Actor | None] = ContextVar("who_looks", default=None)
"""Who looks at an answer while it is being made: for reads that ask whether they may; None everywhere else."""


def at_the_server() -> Actor:
    """Whoever runs this process, by the name that the operating system has for them, else their number."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container, which knows no names
        name = f"user {number}"
    return Actor(kind="operator", user_id=None, name=name, role="")


def actor_of(user: "User | AnonymousUser") -> Actor:
    """The actor that a signed-in user is.

    Raises: ValueError (nobody is signed in; a view that lets strangers in must not act for them).
    """
    if user.is_anonymous:
        raise ValueError("nobody is signed in")
    return Actor(kind="user", user_id=user.pk, name=user.get_full_name(), role=user.role)


def importing(*, user_id: int | None, name: str) -> Actor:
    """The actor that an import is, for the user who started it, or for whoever did so at the server."""
    return Actor(kind="import", user_id=user_id, name=name, role="")

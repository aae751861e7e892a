"""Passwords that the product makes up, for somebody who then chooses an own one."""

import secrets
from typing import Final

LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike: people copy them by hand."""
_GROUPS, _LETTERS_PER_GROUP = 4, 4


def new_password() -> str:
    """Four groups of four: about 79 bits."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(_LETTERS_PER_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)

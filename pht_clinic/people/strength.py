"""Whether a password can be guessed, by zxcvbn's estimate; the list of common ones is Django's own check beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from pht_clinic.clinic_words import words_in_force
from pht_clinic.people.models import User

LEAST_SCORE: Final = 4
"""Of 4: more than 10^10 guesses, for whoever knows its owner's name and the clinic's."""
_READ: Final = 72
"""Its first characters are looked at: the estimate takes long over longer ones."""
_ADVICE: Final = "Three or four words that do not belong together are hard to guess and easy to remember."


class HardToGuess:
    """A check for AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises: ValidationError, with what makes it easy to guess and what would be better."""
        found = zxcvbn(password[:_READ] or " ", user_inputs=list(_known(user)))
        if found["score"] >= LEAST_SCORE:
            return
        why = str(found["feedback"]["warning"]).rstrip(".")
        sentence = f"This password is easy to guess{': ' + why[0].lower() + why[1:] if why else ''}."
        raise ValidationError(f"{sentence} {_ADVICE}", code="password_easy_to_guess")

    def get_help_text(self) -> str:
        return _ADVICE


def _known(user: User | None) -> Iterator[str]:
    """What whoever guesses knows anyway."""
    words = [words_in_force().name, *((user.email, user.name) if user else ())]
    for text in words:
        yield text
        yield from (word for word in re.split(r"[\W_]+", text) if len(word) > 2)

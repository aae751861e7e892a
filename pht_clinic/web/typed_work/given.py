"""What a request holds of typed work: what is kept for whoever asks, and what its page gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, QueryDict

from pht_clinic import clock

_ATTRIBUTE = "_given_back"
# What a form carries of the page that it stood on.
_NOBODY_TYPED = frozenset({"revision", "seen", "shown"})


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept form, opened: where it goes, since when it is kept, and what was typed."""

    pk: int
    address: str
    created_at: datetime
    typed: QueryDict

    @property
    def at(self) -> str:
        """When it came, on the clinic's wall clock: 12 March, 14:32."""
        came = self.created_at.astimezone(clock.zone())
        return f"{came.day} {came:%B, %H:%M}"

    @property
    def words(self) -> list[tuple[str, str]]:
        """What was typed by the names of the fields, for where no form shows it."""
        return [
            (name.replace("_", " ").capitalize(), ", ".join(filled))
            for name, values in self.typed.lists()
            if name not in _NOBODY_TYPED and (filled := [value for value in values if value.strip()])
        ]


def give_back(request: HttpRequest, kept: Kept) -> None:
    """Let the form of this page be bound to what was typed: every page binds its form to `request.POST`."""
    request.POST = kept.typed  # type: ignore[assignment]  # the stubs want one that cannot be changed
    setattr(request, _ATTRIBUTE, kept)


def given_back(request: HttpRequest) -> Kept | None:
    """What this page gives back, if anything."""
    return getattr(request, _ATTRIBUTE, None)

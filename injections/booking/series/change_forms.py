"""Forms that move or cancel several visits of a series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from injections.booking.forms import CancelForm, PlaceForm, tell_field
from injections.booking.series.forms import DatesForm
from injections.booking.series.standing import VisitTime, following
from pht_clinic.web.forms.base import ClinicForm
from scheduling.models import Appointment


def seen_of(visits: Iterable[Appointment]) -> str:
    """Which visits a page shows, and of which revision each, as its form sends them back."""
    return " ".join(f"{one.pk}:{one.revision}" for one in visits)


def revisions_of(seen: str) -> dict[int, int]:
    """The same as numbers; {} for what no form sends."""
    pairs = [text.partition(":") for text in seen.split()]
    numbers = [(pk, revision) for pk, _, revision in pairs if _is_id(pk) and _is_id(revision)]
    return {int(pk): int(revision) for pk, revision in numbers} if len(numbers) == len(pairs) else {}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


class _SeenForm(ClinicForm):
    """Carries which visits it was shown with."""

    visits_seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)

    @property
    def revisions(self) -> dict[int, int]:
        return revisions_of(self.cleaned_data.get("visits_seen") or "")


class CancelSeriesForm(_SeenForm, CancelForm):
    """Who cancels several visits and why, and whether the patient is told."""

    revision = None  # type: ignore[assignment]  # each visit has its own


class MoveRuleForm(PlaceForm):
    """Where the first of them goes; the others follow by as many days."""

    hides_optional = True
    no_room = "The room of that session"

    def spots(self, visits: Sequence[Appointment]) -> list[VisitTime]:
        """Where each of these would go, once the form is valid."""
        sent = self.cleaned_data
        who, where = int(sent["who"]), int(sent["where"]) if sent["where"] else None
        return [VisitTime(start, who, where) for start in following(visits, sent["on"], sent["at"])]


class MoveDatesForm(_SeenForm, DatesForm):
    """What becomes of each visit that may move, and whether the patient is told."""

    fewest = 1
    too_few = "Choose a new time for at least one of them."
    note = None  # type: ignore[assignment]  # a move has none
    knows = None  # type: ignore[assignment]  # `tell` asks it
    tell = tell_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # while somebody only looks, it is not asked yet
        self.fields["tell"].required = (self.data or {}).get("intent") == "book"

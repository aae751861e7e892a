"""Forms of booking, moving and ending a visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from injections import words
from injections.booking.cancel import Why
from injections.booking.request import said_twice
from injections.booking.wish import FURTHER, Wish
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import BOOKABLE_SITES
from injections.visit_kinds import CHOICES, KINDS
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, is_sensible
from pht_clinic.web.forms.moment import MomentForm
from scheduling.diary.why_cancelled import BY_KEY, NOBODY_SAID, choices
from scheduling.models import Practitioner, Room


def _further(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "None"), *FURTHER.items()])


class WhatForm(ClinicForm):
    """What to book: the kind of visit, and for an injection its site and side, and what else is injected at once."""

    hides_optional = True

    kind = forms.ChoiceField(label="Kind of visit", widget=forms.RadioSelect, choices=CHOICES)
    site = forms.ChoiceField(
        label="Site of the injection",
        required=False,
        widget=forms.RadioSelect,
        choices=words.choices(words.SITE_NAMES, BOOKABLE_SITES),
    )
    side = forms.ChoiceField(
        label="Side", required=False, widget=forms.RadioSelect, choices=words.choices(words.SIDES, REQUEST_SIDES)
    )
    second = _further("Second injection at the same visit")
    third = _further("Third injection at the same visit")

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> WhatForm:
        """What was sent, with its errors. A link that says no more than the kind, as the calendar's do, opens it with
        that chosen: nobody was asked where yet.
        """
        kind = KINDS.get(query.get("kind", ""))
        is_asked = any(name in query for name in ("site", "side", "second", "third"))
        if kind is not None and kind.injects and not is_asked:
            return cls(initial={"kind": kind.code})
        return cls(query) if "kind" in query else cls()

    @property
    def shows_further(self) -> bool:
        """Whether anything of it is chosen; else it lies folded."""
        return any(self[name].errors or self[name].value() for name in ("second", "third"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = KINDS.get(cleaned.get("kind") or "")
        if kind is not None and kind.injects:
            for name, sentence in (("site", "Choose the site of the injection."), ("side", "Choose left or right.")):
                if not cleaned.get(name):
                    self.add_error(name, sentence)
            further = [name for name in ("second", "third") if cleaned.get(name)]
            for number, first in Wish.of(cleaned).doubled.items():
                self.add_error(further[number - 1], said_twice(first))
        return cleaned


class OffersForm(ClinicForm):
    """Which free times to show."""

    hides_optional = True

    from_on = DateField(label="From", required=False)
    who = forms.ChoiceField(label="With", required=False)
    verdict = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "All times"), ("clear", "Clear times only"), ("review", "Times that need review only")],
    )

    def __init__(self, *args: Any, people: list[Practitioner], needs_check: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["who"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 - declared above
        who.choices = [("", "Anyone"), *((str(one.pk), one.name) for one in people)]
        if not needs_check:
            del self.fields["verdict"]


class PlaceForm(MomentForm):
    """A time of one's own, with whom, and where."""

    who = forms.ChoiceField(label="With")
    where = forms.ChoiceField(label="Room", required=False)
    field_order = ["on", "at", "who", "where"]
    pointer_fields = {"start": "at", "practitioner": "who", "room": "where"}
    no_room = "The room of that session"

    def __init__(self, *args: Any, people: list[Practitioner], rooms: list[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows, first in (("who", people, ""), ("where", rooms, self.no_room)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", first or "Choose"), *((str(row.pk), row.name) for row in rows)]
        self.fields["who"].error_messages["required"] = "Choose with whom."


def tell_field(
    label: str = "Tell the patient?", *, yes: str = "Yes, as shown here", no: str = "No, the patient knows"
) -> forms.ChoiceField:
    """Nothing is pre-ticked: whoever changes a visit says whether the patient is told, or knows."""
    return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=[("yes", yes), ("no", no)])


class MoveForm(PlaceForm):
    """Where a visit goes, and whether the patient is told; `revision` is the state the person saw."""

    no_room = "The same room as now"
    hides_optional = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    override_reason = forms.CharField(
        label="Why it should be moved there anyway (required)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    tell = tell_field()


class BookingNoteForm(ClinicForm):
    """The last words of a booking. `override_reason` asks a radiologist to look at a blocked one all the same; `knows`
    is asked where no email goes out.
    """

    hides_optional = True

    note = forms.CharField(
        label="Note for colleagues (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    override_reason = forms.CharField(
        label="Why a radiologist should look at it anyway (required)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    knows = forms.BooleanField(
        label="The patient knows: I have told them the time, on the phone or here", required=False
    )


class CancelForm(ClinicForm):
    """Who cancels a visit and why, and whether the patient is told by email."""

    hides_optional = True
    names_fields = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(label="Who cancels, and why", widget=forms.RadioSelect, choices=choices())
    reason = forms.CharField(
        label="In a few words",
        help_text="Needed if it is another reason. Colleagues can read it.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tell = tell_field()

    @property
    def why(self) -> Why:
        said = BY_KEY.get(self.cleaned_data.get("reason_code", ""), NOBODY_SAID)
        return Why(self.cleaned_data.get("reason", ""), said.by, said.code)


class UndoForm(ClinicForm):
    """Whether the patient is told that a change is taken back; not asked where there is nothing to tell."""

    tell = tell_field()

    def __init__(self, *args: Any, has_news: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_news:
            del self.fields["tell"]


def day_from(query: Mapping[str, Any], name: str) -> date | None:
    """A date out of an address; nonsense counts as none."""
    try:
        day = date.fromisoformat(str(query.get(name) or ""))
    except ValueError:
        return None
    return day if is_sensible(day) else None

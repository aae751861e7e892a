"""Forms of booking, moving and ending a visit, and what a booking has been asked so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms

from injections import words
from injections.booking.request import BookingRequest
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import BOOKABLE_SITES, SITE_BY_CODE
from injections.visit_kinds import CHOICES, KINDS, VisitKind
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, is_sensible
from pht_clinic.web.forms.moment import MomentForm
from scheduling.models import Practitioner, Room


@dataclass(frozen=True, slots=True)
class Wish:
    """What a booking asks for as far as it is known; it travels in the address, in codes and ids only."""

    kind: str = ""
    site: str = ""
    side: str = ""
    start: str = ""
    practitioner: str = ""
    room: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Wish:
        """Whatever of it an address or a form holds; what makes no sense counts as not said."""
        found = cls(**{field.name: str(query.get(field.name) or "") for field in fields(cls)})
        kind = found.kind if found.kind in KINDS else ""
        injects = bool(kind) and KINDS[kind].injects
        return replace(
            found,
            kind=kind,
            site=found.site if injects and found.site in BOOKABLE_SITES else "",
            side=found.side if injects and found.side in REQUEST_SIDES else "",
            start=found.start if _instant(found.start) else "",
            practitioner=_id(found.practitioner),
            room=_id(found.room),
        )

    @property
    def query(self) -> str:
        """As the query of an address, without its question mark."""
        given = ((field.name, getattr(self, field.name)) for field in fields(self))
        return urlencode([(name, value) for name, value in given if value])

    @property
    def visit(self) -> VisitKind | None:
        return KINDS.get(self.kind)

    @property
    def says_what(self) -> bool:
        """Whether it is known what to book: the kind, and for an injection where."""
        return self.visit is not None and (not self.visit.injects or bool(self.site and self.side))

    @property
    def says_when(self) -> bool:
        return bool(self.start and self.practitioner)

    @property
    def area(self) -> str:
        return (SITE_BY_CODE[self.site].area or "") if self.site else ""

    @property
    def start_at(self) -> datetime | None:
        return _instant(self.start)

    @property
    def without_time(self) -> Wish:
        return replace(self, start="", practitioner="", room="")

    def at(self, start: datetime, practitioner_id: int, room_id: int) -> Wish:
        """The same wish at a time and place."""
        return replace(self, start=start.isoformat(), practitioner=str(practitioner_id), room=str(room_id))

    def ask(self, patient_id: int, *, note: str = "", override_reason: str = "") -> BookingRequest:
        """The request that the address stands for; ask `says_what` first."""
        return BookingRequest(
            patient_id=patient_id,
            kind=self.kind,
            start=self.start_at,
            practitioner_id=int(self.practitioner) if self.practitioner else None,
            room_id=int(self.room) if self.room else None,
            site=self.site or None,
            side=self.side or None,
            note=note,
            override_reason=override_reason,
        )


_LONGEST_ID = 18
_LAST_YEAR = 2200
"""Times after that are mistyped, and too near the end of the calendar to reckon with."""


def _id(text: str) -> str:
    return text if text.isdecimal() and len(text) <= _LONGEST_ID else ""


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo and 1900 < found.year < _LAST_YEAR else None


class WhatForm(ClinicForm):
    """What to book: the kind of visit, and for an injection its site and side."""

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

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = KINDS.get(cleaned.get("kind") or "")
        if kind is not None and kind.injects:
            for name, sentence in (("site", "Choose the site of the injection."), ("side", "Choose left or right.")):
                if not cleaned.get(name):
                    self.add_error(name, sentence)
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


def _tell() -> forms.ChoiceField:
    """Nothing is pre-ticked: whoever changes a visit says whether the patient is told, or knows."""
    return forms.ChoiceField(
        label="Tell the patient?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, as shown here"), ("no", "No, the patient knows")],
    )


class MoveForm(PlaceForm):
    """Where a visit goes, and whether the patient is told; `revision` is the state the person saw."""

    no_room = "The same room as now"
    hides_optional = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    override_reason = forms.CharField(
        label="Why it should be moved there all the same",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    tell = _tell()


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
        label="Why a radiologist should look at it all the same",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    knows = forms.BooleanField(
        label="The patient knows: I have told them the time, on the phone or here", required=False
    )


class CancelForm(ClinicForm):
    """Why a visit is cancelled, and whether the patient is told by email."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why is it cancelled", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    tell = _tell()


class UndoForm(ClinicForm):
    """Whether the patient is told that a change is taken back; not asked where there is nothing to tell."""

    tell = _tell()

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

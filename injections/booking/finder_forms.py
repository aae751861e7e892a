"""What somebody may say of the times they look for, and the time that they choose among those found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms

from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from scheduling.availability.hours_of_day import AFTERNOON, MORNING
from scheduling.models import Practitioner, Room

WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
HALVES: Final = ((MORNING, "Mornings"), (AFTERNOON, "Afternoons"))
_ROW: Final = {"class": "choices"}
_LONGEST_ID: Final = 18


class DaysForm(ClinicForm):
    """On which days, and when on them: what a patient is asked by their link too."""

    hides_optional = True

    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs=_ROW),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
    )
    halves = forms.MultipleChoiceField(
        label="Time of day", required=False, widget=forms.CheckboxSelectMultiple(attrs=_ROW), choices=HALVES
    )
    from_on = DateField(label="From", required=False)
    to_on = DateField(label="Until", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("to_on")
        if last is not None and last < max(first or last, clock.today()):
            self.add_error("to_on", "The last day is before the first." if first else "This day is over.")
        return cleaned


class FinderForm(DaysForm):
    """Which free times to show at the desk; nothing chosen means any."""

    who = forms.ChoiceField(label="With", required=False)
    where = forms.ChoiceField(label="Room", required=False)
    verdict = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "All times"), ("clear", "Clear times only"), ("review", "Times that need review only")],
    )

    def __init__(
        self, *args: Any, people: list[Practitioner], rooms: list[Room], needs_check: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows, anybody in (("who", people, "Anyone"), ("where", rooms, "Any room")):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", anybody), *((str(row.pk), row.name) for row in rows)]
        if not needs_check:
            del self.fields["verdict"]
        self.order_fields(("who", "weekdays", "halves", "where", "from_on", "to_on", "verdict"))


@dataclass(frozen=True, slots=True)
class ChosenTime:
    """A time as its button sends it: when it starts, with whom, and where."""

    start: datetime
    practitioner_id: int
    room_id: int

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> ChosenTime:
        """The time that was chosen. Raises: Invalid (no button sends such a one)."""
        start, _, place = str(sent.get("time") or "").partition("/")
        people, _, room = place.partition("/")
        try:
            moment = datetime.fromisoformat(start)
        except ValueError:
            moment = None
        ids = [text for text in (people, room) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID]
        if moment is None or moment.tzinfo is None or not _is_near(moment.date()) or len(ids) < 2:
            raise Invalid.field("start", "Choose one of the times offered.")
        return cls(moment, int(ids[0]), int(ids[1]))


def _is_near(day: date) -> bool:
    """Far enough from both ends of the calendar to reckon with."""
    return 1900 < day.year < 2200

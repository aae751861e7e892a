"""Forms of a series: its rule, and what becomes of each of its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from injections.booking.finder_forms import WEEKDAYS, ChosenTime
from injections.booking.series.rule import LONGEST_DAYS, SeriesRule
from injections.booking.series.standing import VisitTime
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment
from scheduling.models import Practitioner, Room
from scheduling.models.series import FEWEST, MOST, MOST_WEEKS

LEAVE, OTHER = "leave", "other"
_ROW: Final = {"class": "choices"}


class RuleForm(ClinicForm):
    """By which rule the visits come: how many, on which days, at what time, with whom."""

    hides_optional = True

    count = forms.TypedChoiceField(
        label="How many visits", coerce=int, initial=6, choices=[(str(n), str(n)) for n in range(FEWEST, MOST + 1)]
    )
    every_weeks = forms.TypedChoiceField(
        label="How often",
        coerce=int,
        choices=[("1", "Every week"), *((str(n), f"Every {n} weeks") for n in range(2, MOST_WEEKS + 1))],
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays",
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs=_ROW),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
    )
    at = TimeField(label="Time")
    who = forms.TypedChoiceField(label="With", coerce=int)
    where = forms.TypedChoiceField(label="Room", required=False, coerce=int, empty_value=None)
    from_on = DateField(label="First day")

    def __init__(self, *args: Any, people: Sequence[Practitioner], rooms: Sequence[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows, first in (("who", people, "Choose"), ("where", rooms, "The room of that session")):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", first), *((str(row.pk), row.name) for row in rows)]
        self.fields["who"].error_messages["required"] = "Choose with whom."
        if len(people) == 1:
            self.fields["who"].initial = str(people[0].pk)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first = cleaned.get("from_on")
        if first is not None and first < clock.today():
            self.add_error("from_on", "This day is over. The first day is today or later.")
        elif not self.errors and (self.rule.days()[-1] - clock.today()).days > LONGEST_DAYS:
            self.add_error(
                "count", "The last visit would be more than a year away. Choose fewer visits, or more often."
            )
        return cleaned

    @property
    def rule(self) -> SeriesRule:
        """What the form says, once it is valid."""
        sent = self.cleaned_data
        return SeriesRule(sent["from_on"], sent["every_weeks"], frozenset(sent["weekdays"]), sent["at"], sent["count"])

    @property
    def spots(self) -> list[VisitTime]:
        """The times that follow from it."""
        sent = self.cleaned_data
        return [VisitTime(start, sent["who"], sent["where"]) for start in self.rule.starts(clock.zone())]


@dataclass(frozen=True, slots=True)
class DateRow:
    """One date of the form: the number of its visit, the time wanted, and what may be chosen, as (code, words)."""

    number: int
    spot: VisitTime
    choices: Sequence[tuple[str, str]]
    initial: str = ""


class _CodeField(forms.ChoiceField):
    """A choice among times; one that was offered a moment ago counts too, what it is worth is looked at anew."""

    def valid_value(self, value: object) -> bool:
        return True


class DatesForm(ClinicForm):
    """What becomes of each date: a time, another time of one's own, or none; and the last words of a booking."""

    hides_optional = True
    fewest: ClassVar[int] = FEWEST
    too_few: ClassVar[str] = f"A series has at least {FEWEST} visits. Book a single visit on its own."

    note = forms.CharField(
        label="Note for colleagues, on each visit (optional)",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    knows = forms.BooleanField(
        label="The patient knows: I have told them the times, on the phone or here", required=False
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: Sequence[DateRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            said = f"Visit {row.number}"
            self.fields[f"visit_{row.number}"] = _CodeField(
                label=said,
                choices=row.choices,
                initial=row.initial or None,
                widget=forms.RadioSelect,
                error_messages={"required": f"{said}: choose a time, or leave it out."},
            )
            local = row.spot.start.astimezone(clock.zone())
            on, at = DateField(label="Date", required=False), TimeField(label="Time", required=False)
            on.initial, at.initial = local.date(), local.time()
            self.fields[f"on_{row.number}"], self.fields[f"at_{row.number}"] = on, at

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["spots"] = {row.number: spot for row in self.rows if (spot := self._spot(row, cleaned))}
        if not self.errors and len(cleaned["spots"]) < self.fewest:
            self.add_error(None, self.too_few)
        return cleaned

    @property
    def has_wrong_dates(self) -> bool:
        """Whether something is wrong with the dates, whatever is with the last words."""
        return any(name == NON_FIELD_ERRORS or name.startswith(("visit_", "on_", "at_")) for name in self.errors)

    def _spot(self, row: DateRow, cleaned: dict[str, Any]) -> VisitTime | None:
        """The time chosen for one date; None where it is left out, or where something is wrong with it."""
        choice = cleaned.get(f"visit_{row.number}")
        if not choice or choice == LEAVE:
            return None
        if choice == OTHER:
            return self._own_time(row, cleaned)
        try:
            chosen = ChosenTime.of({"time": choice})
        except Invalid as refusal:
            self.add_error(f"visit_{row.number}", refusal.errors[0].detail)
            return None
        return VisitTime(chosen.start, chosen.practitioner_id, chosen.room_id)

    def _own_time(self, row: DateRow, cleaned: dict[str, Any]) -> VisitTime | None:
        for name, noun in (("on", "date"), ("at", "time")):
            field = f"{name}_{row.number}"
            if not cleaned.get(field) and field not in self.errors:
                self.add_error(field, f"Visit {row.number}: enter the {noun}.")
        on, at = cleaned.get(f"on_{row.number}"), cleaned.get(f"at_{row.number}")
        if not on or not at:
            return None
        try:
            start: datetime = local_moment(on, at)
        except NoSuchTime as error:
            self.add_error(f"at_{row.number}", str(error))
            return None
        return VisitTime(start, row.spot.practitioner_id, row.spot.room_id)

"""Forms of practitioners, rooms, sessions and closures."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms

from pht_clinic import clock
from pht_clinic.people.models import User
from pht_clinic.web.forms.fields import DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.kinds import choices
from scheduling.messages.words import WEEKDAYS
from scheduling.models import Closure, Practitioner, Room, Schedule

WHOLE_CLINIC = "clinic"


class PractitionerForm(RevisedForm):
    """Somebody who takes visits."""

    pointer_fields: ClassVar[dict[str, str]] = {"user_id": "user"}

    name = forms.CharField(label="Name", max_length=200, help_text="As patients read it in their emails.")
    kinds = forms.MultipleChoiceField(
        label="Visits this person takes", widget=forms.CheckboxSelectMultiple, choices=choices, required=False
    )
    user = forms.ChoiceField(
        label="Signs in as",
        required=False,
        help_text="The person who signs in with this account can see and replace the calendar address.",
    )
    active = forms.BooleanField(label="Takes visits", required=False, initial=True)

    def __init__(self, *args: Any, users: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "user", [("", "Nobody"), *((str(user.pk), f"{user} ({user.email})") for user in users)])

    def shown(self, row: Practitioner) -> dict[str, Any]:
        return {"name": row.name, "kinds": row.kinds, "user": str(row.user_id or ""), "active": row.active}

    def values(self) -> dict[str, Any]:
        """What `clinic.save_practitioner` takes."""
        cleaned = super().values()
        user = cleaned.pop("user")
        return {**cleaned, "user_id": int(user) if user else None}


class RoomForm(RevisedForm):
    """A room."""

    name = forms.CharField(label="Name", max_length=100)
    has_ultrasound = forms.BooleanField(
        label="Has ultrasound",
        required=False,
        help_text="Visits that need ultrasound are booked only into rooms that have it.",
    )
    active = forms.BooleanField(label="In use", required=False, initial=True)

    def shown(self, row: Room) -> dict[str, Any]:
        return {"name": row.name, "has_ultrasound": row.has_ultrasound, "active": row.active}


class PlaceInTimeForm(RevisedForm):
    """Who works where, from when to when on a day."""

    pointer_fields: ClassVar[dict[str, str]] = {"practitioner_id": "practitioner", "room_id": "room"}

    practitioner = forms.ChoiceField(label="Practitioner")
    room = forms.ChoiceField(label="Room")
    opens = TimeField(label="Opens")
    closes = TimeField(label="Closes")

    def __init__(self, *args: Any, people: list[Practitioner], rooms: list[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("practitioner", people), ("room", rooms)):
            _choices(self, name, [("", "Choose"), *((str(row.pk), row.name) for row in rows)])

    def values(self) -> dict[str, Any]:
        """What `clinic.save_schedule` takes."""
        cleaned = super().values()
        people = {"practitioner_id": int(cleaned.pop("practitioner")), "room_id": int(cleaned.pop("room"))}
        return {**people, **cleaned}


class SessionForm(PlaceInTimeForm):
    """A weekly session."""

    weekday = forms.TypedChoiceField(label="Weekday", coerce=int, choices=list(enumerate(WEEKDAYS)))
    valid_from = DateField(label="First day it is valid")
    valid_to = DateField(
        label="Last day it is valid", required=False, help_text="Leave it empty if there is no last day."
    )
    every_weeks = forms.IntegerField(
        label="Every how many weeks",
        initial=1,
        min_value=1,
        max_value=52,
        help_text="1 is every week; 2 every other week, counted from the first day.",
        widget=forms.NumberInput(attrs={"class": "input--short"}),
    )
    field_order = ["practitioner", "room", "weekday", "opens", "closes", "every_weeks", "valid_from", "valid_to"]

    def shown(self, row: Schedule) -> dict[str, Any]:
        same = ("weekday", "opens", "closes", "valid_from", "valid_to", "every_weeks")
        who_and_where = {"practitioner": str(row.practitioner_id), "room": str(row.room_id)}
        return {name: getattr(row, name) for name in same} | who_and_where


class ExtraSessionForm(PlaceInTimeForm):
    """A session on one day only; it opens on a bank holiday too."""

    pointer_fields: ClassVar[dict[str, str]] = {
        **PlaceInTimeForm.pointer_fields,
        "weekday": "on",
        "valid_from": "on",
        "valid_to": "on",
    }

    on = DateField(label="Date")
    field_order = ["practitioner", "room", "on", "opens", "closes"]

    def values(self) -> dict[str, Any]:
        values = super().values()
        on: date = values.pop("on")
        return {**values, "weekday": on.weekday(), "valid_from": on, "valid_to": on, "every_weeks": 1}


class ClosureForm(RevisedForm):
    """A time in which nobody can be booked. Without times it closes whole days."""

    pointer_fields: ClassVar[dict[str, str]] = {
        "starts_at": "from_on",
        "ends_at": "to_on",
        "practitioner_id": "what",
        "room_id": "what",
    }

    what = forms.ChoiceField(label="What is closed")
    from_on = DateField(label="First day")
    from_at = TimeField(label="From", required=False, help_text="Leave empty for the start of that day.")
    to_on = DateField(label="Last day")
    to_at = TimeField(label="Until", required=False, help_text="Leave empty for the end of that day.")
    reason = forms.CharField(
        label="Reason", required=False, max_length=200, help_text="Staff can read it, patients cannot."
    )

    def __init__(self, *args: Any, people: list[Practitioner], rooms: list[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [("", "Choose"), (WHOLE_CLINIC, "The whole clinic")]
        persons = [(f"practitioner-{one.pk}", one.name) for one in people]
        _choices(self, "what", [*whole, *persons, *((f"room-{one.pk}", one.name) for one in rooms)])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("from_on"):
            cleaned["starts_at"] = self._moment("from_at", cleaned["from_on"], cleaned.get("from_at") or time.min)
        if cleaned.get("to_on"):
            ends = cleaned.get("to_at")
            day = cleaned["to_on"] if ends else cleaned["to_on"] + timedelta(days=1)
            cleaned["ends_at"] = self._moment("to_at", day, ends or time.min)
        return cleaned

    def shown(self, row: Closure) -> dict[str, Any]:
        starts, ends = (instant.astimezone(clock.zone()) for instant in (row.starts_at, row.ends_at))
        return {
            "what": _code_of(row),
            "from_on": starts.date(),
            "from_at": starts.time(),
            "to_on": ends.date(),
            "to_at": ends.time(),
            "reason": row.reason,
        }

    def _moment(self, field: str, day: date, wall: time) -> datetime | None:
        try:
            return local_moment(day, wall)
        except NoSuchTime as error:
            self.add_error(field, str(error))
            return None

    def values(self) -> dict[str, Any]:
        """What `clinic.save_closure` takes."""
        what, _, pk = self.cleaned_data["what"].partition("-")
        return {
            "starts_at": self.cleaned_data["starts_at"],
            "ends_at": self.cleaned_data["ends_at"],
            "practitioner_id": int(pk) if what == "practitioner" else None,
            "room_id": int(pk) if what == "room" else None,
            "reason": self.cleaned_data["reason"],
        }


class OutageForm(ClosureForm):
    """Who is ill, or what is out of use, and until when: it opens with today."""

    hides_optional = True

    what = forms.ChoiceField(label="Who is ill, or what is out of use")

    @staticmethod
    def today() -> dict[str, date]:
        """What it opens with."""
        return {"from_on": clock.today(), "to_on": clock.today()}


def _code_of(row: Closure) -> str:
    if row.practitioner_id is not None:
        return f"practitioner-{row.practitioner_id}"
    return f"room-{row.room_id}" if row.room_id is not None else WHOLE_CLINIC


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
    field.choices = choices

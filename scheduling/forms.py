"""The ground of the forms: refusals shown on their fields, wall-clock times, dates as people type them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from pht_clinic import clock
from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal
from scheduling.availability import wall_to_utc

TYPED_DATES = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%d %B %Y", "%d %b %Y"]


class ClinicForm(forms.Form):
    """A form that shows what a use case refuses where it belongs.

    `pointer_fields` names the field of a pointer where the two differ: {"start": "at"}. `hides_optional` is for forms
    in which it goes without saying that a field may stay empty.
    """

    hides_optional: ClassVar[bool] = False
    use_required_attribute = False
    pointer_fields: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = field.label or name.replace("_", " ").capitalize()
            verb = "Choose" if isinstance(field, forms.ChoiceField) else "Enter"
            field.error_messages["required"] = _demand(verb, str(label))

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn a refusal inside the block into errors of this form; what nobody may do or find stays one."""
        try:
            yield
        except (Forbidden, Missing):
            raise
        except Refusal as refusal:
            self.add_refusal(refusal)

    def add_refusal(self, refusal: Refusal) -> None:
        """Show a refusal: each problem of a field there, everything else on top."""
        if refusal.code == "stale-revision" and "revision" in self.fields:
            # said once; whoever sends it again has read who changed it
            fresh = QueryDict(mutable=True)
            for name in self.data:
                fresh.setlist(name, self.data.getlist(name))  # type: ignore[attr-defined]
            fresh["revision"] = str(refusal.extra["revision"])
            self.data = fresh
        if not isinstance(refusal, Invalid) or not refusal.errors:
            self.add_error(None, refusal.sentence)
            return
        for error in refusal.errors:
            self.add_error(self._field_of(error.pointer), error.detail)

    def has_field_for(self, pointer: str) -> bool:
        """Whether a problem at this pointer would be shown at a field."""
        return self._field_of(pointer) is not None

    def _field_of(self, pointer: str) -> str | None:
        path = pointer.removeprefix("#/").split("/")
        wanted = ("/".join(path), "_".join(path), path[-1], path[0])
        names = (self.pointer_fields.get(name, name) for name in wanted)
        return next((name for name in names if name in self.fields), None)


_QUESTION_WORDS = (
    "Where",
    "When",
    "Was",
    "Who",
    "What",
    "Why",
    "How",
    "Has",
    "Are",
    "Did",
    "Do",
    "Is",
    "Tell",
    "The",
)


def _demand(verb: str, label: str) -> str:
    """What a field that was left empty says: "Enter the date of birth.", "Answer “Was it a steroid”."."""
    if label.split()[0] in _QUESTION_WORDS:
        return f"Answer “{label}”."
    return f"{verb} the {label if label[1:2].isupper() else label[:1].lower() + label[1:]}."


FIRST_YEAR, LAST_YEAR = 1800, 2199


class DateField(forms.DateField):
    """A date picked in the browser, or typed the way people write dates here."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", TYPED_DATES)
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("error_messages", {"invalid": "Enter a date such as 27 3 2026."})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        """A day of these centuries: further away no arithmetic of days and months is safe."""
        day = super().to_python(value)
        if day is not None and not is_sensible(day):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def is_sensible(day: date) -> bool:
    """Whether a day lies in the years that anything here can be about."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


class TypedDateField(DateField):
    """A date that people know by heart; typing it is quicker than picking."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"class": "input--date", "inputmode": "text"}, format="%d %m %Y")
        kwargs.setdefault("help_text", "For example, 27 3 1980")
        super().__init__(widget=widget, **kwargs)


class TimeField(forms.TimeField):
    """A wall-clock time of the clinic."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%H:%M", "%H.%M", "%H:%M:%S"])
        kwargs.setdefault("widget", forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
        kwargs.setdefault("error_messages", {"invalid": "Enter a time such as 09:20."})
        super().__init__(**kwargs)


class AmountField(forms.DecimalField):
    """A number of anything measured; what is stored as 40.00 stands in it as 40."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.NumberInput(attrs={"class": "input--short", "step": "any"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class NoSuchTime(ValueError):
    """The clocks go forward over this time: it does not exist on that day."""


def local_moment(day: date, wall: time) -> datetime:
    """The instant of a clinic-local wall time; of a repeated hour the first. Raises: NoSuchTime for a skipped one."""
    instant = wall_to_utc(day, wall, clock.zone(), fold=0)
    back = instant.astimezone(clock.zone())
    if (back.date(), back.time()) != (day, wall.replace(fold=0)):
        raise NoSuchTime(f"{wall:%H:%M} does not exist on that day: the clocks go forward.")
    return instant.astimezone(UTC)


class MomentForm(ClinicForm):
    """A form with a local day `on` and a wall time `at`; `moment` is the instant they mean once it is valid."""

    pointer_fields: ClassVar[dict[str, str]] = {"start": "at"}

    on = DateField(label="Date")
    at = TimeField(label="Time")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("on") and cleaned.get("at"):
            try:
                cleaned["moment"] = local_moment(cleaned["on"], cleaned["at"])
            except NoSuchTime as error:
                self.add_error("at", str(error))
        return cleaned


class ReasonForm(ClinicForm):
    """Nothing but a reason."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class PhonedForm(ClinicForm):
    """What came of phoning a patient whom a message did not reach."""

    reason = forms.CharField(
        label="What came of it", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000,
        help_text="For example: told them everything; or: no need, they were here.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = "Say what came of it."


class PatientForm(ClinicForm):
    """Who a patient is and how to reach them."""

    given_name = forms.CharField(label="Given name", max_length=100)
    family_name = forms.CharField(label="Family name", max_length=100)
    date_of_birth = TypedDateField(label="Date of birth")
    nhs_number = forms.CharField(
        label="NHS number", required=False, max_length=20, help_text="10 digits, with or without spaces",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--date"}),
    )  # fmt: skip
    phone = forms.CharField(
        label="Phone", required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(
        label="Email address", required=False,
        help_text="Confirmations, reminders and aftercare go there. Without one we print a sheet and phone.",
        error_messages={"invalid": "Enter an email address such as name@patient.example."},
    )  # fmt: skip
    email_opt_in = forms.BooleanField(label="The patient agrees to get emails", required=False, initial=True)
    confirm_new = forms.BooleanField(required=False, widget=forms.HiddenInput)


class SearchForm(ClinicForm):
    """One box for whatever is known of a patient. Sent by POST: what is typed is never part of an address."""

    text = forms.CharField(
        label="Name, date of birth, phone or NHS number", max_length=200,
        help_text="Parts are enough, and small typing slips are forgiven: “smyth 1980”",
    )  # fmt: skip

"""What single values look like in the API: ids, instants, dates, texts. Stricter than the framework's own fields.

A value of the wrong type is refused, never converted: `5` is no name, `"false"` is not false, and a time without an
offset is no instant.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pht_clinic import clock
from pht_clinic.periods import local_days
from pht_clinic.text import what_is_hidden, without_hidden

EARLIEST_YEAR, LATEST_YEAR = 1800, 2199
"""Dates outside these years are taken for slips; inside them no arithmetic can overflow."""
LARGEST_ID = 2**63 - 1
LARGEST_REVISION = 2**31 - 1
LONGEST_TEXT = 4000

_ID = re.compile(r"[1-9][0-9]{0,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_WALL_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:00)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@extend_schema_field(OpenApiTypes.STR)
class Id(serializers.Field[Any, Any, Any, Any]):
    """An opaque string in answers; a string or a whole number in requests."""

    default_error_messages = {"invalid": "This is not an id."}

    def to_internal_value(self, data: object) -> int:
        text = str(data) if isinstance(data, str | int) and not isinstance(data, bool) else ""
        if not _ID.fullmatch(text) or int(text) > LARGEST_ID:
            self.fail("invalid")
        return int(text)

    def to_representation(self, value: object) -> str:
        return str(value)


class Text(serializers.CharField):
    """Text on one line, or with `lines` on several; what cannot be seen, and what turns writing around, is refused.

    With `is_forgiving` such characters are taken out, but for control characters: for what is looked for, not kept.
    """

    default_error_messages = {
        "invalid": "This must be text.",
        "control": "This text holds characters that cannot be printed.",
        "hidden": "This text {why}",
    }

    def __init__(self, *, lines: bool = False, is_forgiving: bool = False, **options: Any) -> None:
        options.setdefault("max_length", LONGEST_TEXT if lines else 200)
        self._has_lines, self._is_forgiving = lines, is_forgiving
        self._refused = _CONTROL_BUT_LINES if lines else _CONTROL
        super().__init__(**options)

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        if self._refused.search(text):
            self.fail("control")
        if self._is_forgiving:
            return without_hidden(text)
        if why := what_is_hidden(text, lines=self._has_lines):
            self.fail("hidden", why=why)
        return text


class OptionalText(Text):
    """Text that may be left out; null and blank are the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "allow_null": True, "default": "", **options})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)


class Truth(serializers.BooleanField):
    """true or false, nothing that resembles them."""

    default_error_messages = {"invalid": "This must be true or false."}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Whole(serializers.IntegerField):
    """A whole number."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Amount(serializers.DecimalField):
    """A number with a unit in its name; answered as a number, not as text."""

    def __init__(self, *, decimal_places: int = 2, **options: Any) -> None:
        super().__init__(max_digits=6, decimal_places=decimal_places, coerce_to_string=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> float:  # type: ignore[override]  # a number, not its text
        return float(value)


class Choice(serializers.ChoiceField):
    """One of some codes; the refusal names them."""

    def __init__(self, choices: Iterable[Any], **options: Any) -> None:
        super().__init__(list(choices), **options)
        self.error_messages["invalid_choice"] = f"Choose one of {', '.join(map(str, self.choices))}."


class OptionalChoice(Choice):
    """One of some codes or none; null and blank are the same, answered as null."""

    def __init__(self, choices: Iterable[Any], **options: Any) -> None:
        super().__init__(
            choices, **{"required": False, "allow_blank": True, "allow_null": True, "default": "", **options}
        )

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


class Codes(serializers.ListField):
    """A list of codes; a code given twice counts once."""

    def __init__(self, choices: Iterable[Any], **options: Any) -> None:
        allowed = list(choices)
        super().__init__(child=Choice(allowed), max_length=2 * len(allowed), **options)

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field[Any, Any, Any, Any]):
    """A moment with its offset, ISO 8601; answered in UTC."""

    default_error_messages = {
        "invalid": "Give the time with its offset, for example 2026-03-24T09:20:00+00:00.",
        "impossible": "This time does not exist.",
        "range": f"The year must lie from {EARLIEST_YEAR} to {LATEST_YEAR}.",
    }

    def to_internal_value(self, data: object) -> dt.datetime:
        if not isinstance(data, str) or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            instant = dt.datetime.fromisoformat(data)
        except ValueError:
            self.fail("impossible")
        if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
            self.fail("range")
        return instant.astimezone(dt.UTC)

    def to_representation(self, value: dt.datetime) -> str:
        return value.astimezone(dt.UTC).isoformat()


class Day(serializers.DateField):
    """A calendar date such as 2026-03-24."""

    default_error_messages = {
        "invalid": "Give a date that exists, for example 2026-03-24.",
        "range": f"The year must lie from {EARLIEST_YEAR} to {LATEST_YEAR}.",
    }

    def to_internal_value(self, value: object) -> dt.date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="")
        day = super().to_internal_value(value)
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            self.fail("range")
        return day


@extend_schema_field(OpenApiTypes.STR)
class DayOrInstant(serializers.Field[Any, Any, Any, Any]):
    """The edge of a stretch of time: a moment with its offset, or a clinic-local date, which is taken as a whole.

    The value is the instant at which that begins or, with `is_end`, ends.
    """

    def __init__(self, *, is_end: bool = False, **options: Any) -> None:
        self._is_end = is_end
        super().__init__(**options)

    def to_internal_value(self, data: object) -> dt.datetime:
        if not isinstance(data, str) or not _DAY.fullmatch(data):
            instant: dt.datetime = Instant().run_validation(data)
            return instant
        day = Day().run_validation(data)
        whole = local_days(day, day, clock.zone())
        return whole.end if self._is_end else whole.start


@extend_schema_field(OpenApiTypes.STR)
class PartialDate(serializers.Field[Any, Any, Any, Any]):
    """A year, a month or a day: "2026", "2026-08", "2026-08-14"; null where nothing is known."""

    default_error_messages = {"invalid": "Give a year, a month or a day: 2026, 2026-08 or 2026-08-14."}

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str) or not _PARTIAL.fullmatch(data):
            self.fail("invalid")
        if not EARLIEST_YEAR <= int(data[:4]) <= LATEST_YEAR:
            self.fail("invalid")
        return data

    def to_representation(self, value: str) -> str | None:
        return value or None


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "example": "09:00"})
class WallTime(serializers.TimeField):
    """A time on the clinic's wall clock, such as 09:00."""

    default_error_messages = {"invalid": "Give a time such as 09:00."}

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)

    def to_internal_value(self, value: object) -> dt.time:
        if not isinstance(value, str) or not _WALL_TIME.fullmatch(value):
            self.fail("invalid", format="")
        return super().to_internal_value(value)

"""A day and a time on the wall, as one instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from pht_clinic import clock
from pht_clinic.periods import wall_to_utc
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, TimeField


class NoSuchTime(ValueError):
    """The clocks go forward over this time: it does not exist on that day."""


def local_moment(day: date, wall: time) -> datetime:
    """The instant of a clinic-local wall time; of a repeated hour the first. Raises: NoSuchTime (for a skipped one)."""
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

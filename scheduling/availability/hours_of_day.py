"""Between which times of the day a visit starts: what somebody who looks for a free time says of the hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.periods import Period, wall_to_utc
from scheduling.availability.weekly import Session

MORNING, AFTERNOON = "morning", "afternoon"
NOON: Final = time(12)
"""When the afternoon begins, on the clinic's clock."""


@dataclass(frozen=True, slots=True)
class HoursOfDay:
    """Wall times of the clinic; None means any. Boundary: a visit may start at `after`, and not at `before` any more;
    it may end later than that.
    """

    after: time | None = None
    before: time | None = None

    @classmethod
    def of_halves(cls, halves: Collection[str]) -> HoursOfDay:
        """The same of halves of the day (MORNING, AFTERNOON); both are any, and so is none."""
        [half] = halves if len(halves) == 1 else [""]
        return cls(NOON if half == AFTERNOON else None, NOON if half == MORNING else None)

    @property
    def problems(self) -> list[FieldError]:
        """That no time lies between them, if so."""
        is_none = self.after is not None and self.before is not None and self.before <= self.after
        return [FieldError("#/before", "This must be later than the time after which.")] if is_none else []

    def of(self, found: Iterable[Session], day: date) -> list[Session]:
        """What of these sessions of a local day is late enough; a visit may end after `before`, so their ends stay."""
        if self.after is None:
            return list(found)
        first = _at(day, self.after)
        later = [replace(one, period=Period(max(one.period.start, first), one.period.end)) for one in found]
        return [one for one in later if one.period.start < one.period.end]

    def last_start(self, within: Period) -> datetime:
        """The instant before which a visit of this stretch of one local day must start."""
        return min(_at(clock.local_date(within.start), self.before), within.end) if self.before else within.end


ANY_HOURS: Final = HoursOfDay()


def _at(day: date, wall: time) -> datetime:
    return wall_to_utc(day, wall, clock.zone(), fold=0)

"""When the demo opens: in working hours, whatever the real time."""

from datetime import datetime, time
from pathlib import Path
from typing import Final

from pht_clinic import clock
from pht_clinic.demo.clock_offset import advance
from pht_clinic.periods import wall_to_utc
from scheduling.availability.bank_holidays import working_days_after

FIRST, LAST = time(8, 30), time(16, 30)
OPENS: Final = time(8, 50)
"""When it opens, started outside its hours: in the morning of the next working day."""


def open_in_hours(file: Path) -> None:
    """Move the clock of a demo that starts for the first time on to when somebody is there; a clock that was moved
    before stays as it is.
    """
    now = clock.now()
    if not file.exists() and (opens := opening(now)) != now:
        advance(file, round((opens - now).total_seconds()))


def opening(now: datetime) -> datetime:
    """`now` itself within the hours of a working day, both ends included; else the next morning at which one begins."""
    here = now.astimezone(clock.zone())
    days = working_days_after(here.date())
    if here.date() in days and FIRST <= here.time() <= LAST:
        return now
    is_early = here.date() in days and here.time() < FIRST
    day = here.date() if is_early else days.after(here.date())
    return wall_to_utc(day, OPENS, clock.zone(), fold=0)

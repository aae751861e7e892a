"""The present and the next day as PDFs in a folder, for the hour in which nothing runs. By the actor `system`."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from injections.assessment.visits import next_clinic
from injections.worklists.paper.day import day_on_paper
from injections.worklists.paper.sheet import day_pdf
from pht_clinic import clock

_NAMED: Final = re.compile(r"day-(\d{4}-\d\d-\d\d)\.pdf")


def keep_on_paper(*, now: datetime) -> list[Path]:
    """Write today, and the next day on which somebody comes, into PRINTED_DAY_FOLDER; which files. None without one.

    Each is whole at every moment and readable by its owner alone. Those of days that are over go: the record has them.
    Raises: OSError (the folder cannot be written).
    """
    if not settings.PRINTED_DAY_FOLDER:
        return []
    folder = Path(settings.PRINTED_DAY_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    today, coming = clock.local_date(now), next_clinic(now=now)
    days = [today, *([clock.local_date(coming.start_at)] if coming else [])]
    written = [_write(folder, day, now=now) for day in days]
    for file in folder.iterdir():
        named = _NAMED.fullmatch(file.name)
        if named and date.fromisoformat(named[1]) < today:
            file.unlink()
    return written


def _write(folder: Path, day: date, *, now: datetime) -> Path:
    sheet = day_on_paper(day, now=now)
    file = folder / f"day-{day.isoformat()}.pdf"
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(day_pdf(sheet))
    unfinished.replace(file)
    return file

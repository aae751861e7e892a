"""The busy stretches of practitioners, rooms and one patient, read from the diary. Reads only.

Visits that touch come as one stretch, put together by the database: a full morning is one row, not thirty. Over long
stretches of the diary `Fullness` says beforehand, from an index alone, on which days it is worth looking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import connection

from pht_clinic.periods import Period
from scheduling.availability.weekly import Session
from scheduling.models import Appointment
from scheduling.states import HOLDING, Status

DAY = timedelta(days=1)
"""No visit is longer; what starts a day before a stretch cannot reach into it."""
_SECOND = timedelta(seconds=1)
_DAY_SECONDS = DAY // _SECOND

_TABLE = Appointment._meta.db_table
_DURING = "start_at >= %(since)s AND start_at < %(until)s"
_VISITS = f"status IN ({', '.join(repr(status.value) for status in sorted(HOLDING))})"
# what whoever asks holds is theirs to choose again
_KEPT = f"""({_VISITS} OR status = '{Status.PROPOSED}' AND held_until > %(now)s
       AND NOT (held_by_id IS NOT DISTINCT FROM %(holder)s
                AND (held_by_id IS NOT NULL OR patient_id = %(patient)s)))"""
_OF_SOME_DAYS = "unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS look (since, until)"


def _busy(*, by_days: bool, with_patient: bool) -> str:
    """The statement that reads what is busy in one window, or in several that lie apart from each other."""
    rows = f"{_TABLE}, {_OF_SOME_DAYS}" if by_days else _TABLE
    during = "start_at >= look.since AND start_at < look.until" if by_days else _DURING
    where = f"{_KEPT} AND {during}"
    parts = [
        _busy_of("practitioner", "during", "practitioner_id = ANY(%(practitioners)s)", rows, where),
        _busy_of("room", "room_during", "room_id = ANY(%(rooms)s)", rows, where),
    ]
    if with_patient:
        parts.append(_busy_of("patient", "during", "patient_id = %(patient)s", rows, where))
    return " UNION ALL ".join(parts)


def _busy_of(noun: str, period: str, whose: str, rows: str, where: str) -> str:
    return f"""
SELECT '{noun}', whose, lower(period), upper(period) FROM (
    SELECT {noun}_id AS whose, unnest(range_agg({period})) AS period
      FROM {rows} WHERE {whose} AND {where} GROUP BY 1) AS busy_{noun}
"""  # noqa: S608 - nothing but the table's own name, its columns and the states are put in


_BUSY = {
    (by_days, with_patient): _busy(by_days=by_days, with_patient=with_patient)
    for by_days in (False, True)
    for with_patient in (False, True)
}
# Whole seconds since `since`: a year of twenty practitioners is 7,000 rows, and numbers are read quicker than instants.
_FULLNESS = f"""
SELECT practitioner_id, extract(epoch FROM day - %(since)s)::int / {_DAY_SECONDS},
       coalesce(extract(epoch FROM busy)::int, 0),
       extract(epoch FROM first - %(since)s)::int, extract(epoch FROM last - %(since)s)::int
  FROM (SELECT practitioner_id, date_bin('1 day', start_at, %(since)s) AS day,
               sum(end_at - start_at) FILTER (WHERE group_id IS NULL) AS busy,
               min(start_at) AS first, max(end_at) AS last
          FROM {_TABLE} WHERE practitioner_id = ANY(%(practitioners)s) AND {_VISITS} AND {_DURING}
         GROUP BY practitioner_id, day) AS days
"""  # noqa: S608 - as above


class BusyTimes:
    """The busy stretches of one window, by whom they keep, sorted and apart from each other. One query.

    A time that is held while somebody books it is busy too, but for whoever holds it (`holder`, a user's id,
    or None for the patient by their link). With `days`, in order, only these are read.
    """

    def __init__(
        self,
        window: Period,
        *,
        practitioners: Collection[int],
        rooms: Collection[int],
        patient_id: int | None,
        holder: int | None = None,
        days: Sequence[Period] = (),
        now: datetime,
    ) -> None:
        found: dict[tuple[str, int], list[Period]] = defaultdict(list)
        values: dict[str, Any] = {
            "practitioners": list(practitioners),
            "rooms": list(rooms),
            "patient": patient_id or 0,
            "holder": holder,
            "now": now,
            "since": window.start - DAY,
            "until": window.end,
        }
        if days:
            values |= _apart([Period(day.start - DAY, day.end) for day in days])
        with connection.cursor() as cursor:
            cursor.execute(_BUSY[bool(days), patient_id is not None], values)
            for whose, which, start, end in cursor.fetchall():
                found[whose, which].append(Period(start, end))
        self._found, self._patient_id = found, patient_id or 0

    def of_practitioner(self, practitioner_id: int, within: Period) -> list[Period]:
        """The practitioner's busy stretches that reach into `within`."""
        return overlapping(self._found.get(("practitioner", practitioner_id), ()), within)

    def of_room(self, room_id: int, within: Period) -> list[Period]:
        """The room's, cleaning included."""
        return overlapping(self._found.get(("room", room_id), ()), within)

    def of_patient(self, within: Period) -> list[Period]:
        """The patient's; none without a patient."""
        return overlapping(self._found.get(("patient", self._patient_id), ()), within)


def _apart(periods: Sequence[Period]) -> dict[str, list[datetime]]:
    """These stretches, in order, with those that touch or overlap put together: where they start and where they end."""
    starts: list[datetime] = []
    ends: list[datetime] = []
    for period in periods:
        if ends and period.start <= ends[-1]:
            ends[-1] = max(ends[-1], period.end)
        else:
            starts.append(period.start)
            ends.append(period.end)
    return {"starts": starts, "ends": ends}


def overlapping(periods: list[Period] | tuple[()], within: Period) -> list[Period]:
    """Those of these (sorted, apart from each other) that overlap `within`."""
    first = bisect_right(periods, within.start, key=attrgetter("end"))
    found = []
    for period in periods[first:]:
        if period.start >= within.end:
            break
        found.append(period)
    return found


class Fullness:
    """On which days practitioners have time left. One query, answered from the index appointment_practitioner_start.

    It sums each practitioner's visits by stretches of 24 hours from `window.start` on; what is only held is left out.
    As a practitioner's visits never overlap, what they leave of the stretch between the first opening and the last
    closing of a day is its length less that sum, provided that all of them lie inside. Classes, of which each
    participant is a visit, are left out of the sum: a day looks emptier by them, never fuller.
    """

    def __init__(self, window: Period, *, practitioners: Collection[int]) -> None:
        self._origin = window.start
        values: dict[str, Any] = {"practitioners": list(practitioners), "since": window.start, "until": window.end}
        self._days: dict[tuple[int, int], tuple[int, int, int]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_FULLNESS, values)
            for whose, number, busy, first, last in cursor.fetchall():
                self._days[whose, number] = busy, first, last

    def among(self, sessions: Iterable[Session], *, needed: timedelta) -> set[int]:
        """The practitioners who, by their sessions of one day, surely have no `needed` time left in one piece.

        Boundary: whoever may have some, or of whom it cannot be told, is not among them.
        """
        hours: dict[int, tuple[datetime, datetime]] = {}
        for session in sessions:
            whose, period = session.practitioner_id, session.period
            opens, closes = hours.get(whose, (period.start, period.end))
            hours[whose] = min(opens, period.start), max(closes, period.end)
        return {whose for whose, (opens, closes) in hours.items() if self._is_full(whose, opens, closes, needed)}

    def _is_full(self, practitioner_id: int, opens: datetime, closes: datetime, needed: timedelta) -> bool:
        start, end = self._seconds(opens), self._seconds(closes)
        number = start // _DAY_SECONDS
        busy, first, last = self._days.get((practitioner_id, number), (0, start, end))
        is_known = end <= (number + 1) * _DAY_SECONDS and start <= first and last <= end
        return is_known and end - start - busy < needed // _SECOND

    def _seconds(self, instant: datetime) -> int:
        return (instant - self._origin) // _SECOND

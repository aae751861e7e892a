"""The busy stretches of practitioners, rooms and one patient, read from the diary. Reads only.

Visits that touch come as one stretch, put together by the database: a full morning is one row, not thirty. Over long
stretches of the diary `Fullness` says beforehand, from an index alone, on which days it is worth looking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
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
_VISITS = f"status IN ({', '.join(repr(status.value) for status in sorted(HOLDING))}) AND {_DURING}"
# what whoever asks holds for this patient is theirs to choose again
_HELD = f"""status = '{Status.PROPOSED}' AND held_until > %(now)s
       AND NOT (patient_id = %(patient)s AND held_by_id IS NOT DISTINCT FROM %(holder)s)"""
_IN_WINDOW = f"({_VISITS} OR {_HELD} AND {_DURING})"
_OF_PRACTITIONERS = f"""
SELECT 'practitioner', practitioner_id, lower(period), upper(period) FROM (
    SELECT practitioner_id, unnest(range_agg(during)) AS period
      FROM {_TABLE} WHERE practitioner_id = ANY(%(practitioners)s) AND {_IN_WINDOW} GROUP BY 1) AS busy
"""  # noqa: S608 - nothing but the table's own name and the states are put in
_OF_ROOMS = f"""
SELECT 'room', room_id, lower(period), upper(period) FROM (
    SELECT room_id, unnest(range_agg(room_during)) AS period
      FROM {_TABLE} WHERE room_id = ANY(%(rooms)s) AND {_IN_WINDOW} GROUP BY 1) AS busy
"""  # noqa: S608 - as above
_OF_THE_PATIENT = f"""
SELECT 'patient', %(patient)s, start_at, end_at
  FROM {_TABLE} WHERE patient_id = %(patient)s AND {_IN_WINDOW}
 ORDER BY 3
"""  # noqa: S608 - as above
_BUSY = f"{_OF_PRACTITIONERS} UNION ALL {_OF_ROOMS}"
_BUSY_WITH_PATIENT = f"{_BUSY} UNION ALL ({_OF_THE_PATIENT})"
# Whole seconds since `since`: a year of twenty practitioners is 7,000 rows, and numbers are read quicker than instants.
_FULLNESS = f"""
SELECT practitioner_id, extract(epoch FROM day - %(since)s)::int / {_DAY_SECONDS}, extract(epoch FROM busy)::int,
       extract(epoch FROM first - %(since)s)::int, extract(epoch FROM last - %(since)s)::int
  FROM (SELECT practitioner_id, date_bin('1 day', start_at, %(since)s) AS day, sum(end_at - start_at) AS busy,
               min(start_at) AS first, max(end_at) AS last
          FROM {_TABLE} WHERE practitioner_id = ANY(%(practitioners)s) AND {_VISITS}
         GROUP BY practitioner_id, day) AS days
"""  # noqa: S608 - as above


class BusyTimes:
    """The busy stretches of one window, by whom they keep, sorted and apart from each other. One query.

    A time that is held while somebody books it is busy too, but for whoever holds it for this patient (`holder`, a
    user's id, or None for the patient by their link).
    """

    def __init__(
        self,
        window: Period,
        *,
        practitioners: Collection[int],
        rooms: Collection[int],
        patient_id: int | None,
        holder: int | None = None,
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
        with connection.cursor() as cursor:
            cursor.execute(_BUSY if patient_id is None else _BUSY_WITH_PATIENT, values)
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
    closing of a day is its length less that sum, provided that all of them lie inside.
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

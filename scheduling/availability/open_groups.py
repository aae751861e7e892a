"""Classes that have places left: what a search offers beside the times at which one could be begun. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pht_clinic.periods import Period
from pht_clinic.rows import fetch_all
from scheduling.models import Appointment, GroupVisit
from scheduling.states import HOLDING, Status

_VISITS = ", ".join(repr(status.value) for status in sorted(HOLDING))
# what whoever asks holds is theirs to choose again
_WITH_SEATS = f"""
SELECT class.start_at, class.end_at, class.practitioner_id, class.room_id, class.seats, count(*)
  FROM {Appointment._meta.db_table} AS one
  JOIN {GroupVisit._meta.db_table} AS class ON class.id = one.group_id
 WHERE one.kind = %(kind)s AND one.start_at >= %(since)s AND one.start_at < %(until)s
   AND (one.status IN ({_VISITS}) OR one.status = '{Status.PROPOSED}' AND one.held_until > %(now)s
        AND NOT (one.held_by_id IS NOT DISTINCT FROM %(holder)s
                 AND (one.held_by_id IS NOT NULL OR one.patient_id = %(patient)s)))
 GROUP BY class.id
HAVING count(*) < class.seats
 ORDER BY class.start_at, class.id
"""  # noqa: S608 - nothing but the tables' own names and the states are put in


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """A class that somebody takes part in and that has places left."""

    period: Period
    practitioner_id: int
    room_id: int
    seats: int
    taken: int


def groups_with_seats(
    kind: str, window: Period, *, patient_id: int | None, holder: int | None, now: datetime
) -> Iterator[OpenGroup]:
    """Those of this kind that begin in a stretch of the diary, in order of time. One query.

    `holder` is the user whose own holds take no place, None the patient by their link.
    """
    values = {
        "kind": kind,
        "since": window.start,
        "until": window.end,
        "now": now,
        "patient": patient_id or 0,
        "holder": holder,
    }
    for start, end, practitioner_id, room_id, seats, taken in fetch_all(_WITH_SEATS, values):
        yield OpenGroup(Period(start, end), practitioner_id, room_id, seats, taken)

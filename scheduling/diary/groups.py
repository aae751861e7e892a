"""Which class a visit takes part in and which of its places it has. Called by the diary's writing hand alone.

Under the locks of practitioner and room, which everybody holds who takes a place.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from pht_clinic.rows import fetch_all
from scheduling.diary.places import Place
from scheduling.kinds import KINDS
from scheduling.models import Appointment, GroupVisit
from scheduling.states import KEEPS_TIME

_KEEPS = ", ".join(repr(status.value) for status in KEEPS_TIME)
# one that somebody takes part in comes before an empty one, and among these the one that the visit was in before
_THERE = f"""
SELECT class.id, class.seats, coalesce(array_agg(one.seat) FILTER (WHERE one.id IS NOT NULL), '{{}}')
  FROM {GroupVisit._meta.db_table} AS class
  LEFT JOIN {Appointment._meta.db_table} AS one
       ON one.group_id = class.id AND one.status IN ({_KEEPS}) AND one.id <> %(own)s
 WHERE class.kind = %(kind)s AND class.practitioner_id = %(practitioner)s AND class.room_id = %(room)s
   AND class.start_at = %(start)s
 GROUP BY class.id
 ORDER BY count(one.id) > 0 DESC, class.id = %(before)s DESC, class.id DESC
 LIMIT 1
"""  # noqa: S608 - nothing but the tables' own names and the states are put in


def take_seat(appointment: Appointment, place: Place) -> None:
    """Give a visit its place in the class that it would be in there; a class that nobody is in yet is begun.

    Ask `check_free` first, which refuses a full one. It keeps the place that it has where it stays.
    """
    if not place.group:
        appointment.group_id = appointment.seat = appointment.seats = None
        return
    values = {
        "own": appointment.pk or 0,
        "kind": place.group,
        "practitioner": place.practitioner_id,
        "room": place.room_id,
        "start": place.during.start,
        "before": appointment.group_id or 0,
    }
    group_id, seats, taken = next(iter(fetch_all(_THERE, values)), None) or _begun(place)
    kept = appointment.seat if appointment.group_id == group_id else None
    appointment.group_id, appointment.seats = group_id, seats
    appointment.seat = _free_seat(kept, seats, taken)


def _begun(place: Place) -> tuple[int, int, list[int]]:
    """A new class, which nobody is in yet."""
    row = GroupVisit.objects.create(
        kind=place.group,
        practitioner_id=place.practitioner_id,
        room_id=place.room_id,
        start_at=place.during.start,
        end_at=place.during.end,
        seats=KINDS[place.group].seats,
    )
    return row.pk, row.seats, []


def _free_seat(kept: int | None, seats: int, taken: Collection[int]) -> int:
    """The place kept if it is still free, else the lowest that is."""
    if kept is not None and kept <= seats and kept not in taken:
        return kept
    return next(number for number in count(1) if number not in taken)

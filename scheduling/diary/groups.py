"""Which class a visit takes part in and which of its places it has; taking a whole class elsewhere, and its places.

Under the locks of practitioner and room, which everybody holds who takes a place.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import count

from pht_clinic.errors import Invalid
from pht_clinic.rows import fetch_all
from scheduling.diary.places import Place, end_holds
from scheduling.kinds import KINDS
from scheduling.models import Appointment, GroupVisit
from scheduling.states import HOLDING, KEEPS_TIME

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


def take_to(group: GroupVisit, place: Place) -> None:
    """Say that a locked class takes place there; then each of its participants is moved, and stays in it."""
    group.practitioner_id, group.room_id = place.practitioner_id, place.room_id
    group.start_at, group.end_at = place.during.start, place.during.end
    group.revision += 1
    group.save()


def resize(group: GroupVisit, seats: int, *, now: datetime) -> None:
    """Give a locked class so many places; whoever has one beyond the last gets a free one before it.

    Raises: Invalid (more take part, or hold a place; or the kind allows fewer).
    """
    holds = Appointment.holds.filter(group=group)
    end_holds(list(holds.filter(held_until__lte=now).values_list("pk", flat=True)))
    rows = [*Appointment.objects.filter(group=group, status__in=HOLDING), *holds.all()]
    most = KINDS[group.kind].seats
    if not max(len(rows), 1) <= seats <= most:
        raise Invalid.field(
            "seats", f"Choose {max(len(rows), 1)} to {most}: so many places are taken, so many allowed."
        )
    beyond = [row for row in rows if (row.seat or 0) > seats]
    free = set(range(1, seats + 1)) - {row.seat for row in rows}
    for row, seat in zip(beyond, sorted(free), strict=False):
        Appointment._base_manager.filter(pk=row.pk).update(seat=seat)
    group.seats = seats
    group.save(update_fields=["seats"])


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

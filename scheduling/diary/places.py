"""Where and when a visit would be. Who is in its way: `in_the_way.py`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from pht_clinic.errors import Conflict
from pht_clinic.periods import Period
from scheduling.kinds import Kind
from scheduling.models import Appointment
from scheduling.states import Status


class Clash(Conflict):
    """Somebody else has that time. `extra["clashes"]` names each by resource, appointment and times; one that is only
    held also by whom and until when.
    """

    code = "clash"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a visit would be: who, which room, and both stretches of time.

    `patient_id` is None where a time is held and nobody said yet for whom.
    `group` is the kind of a class, "" for a visit by itself: the class at the same time, with the same person in the
    same room shares both. `with_group` is a class that goes there as one: whoever takes part is in nobody's way.
    `hold` is the one that somebody named: whatever comes to this place takes that one's.
    """

    patient_id: int | None
    practitioner_id: int
    room_id: int
    during: Period
    room_during: Period
    group: str = ""
    with_group: int | None = None
    hold: int | None = None

    @classmethod
    def of(cls, kind: Kind, start: datetime, *, patient_id: int | None, practitioner_id: int, room_id: int) -> Place:
        during = Period(start, start + kind.duration)
        room_during = Period(start, during.end + kind.room_buffer)
        group = kind.code if kind.is_group else ""
        return cls(patient_id, practitioner_id, room_id, during, room_during, group)

    def overlaps(self, other: Place) -> bool:
        """Whether both could not stand in one diary."""
        shares_patient = self.patient_id is not None and self.patient_id == other.patient_id
        shares_people = shares_patient or self.practitioner_id == other.practitioner_id
        shares_room = self.room_id == other.room_id
        return (shares_people and self.during.overlaps(other.during)) or (
            shares_room and self.room_during.overlaps(other.room_during)
        )


_END = f"DELETE FROM {Appointment._meta.db_table} WHERE status = '{Status.PROPOSED}' AND id = ANY(%s)"  # noqa: S608 - nothing but the table's own name and the state are put in


def end_holds(ids: Collection[int]) -> None:
    """End these holds, if they are there: nothing is left of them. Under the locks of whoever needs their time."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_END, [list(ids)])

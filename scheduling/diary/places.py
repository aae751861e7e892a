"""Where and when a visit would be, and who is in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pht_clinic.errors import Conflict
from pht_clinic.periods import Period
from scheduling.kinds import Kind
from scheduling.models import Appointment
from scheduling.states import HOLDING


class Clash(Conflict):
    """Somebody else has that time. `extra["clashes"]` names each by resource, appointment and times."""

    code = "clash"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a visit would be: who, which room, and both stretches of time."""

    patient_id: int
    practitioner_id: int
    room_id: int
    during: Period
    room_during: Period

    @classmethod
    def of(cls, kind: Kind, start: datetime, *, patient_id: int, practitioner_id: int, room_id: int) -> Place:
        end = start + kind.duration
        return cls(patient_id, practitioner_id, room_id, Period(start, end), Period(start, end + kind.room_buffer))


_IN_THE_WAY = f"""
SELECT id, patient_id, practitioner_id, room_id, start_at, end_at
  FROM {Appointment._meta.db_table}
 WHERE status IN ({", ".join(repr(status.value) for status in HOLDING)}) AND id <> %(excluding)s
   AND (patient_id = %(patient)s AND during && %(during)s
        OR practitioner_id = %(practitioner)s AND during && %(during)s
        OR room_id = %(room)s AND room_during && %(room_during)s)
"""  # noqa: S608 - nothing but the table's own name and the states are put in


def check_free(place: Place, *, excluding: int | None = None) -> None:
    """Raise Clash naming every appointment in the way; `excluding` is the one being moved. Ask under the locks."""
    values = {
        "patient": place.patient_id,
        "practitioner": place.practitioner_id,
        "room": place.room_id,
        "during": DateTimeTZRange(place.during.start, place.during.end),
        "room_during": DateTimeTZRange(place.room_during.start, place.room_during.end),
        "excluding": excluding or 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, values)
        in_the_way = cursor.fetchall()
    clashes = [
        {"resource": resource, "appointment": str(pk), "start": start.isoformat(), "end": end.isoformat()}
        for pk, patient_id, practitioner_id, room_id, start, end in in_the_way
        for resource, taken in (
            ("patient", patient_id == place.patient_id),
            ("practitioner", practitioner_id == place.practitioner_id),
            ("room", room_id == place.room_id),
        )
        if taken
    ]
    if clashes:
        nouns = sorted({str(clash["resource"]) for clash in clashes})
        raise Clash(f"That time is already taken ({', '.join(nouns)}).", extra={"clashes": clashes})

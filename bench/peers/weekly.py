"""What the search for a free time is measured against: one SQL query for each week, written with multiranges.

For every practitioner the open sessions of the week, less what is booked, less what the room is booked for, less what
is closed. It knows neither the grid nor bank holidays nor fortnightly sessions.
"""

import datetime as dt

from django.db import connection

WEEK = dt.timedelta(days=7)
_QUERY = """
WITH days AS (
    SELECT generate_series(%(monday)s::date, %(monday)s::date + 6, interval '1 day')::date AS day
), open AS (
    SELECT s.practitioner_id, s.room_id,
           range_agg(tstzrange((day + opens) AT TIME ZONE 'Europe/London',
                               (day + closes) AT TIME ZONE 'Europe/London')) AS times
      FROM days
      JOIN scheduling_schedule s ON s.weekday = extract(isodow FROM day) - 1
                                AND s.valid_from <= day AND (s.valid_to IS NULL OR s.valid_to >= day)
      JOIN scheduling_practitioner p ON p.id = s.practitioner_id AND p.active AND %(kind)s = ANY (p.kinds)
      JOIN scheduling_room r ON r.id = s.room_id AND r.active AND r.has_ultrasound
     GROUP BY 1, 2
), visits AS NOT MATERIALIZED (
    SELECT practitioner_id, room_id, during, room_during FROM scheduling_appointment
     WHERE status IN ('pending', 'booked', 'arrived')
       AND start_at >= %(monday)s::date - 1 AND start_at < %(monday)s::date + 8
), of_practitioner AS (
    SELECT practitioner_id, range_agg(during) AS taken FROM visits GROUP BY 1
), of_room AS (
    SELECT room_id, range_agg(room_during) AS taken FROM visits GROUP BY 1
), closed AS (
    SELECT practitioner_id, room_id, range_agg(tstzrange(starts_at, ends_at)) AS taken FROM scheduling_closure
     WHERE ends_at > %(monday)s::date - 1 AND starts_at < %(monday)s::date + 8 GROUP BY 1, 2
)
SELECT greatest(lower(free), %(now)s), practitioner_id, room_id
  FROM open
  LEFT JOIN of_practitioner USING (practitioner_id)
  LEFT JOIN of_room USING (room_id)
 CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(shut), '{}') AS taken
      FROM closed, unnest(closed.taken) AS shut
     WHERE coalesce(closed.practitioner_id, open.practitioner_id) = open.practitioner_id
       AND coalesce(closed.room_id, open.room_id) = open.room_id
 ) AS closures
 CROSS JOIN LATERAL unnest(open.times - coalesce(of_practitioner.taken, '{}') - coalesce(of_room.taken, '{}')
                           - closures.taken) AS free
 WHERE upper(free) - greatest(lower(free), %(now)s) >= %(needed)s
 ORDER BY 1, 2
 LIMIT 1
"""


def next_free_by_weeks(kind: str, from_on: dt.date, *, now: dt.datetime) -> tuple[dt.datetime, int, int]:
    """The first free time from that day on, its practitioner and room."""
    from scheduling.kinds import KINDS

    values = {"kind": kind, "needed": KINDS[kind].duration, "now": now}
    with connection.cursor() as cursor:
        for number in range(53):
            cursor.execute(_QUERY, values | {"monday": from_on + number * WEEK})
            row = cursor.fetchone()
            if row is not None:
                return row
    raise LookupError("no free time in a year")

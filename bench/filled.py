"""A clinic of invented people that is as full as a measurement needs, written by SQL in the owner's role.

20 practitioners share 10 rooms, two a room: one from 08:00 to 13:00, one from 13:00 to 18:00, every day. A day
of one room holds 60 visits of 10 minutes, each by one of 20,000 patients.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

ROOMS, PATIENTS = 10, 20_000
VISITS_A_DAY = 60
"""Of one room: 30 by each of the two practitioners."""

_STAFF = """
INSERT INTO scheduling_room (name, has_ultrasound, active)
SELECT 'Room ' || n, true, true FROM generate_series(1, %(rooms)s) n;
INSERT INTO scheduling_practitioner (name, kinds, active)
SELECT 'Dr Number ' || n, '{injection,scan-and-injection,follow-up}', true
  FROM generate_series(1, 2 * %(rooms)s) n;
INSERT INTO scheduling_schedule (practitioner_id, room_id, weekday, opens, closes, valid_from, every_weeks)
SELECT p.id, r.id, weekday, CASE p.n %% 2 WHEN 1 THEN time '08:00' ELSE '13:00' END,
       CASE p.n %% 2 WHEN 1 THEN time '13:00' ELSE '18:00' END, date '2000-01-03', 1
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_practitioner WHERE active) p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_room WHERE active) r ON r.n = (p.n + 1) / 2
 CROSS JOIN generate_series(0, 6) weekday;
INSERT INTO scheduling_patient
       (given_name, family_name, former_names, name_words, date_of_birth, email, phone, email_opt_in, registered_at)
SELECT 'Robin', 'Number ' || n, '{}', array['robin', 'number', n::text], date '1960-01-01' + n,
       'patient' || n || '@mail.example', '', true, now()
  FROM generate_series(1, %(patients)s) n;
"""

# Visit v of a day starts 10 v minutes after 08:00 of the clinic's clock; the first 30 are the morning practitioner's.
_VISITS = """
INSERT INTO scheduling_appointment
       (patient_id, practitioner_id, room_id, kind, start_at, end_at, during, room_during, status, revision, note,
        asked_at, link_version, calendar_uid, held_by_name)
SELECT patient.id, practitioner.id, room.id, 'follow-up', at, at + interval '10 minutes',
       tstzrange(at, at + interval '10 minutes'), tstzrange(at, at + interval '10 minutes'), 'booked', 1, '',
       at - interval '30 days', 1, gen_random_uuid()::text, ''
  FROM generate_series(%(first_on)s::date, %(last_on)s::date, interval '1 day') AS day
 CROSS JOIN generate_series(0, %(visits)s - 1) AS visit
 CROSS JOIN LATERAL (SELECT (day::timestamp + time '08:00' + visit * interval '10 minutes')
                            AT TIME ZONE 'Europe/London' AS at)
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_room WHERE active) room ON room.n <= %(rooms)s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_practitioner WHERE active) practitioner
    ON practitioner.n = 2 * room.n - (visit < 30)::int
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_patient
         WHERE family_name LIKE 'Number %%') patient
    ON patient.n = 1 + (((day::date - date '2000-01-01') * 60 + visit) * 10 + room.n) %% %(patients)s
 ORDER BY at
 LIMIT %(most)s
"""


def staff(owner: psycopg.Connection) -> None:
    """Practitioners, rooms, their weekly sessions, and patients."""
    for statement in _STAFF.split(";\n"):
        if statement.strip():
            owner.execute(statement, {"rooms": ROOMS, "patients": PATIENTS})


def visits(
    owner: psycopg.Connection,
    *,
    first_on: dt.date,
    last_on: dt.date,
    a_day: int = VISITS_A_DAY,
    rooms: int = ROOMS,
    most: int = 2_000_000,
) -> int:
    """Fill these local days, both included, in the first `rooms` rooms; how many visits. At most `most`."""
    values = {"first_on": first_on, "last_on": last_on, "visits": a_day, "rooms": rooms, "most": most}
    return owner.execute(_VISITS, values | {"patients": PATIENTS}).rowcount


@contextmanager
def constraints_at_the_end(owner: psycopg.Connection) -> Iterator[None]:
    """The exclusion constraints are taken away and put back: checking a million rows at once is much quicker."""
    found = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'x' AND conrelid = 'scheduling_appointment'::regclass"
    ).fetchall()
    table = sql.SQL("ALTER TABLE scheduling_appointment ")
    for name, _ in found:
        owner.execute(table + sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    yield
    for name, definition in found:
        owner.execute(table + sql.SQL("ADD CONSTRAINT {} ").format(sql.Identifier(name)) + sql.SQL(definition))


def settle(owner: psycopg.Connection) -> None:
    """What autovacuum would have done by the next morning."""
    owner.execute("VACUUM ANALYZE")

"""Years of one clinic, as many visits as wanted: `python -m bench.load.years 1000000` says how long it takes.

Eight rooms, a radiologist in each from Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00: an injection each hour and
a follow-up after it. The past is as full as it was, of the 12 weeks to come three places in five are taken. Each visit
has its history, its assessment where it injects, two messages, and three entries of the trail, one of them a look.
Patients have names, birthdays and phones as frequent as they are (`book_of_people.py`), ten visits each.

Each row is a copy of one that the product wrote; the database's constraints and keys are on, but those that compare
each visit with all others are taken away and put back, which checks them all.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from dataclasses import dataclass
from typing import Final

import psycopg

from bench import filled
from bench.house import House, house
from bench.load.copies import Copied, copy
from tests.trials.book_of_people import Book

ROOMS: Final = 8
HOURS: Final = (8, 9, 10, 11, 13, 14, 15, 16)
VISITS_A_DAY: Final = ROOMS * len(HOURS) * 2
WEEKS_AHEAD: Final = 12
VISITS_EACH: Final = 10
SEED: Final = 1
BATCH: Final = 50_000
"""Visits between two lines of progress."""
PEOPLE_AT_ONCE: Final = 10_000

_STAFF: Final = """
INSERT INTO scheduling_room (name, has_ultrasound, active)
SELECT 'Ultrasound ' || n + 1, true, true FROM generate_series(1, %(rooms)s - 1) n;
INSERT INTO scheduling_practitioner (name, kinds, active)
SELECT (ARRAY['Dr Amara Okafor', 'Dr Ben Carter', 'Dr Chloe Nguyen', 'Dr Daniel Weiss', 'Dr Elena Rossi',
              'Dr Farid Haddad', 'Dr Grace Lin'])[n], '{injection,scan-and-injection,follow-up}', true
  FROM generate_series(1, %(rooms)s - 1) n;
DELETE FROM scheduling_schedule;
INSERT INTO scheduling_schedule (practitioner_id, room_id, weekday, opens, closes, valid_from, every_weeks)
SELECT p.id, r.id, weekday, opens, opens + interval '4 hours', date '1980-01-07', 1
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_practitioner
         WHERE 'injection' = ANY (kinds)) p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_room WHERE has_ultrasound) r USING (n)
 CROSS JOIN generate_series(0, 4) weekday CROSS JOIN (VALUES (time '08:00'), (time '13:00')) AS of_day (opens)
"""

# A place is a room's half hour; its number mixed by a prime says whose it is and what became of it.
_VISITS: Final = """
INSERT INTO scheduling_appointment
       (patient_id, practitioner_id, room_id, kind, start_at, end_at, during, room_during, status, revision, note,
        asked_at, asked_by_id, pending_since, link_version, calendar_uid, held_by_name)
SELECT %(first_patient)s + (place.number * 7919) %% %(patients)s, place.practitioner, place.room, place.kind, at, till,
       tstzrange(at, till), tstzrange(at, till + place.buffer), place.status, 1, '',
       at - interval '30 days', %(user)s, CASE place.status WHEN 'pending' THEN at - interval '30 days' END, 1,
       gen_random_uuid()::text, ''
  FROM (
    SELECT every.*, r.id AS room, p.id AS practitioner,
           CASE half WHEN 0 THEN 'injection' ELSE 'follow-up' END AS kind,
           CASE half WHEN 0 THEN interval '10 minutes' ELSE interval '0' END AS buffer,
           (day + hour * interval '1 hour' + half * interval '40 minutes') AT TIME ZONE 'Europe/London' AS at,
           (day + hour * interval '1 hour' + (half + 1) * interval '30 minutes') AT TIME ZONE 'Europe/London' AS till,
           CASE WHEN day >= %(today)s::date
                THEN CASE WHEN mixed < 3 THEN 'cancelled' WHEN mixed < 8 AND half = 0 THEN 'pending' ELSE 'booked' END
                ELSE CASE WHEN mixed < 10 THEN 'cancelled' WHEN mixed < 15 THEN 'noshow' ELSE 'fulfilled' END
            END AS status
      FROM (
        SELECT day, hour, half, room_number,
               (day::date - date '1970-01-01')::bigint * 128 + hour * 16 + half * 8 + room_number AS number,
               ((day::date - date '1970-01-01')::bigint * 128 + hour * 16 + half * 8 + room_number) * 31 %% 97 AS mixed
          FROM generate_series(%(first_on)s::timestamp, %(last_on)s::timestamp, interval '1 day') AS day
         CROSS JOIN unnest(%(hours)s::int[]) AS hour
         CROSS JOIN generate_series(0, 1) AS half
         CROSS JOIN generate_series(1, %(rooms)s) AS room_number
         WHERE extract(isodow FROM day) < 6
      ) every
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_room WHERE has_ultrasound) r
        ON r.n = room_number
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scheduling_practitioner
             WHERE 'injection' = ANY (kinds)) p ON p.n = room_number
     WHERE day < %(today)s::date OR number * 17 %% 5 < 3
  ) place
 ORDER BY at DESC
 LIMIT %(most)s
"""

_THESE: Final = "SELECT * FROM scheduling_appointment WHERE id > %(after)s"
_OF_THE_VISIT: Final = {"appointment_id": "source.id", "patient_id": "source.patient_id"}
_DEED: Final = {"subject": "'appointment:' || source.id", "patient_ids": "ARRAY[source.patient_id]"}
_TOLD: Final = "jsonb_set(model.values, '{start_at}', to_jsonb(source.start_at))"
_MESSAGE: Final = {
    **_OF_THE_VISIT,
    "subject": "'appointment:' || source.id",
    "occasion": "'visit:' || source.id",
    "uid": "gen_random_uuid()",
    "values": _TOLD,
    "attempts": "(source.start_at < now())::int",
    "planned_at": "source.asked_at",
}
ROWS: Final = (
    Copied(
        "scheduling_appointmentchange",
        "verb = 'book'",
        _THESE,
        {
            "appointment_id": "source.id",
            "at": "source.asked_at",
            "from_status": "''",
            "to_status": "CASE source.status WHEN 'pending' THEN 'pending' ELSE 'booked' END",
        },
    ),
    Copied(
        "scheduling_appointmentchange",
        "verb = 'book'",
        _THESE + " AND status IN ('fulfilled', 'noshow', 'cancelled')",
        {
            "appointment_id": "source.id",
            "at": "least(source.end_at, now())",
            "from_status": "CASE source.status WHEN 'fulfilled' THEN 'arrived' ELSE 'booked' END",
            "to_status": "source.status",
            "verb": "CASE source.status WHEN 'fulfilled' THEN 'fulfil' WHEN 'noshow' THEN 'no-show' ELSE 'cancel' END",
            "reason": "CASE source.status WHEN 'cancelled' THEN 'Ill.' ELSE '' END",
        },
    ),
    Copied(
        "injections_injectionrequest",
        "true",
        _THESE + " AND kind = 'injection'",
        {"appointment_id": "source.id", "side": "CASE source.id %% 2 WHEN 0 THEN 'left' ELSE 'right' END"},
    ),
    Copied(
        "injections_assessment",
        "occasion = 'booking'",
        _THESE + " AND kind = 'injection'",
        {
            **_OF_THE_VISIT,
            "at": "source.asked_at",
            "verdict": "CASE source.status WHEN 'pending' THEN 'review' ELSE model.verdict END",
            "waiting_for": "CASE source.status WHEN 'pending' THEN 'review' ELSE model.waiting_for END",
        },
    ),
    Copied(
        "scheduling_message",
        "kind = 'confirmed'",
        _THESE,
        {
            **_MESSAGE,
            "status": "'sent'",
            "due_at": "source.asked_at",
            "expires_at": "source.start_at",
            "sent_at": "source.asked_at",
        },
    ),
    Copied(
        "scheduling_message",
        "kind LIKE 'reminder%%'",
        _THESE,
        {
            **_MESSAGE,
            "status": "CASE WHEN source.status IN ('cancelled', 'pending') THEN 'cancelled'"
            " WHEN source.start_at - interval '2 days' < now() THEN 'sent' ELSE 'queued' END",
            "due_at": "source.start_at - interval '2 days'",
            "expires_at": "source.start_at",
            "sent_at": "CASE WHEN source.status NOT IN ('cancelled', 'pending')"
            " AND source.start_at - interval '2 days' < now() THEN source.start_at - interval '2 days' END",
        },
    ),
    Copied("audit_entry", "verb = 'appointment-requested'", _THESE, {**_DEED, "at": "source.asked_at"}),
    Copied("audit_entry", "verb = 'message-sent'", _THESE, {**_DEED, "at": "source.asked_at"}),
    Copied(
        "audit_entry",
        "verb = 'viewed'",
        _THESE,
        {"patient_ids": "ARRAY[source.patient_id]", "at": "least(source.start_at, now())"},
    ),
)
"""What every visit has beside itself; three of the trail."""


@dataclass
class Growth:
    """A clinic that gets more and more visits, from the end of its 12 weeks to come backwards."""

    found: House
    today: dt.date
    user: int
    began: float
    last_on: dt.date
    first_patient: int = 0
    patients: int = 0
    visits: int = 0

    def up_to(self, visits: int) -> None:
        """As many visits as this, and a tenth as many patients; the tables are as autovacuum would have them."""
        wanted = max(1_000, visits // VISITS_EACH)
        first = _register(self.patients, wanted, self.began)
        self.first_patient, self.patients = self.first_patient or first, wanted
        with self.found.owner() as owner:
            with filled.constraints_at_the_end(owner):
                while self.visits < visits:
                    self._further(owner, visits)
                self._say("looking whether any two visits clash")
            filled.settle(owner)
        self._say(f"{visits:,} visits, with statistics")

    def _further(self, owner: psycopg.Connection, visits: int) -> None:
        """Some weeks further back. Of a day that is cut off the rest is never filled."""
        days = dt.timedelta(days=max(1, min(BATCH, visits - self.visits) // VISITS_A_DAY * 7 // 5))
        [(after,)] = owner.execute("SELECT coalesce(max(id), 0) FROM scheduling_appointment").fetchall()
        values = {
            "first_on": self.last_on - days,
            "last_on": self.last_on,
            "today": self.today,
            "most": visits - self.visits,
            "first_patient": self.first_patient,
            "patients": self.patients,
            "user": self.user,
            "rooms": ROOMS,
            "hours": list(HOURS),
            "after": after,
        }
        self.visits += owner.execute(_VISITS, values).rowcount
        rows = sum(copy(owner, what, {"after": after}) for what in ROWS)
        self.last_on -= days + dt.timedelta(days=1)
        self._say(f"{self.visits:,} of {visits:,} visits, back to {self.last_on}; {rows:,} rows beside the last")

    def _say(self, what: str) -> None:
        _say(what, self.began)


def opened(found: House) -> Growth:
    """A clinic without any visits but the one that is copied. Django must be set up."""
    from pht_clinic import clock

    began, user, today = time.perf_counter(), _open(), clock.today()
    with found.owner() as owner:
        for statement in _STAFF.split(";\n"):
            owner.execute(statement, {"rooms": ROOMS})
    return Growth(found, today, user, began, today + dt.timedelta(weeks=WEEKS_AHEAD))


def _open() -> int:
    """A clinic with what is copied: a visit, its messages, one of them sent, and a look at its patient."""
    from django.test import Client

    from pht_clinic import clock
    from pht_clinic.audit.record import record
    from tests.clinic import open_clinic
    from tests.second_factor import given_in

    now = clock.now()
    clinic = open_clinic(now)
    patient = clinic.fit_patient("Pattern")
    start = (now + dt.timedelta(days=7 * WEEKS_AHEAD + 14)).replace(hour=10, minute=0, second=0, microsecond=0)
    start -= dt.timedelta(days=start.weekday())
    visit = clinic.book(patient, start).appointment
    assert visit is not None
    told = {"patients": [patient.pk], "subject": f"appointment:{visit.pk}"}
    record("message-sent", by=clinic.reception, now=now, **told)
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(clinic.users["reception"])
    given_in(browser)
    assert browser.get(f"/patients/{patient.pk}/").status_code == 200
    return clinic.users["reception"].pk


def _register(known: int, wanted: int, began: float) -> int:
    """More patients, where so many are known; the number of the first of them, whom the others follow without a gap."""
    from django.utils import timezone

    from scheduling.models import Patient
    from scheduling.patients.name_words import learn, words_for

    people, first, now = Book(SEED + known, wanted - known).people, 0, timezone.now()
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        some = people[start : start + PEOPLE_AT_ONCE]
        words = [words_for(one.given_name, one.family_name) for one in some]
        learn({word for listed in words for word in listed})
        rows = [
            Patient(**vars(one), name_words=listed, registered_at=now) for one, listed in zip(some, words, strict=True)
        ]
        made = Patient.objects.bulk_create(rows, batch_size=2_000)
        first = first or made[0].pk
        _say(f"{known + start + len(some):,} of {wanted:,} patients", began)
    return first


def _say(what: str, began: float) -> None:
    print(f"  {time.perf_counter() - began:6.0f} s  {what}", flush=True)


if __name__ == "__main__":
    with house() as running:
        opened(running).up_to(int(sys.argv[1]))

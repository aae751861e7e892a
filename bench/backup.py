"""A backup of a million visits, each with its assessment, two messages and two audit rows, taken and brought back.

The rows beside the visits are copies of what one real booking wrote.
"""

import datetime as dt
import os
import time
from pathlib import Path

import psycopg
from psycopg import sql

from bench import filled, measure, record
from bench.house import House, house
from pht_clinic.demo import binaries
from pht_clinic.demo.postgresql import DATABASE, OWNER, make_database

VISITS = int(os.environ.get("BACKUP_VISITS", "1000000"))
MOST_SECONDS = 15 * 60
EACH = {"injections_assessment": 1, "scheduling_message": 2, "audit_entry": 2}
"""How many of each kind of row a visit has."""
_OWN = {
    "injections_assessment": {"appointment_id": "a.id", "patient_id": "a.patient_id"},
    "scheduling_message": {
        "appointment_id": "a.id",
        "patient_id": "a.patient_id",
        "occasion": "a.id || ':' || n",
        "uid": "gen_random_uuid()",
    },
    "audit_entry": {"subject": "'appointment:' || a.id", "patient_ids": "array[a.patient_id]"},
}


def main() -> None:
    """Fill, back up, restore into an empty database beside it, prove the backup."""
    with house() as found:
        fill(found, VISITS)
        measure.say_machine()
        from django.conf import settings

        settings.POSTGRESQL_PROGRAMS = str(binaries.postgresql(found.folder).folder)
        _back_and_forth(found)


def fill(found: House, visits: int) -> None:
    """A clinic with so many visits, each with its other rows."""
    from pht_clinic import clock
    from tests.clinic import open_clinic

    now = clock.now()
    clinic = open_clinic(now)
    start = (now + dt.timedelta(days=14)).replace(hour=10, minute=0, second=0, microsecond=0)
    start -= dt.timedelta(days=start.weekday() - 1)
    assert clinic.book(clinic.fit_patient(), start).appointment is not None
    with found.owner() as owner, filled.constraints_at_the_end(owner):
        filled.staff(owner)
        last_on = now.date() - dt.timedelta(days=1)
        first_on = last_on - dt.timedelta(days=visits // (filled.VISITS_A_DAY * filled.ROOMS) + 1)
        filled.visits(owner, first_on=first_on, last_on=last_on, most=visits)
        for table, count in EACH.items():
            _copies(owner, table, count)
        filled.settle(owner)


def _copies(owner: psycopg.Connection, table: str, count: int) -> None:
    """So many copies of the newest row of a table for each visit, of that visit and its patient."""
    question = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    names = [name for (name,) in owner.execute(question, [table]) if name != "id"]
    own = _OWN[table]
    values = [sql.SQL(own[name]) if name in own else sql.SQL("model.") + sql.Identifier(name) for name in names]  # type: ignore[arg-type]
    owner.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values} FROM scheduling_appointment a"
            " CROSS JOIN generate_series(1, %s) n CROSS JOIN (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) model"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
        ),
        [count],
    )


def _back_and_forth(found: House) -> None:
    from django.db import connections

    from pht_clinic import clock
    from pht_clinic.backup.manifest import DUMP
    from pht_clinic.backup.manifest import read as read_manifest
    from pht_clinic.backup.restore import restore
    from pht_clinic.backup.take import take

    began = time.perf_counter()
    backup = take(Path(found.folder) / "backups", now=clock.now())
    taken = time.perf_counter() - began
    kept = read_manifest(backup)
    measure.say_about(f"{kept.rows['scheduling_appointment']:,} visits, {kept.total:,} rows in all")
    measure.say_time("to back it up", measure.Sample((taken,)))
    measure.say_number("size of the dump", round((backup / DUMP).stat().st_size / 1e6), "MB")
    make_database(found.postgres.url(OWNER, database="postgres"), name=f"{DATABASE}_back")
    connections.databases["back"] = {**connections["owner"].settings_dict, "NAME": f"{DATABASE}_back"}
    began = time.perf_counter()
    restore(backup, alias="back")
    seconds = measure.Sample((time.perf_counter() - began,))
    measure.say_time("until it is back, counted and its guards looked at", seconds, at_most=MOST_SECONDS)
    measure.say_machine()


if __name__ == "__main__":
    with record.of("backup"):
        main()

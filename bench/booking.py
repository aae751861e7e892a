"""Booking over HTTP, with rules, audit and outbox: 24 at once. Its peers: `bench/peers/booking.py`."""

import datetime as dt
from collections.abc import Iterator

import psycopg
from psycopg import sql

from bench import filled, measure, record
from bench.clients import ask, post
from bench.house import House, house

IN_THE_YEAR = 200_000
FIT_PATIENTS = 3_500
AT_ONCE = 24
TABLES = ("injections_screening", "injections_pathway", "injections_imagingreport", "injections_injection")


def main() -> None:
    """Fill the year, start the server, measure."""
    with house(with_broker=True) as found:
        token, patients = build(found)
        found.web("pht_clinic.wsgi:application", port=found.web_port)
        bodies = wishes(patients)
        measure.say_machine()
        _at_once(found.web_port, list(bodies), token)
        _what_was_written()


def build(found: House) -> tuple[str, list[int]]:
    """200,000 visits until ten past five in 10 rooms, and patients of whom everything is known and in order."""
    from pht_clinic import clock
    from pht_clinic.people import tokens
    from tests.clinic import open_clinic

    now = clock.now()
    clinic = open_clinic(now)
    patient = clinic.fit_patient()
    for year in (2, 3):
        clinic.earlier_injection(patient, f"{now.year - year}-05")
    first_on = now.date() + dt.timedelta(days=1)
    with found.owner() as owner:
        owner.execute("UPDATE scheduling_practitioner SET active = false")
        owner.execute("UPDATE scheduling_room SET active = false")
        filled.staff(owner)
        patients = [
            number for (number,) in owner.execute("SELECT id FROM scheduling_patient WHERE family_name LIKE 'Number %'")
        ][:FIT_PATIENTS]
        with filled.constraints_at_the_end(owner):
            last_on = first_on + dt.timedelta(days=364)
            filled.visits(owner, first_on=first_on, last_on=last_on, a_day=55, most=IN_THE_YEAR)
        for table in TABLES:
            _copy(owner, table, patient.pk, patients)
        filled.settle(owner)
    return tokens.issue(clinic.users["reception"], days=1), patients


def _copy(owner: psycopg.Connection, table: str, of: int, to: list[int]) -> None:
    """Give every patient what stands in this table of one."""
    question = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    names = [name for (name,) in owner.execute(question, [table]) if name not in ("id", "patient_id")]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    owner.execute(
        sql.SQL(
            "INSERT INTO {table} (patient_id, {columns})"
            " SELECT whose, {columns} FROM {table}, unnest(%s::bigint[]) whose WHERE patient_id = %s"
        ).format(table=sql.Identifier(table), columns=columns),
        [to, of],
    )


def wishes(patients: list[int]) -> Iterator[dict[str, object]]:
    """A request for every free time of the year, each by another patient, spread over the whole year."""
    import random

    from pht_clinic import clock
    from scheduling.availability.slots import Search, free_slots
    from scheduling.kinds import KINDS

    today = clock.today()
    search = Search(KINDS["injection"], today + dt.timedelta(days=3), today + dt.timedelta(days=360))
    slots = list(free_slots(search, now=clock.now()))
    random.Random(4).shuffle(slots)
    for patient, slot in zip(patients, slots, strict=False):
        yield {
            "patient": str(patient),
            "kind": "injection",
            "site": "hamstring-origin",
            "side": "left",
            "start": slot.start.isoformat(),
            "practitioner": str(slot.practitioner_id),
            "room": str(slot.room_id),
        }


def _at_once(port: int, bodies: list[dict[str, object]], token: str) -> None:
    """24 patients book 24 different times of one radiologist at the same moment, three times."""
    served, slowest = [], []
    by_practitioner: dict[object, list[dict[str, object]]] = {}
    for body in bodies:
        by_practitioner.setdefault(body["practitioner"], []).append(body)
    for theirs in sorted(by_practitioner.values(), key=len, reverse=True)[:3]:
        requests = [post("/api/v1/appointments/", body, token=token) for body in theirs[:AT_ONCE]]
        assert len(requests) == AT_ONCE, "too few free times are left"
        _, statuses, seconds = ask(port, requests, clients=AT_ONCE)
        served.append(statuses[201])
        slowest.append(max(seconds))
    measure.say_about(f"{AT_ONCE} patients, as many times of one radiologist, at the same moment; three rounds")
    measure.say_number("of them served, in the worst round", min(served), at_least=AT_ONCE)
    measure.say_time("the slowest answer", measure.Sample(tuple(slowest)))


def _what_was_written() -> None:
    from injections.models import Assessment
    from pht_clinic.audit.models import Entry
    from scheduling.models import Message

    measure.say_about("Written on the way")
    for name, model in (("assessments", Assessment), ("audit rows", Entry), ("messages", Message)):
        measure.say_number(name, model.objects.count())


if __name__ == "__main__":
    with record.of("booking"):
        main()

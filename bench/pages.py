"""The calendar of a week with 200 visits: its time, queries and weight. Its peer: `bench/peers/pages.py`."""

import datetime as dt
import gzip
import re
from collections.abc import Callable
from pathlib import Path

from bench import filled, measure, record
from bench.house import House, house

VISITS, ROUNDS, TIMES = 200, 11, 5
MOST_KB = 40
PARTS = re.compile(r'(?:src|href)="/static/([^"?]+)"')


def main() -> None:
    """Fill one week of four practitioners in two rooms, and look at it as reception does."""
    with house() as found:
        monday = build(found)
        measure.say_machine()
        _week(monday)


def build(found: House) -> dt.date:
    from injections.models import Assessment, InjectionRequest
    from pht_clinic import clock
    from scheduling.models import Appointment

    monday = clock.today() + dt.timedelta(days=7 - clock.today().weekday())
    with found.owner() as owner:
        filled.staff(owner)
        owner.execute("DELETE FROM scheduling_schedule WHERE room_id > (SELECT min(id) + 1 FROM scheduling_room)")
        owner.execute("UPDATE scheduling_room SET active = id <= (SELECT min(id) + 1 FROM scheduling_room)")
        owner.execute(
            "UPDATE scheduling_practitioner SET active = id <= (SELECT min(id) + 3 FROM scheduling_practitioner)"
        )
        sunday = monday + dt.timedelta(days=6)
        filled.visits(owner, first_on=monday, last_on=sunday, a_day=15, rooms=2, most=VISITS)
        owner.execute("UPDATE scheduling_appointment SET kind = 'injection'")
    visits = list(Appointment.objects.all())
    assert len(visits) == VISITS
    InjectionRequest.objects.bulk_create(
        InjectionRequest(appointment=visit, site="hamstring-origin", side="left", targets=["peritendinous"])
        for visit in visits
    )
    Assessment.objects.bulk_create(
        Assessment(
            patient_id=visit.patient_id,
            appointment=visit,
            at=clock.now(),
            occasion="booking",
            facts={},
            verdict="clear",
            findings=[],
            rules_version="1",
        )
        for visit in visits
    )
    with found.owner() as owner:
        filled.settle(owner)
    return monday


def week_of(monday: dt.date) -> Callable[[], bytes]:
    """The whole request of reception for that week."""
    from django.test import Client

    from pht_clinic.people.models import User
    from tests.second_factor import given_in

    user = User.objects.create_user("reception@clinic.example", None, role="reception", name="Reception")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    given_in(client)

    def page() -> bytes:
        response = client.get(f"/calendar/week/?day={monday.isoformat()}")
        assert response.status_code == 200, response.status_code
        return bytes(response.content)

    assert page().decode().count("Number ") >= VISITS, "the page does not show them"
    return page


def _week(monday: dt.date) -> None:
    from django.contrib.staticfiles import finders
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page = week_of(monday)
    with CaptureQueriesContext(connection) as captured:
        content = page()
        queries = len(captured)
    found = measure.interleaved({"page": measure.repeated(page, TIMES)}, rounds=ROUNDS)
    measure.say_about(f"The calendar of a week with {VISITS} visits")
    measure.say_time("the whole request: session, view, page, audit row", found["page"])
    measure.say_number("queries", queries, at_most=12)
    parts = [Path(str(finders.find(name))).read_bytes() for name in set(PARTS.findall(content.decode()))]
    gzipped = [len(gzip.compress(one, 6)) / 1000 for one in (content, *parts)]
    measure.say_number("weight, gzipped, with style and scripts", sum(gzipped), "kB", at_most=MOST_KB)
    measure.say_number("weight, gzipped, of the page itself", gzipped[0], "kB")
    measure.say_number("weight, plain, of the page itself", len(content) / 1000, "kB")


if __name__ == "__main__":
    with record.of("pages"):
        main()

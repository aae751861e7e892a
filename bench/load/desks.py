"""How many people of a morning this machine carries: more and more of them, until the slowest answer in twenty takes
longer than 300 ms.

The clinic runs as documented: gunicorn with two processes of 8 threads, a worker with two, beat, the broker, PostgreSQL
and a mail server. Locust plays the people on the same machine and takes a part of it, which is said; so is the
processor time that an answer costs the clinic, which does not depend on who else uses the machine.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from typing import Any, Final

from bench import measure, record
from bench.house import House, house
from bench.load import years
from pht_clinic.demo import services

VISITS: Final = int(os.environ.get("DESKS_VISITS", "100000"))
STEPS: Final = tuple(int(one) for one in os.environ.get("DESKS_STEPS", "10,20,40,60,80,100,120,140,160,200").split(","))
ACCOUNTS: Final = {"Desk": ("reception", 40), "Radiologist": ("radiologist", 16), "Manager": ("manager", 4)}
"""Of each kind so many are signed in; further people share their sessions."""
LINKS, PATIENTS = 200, 2_000


def main() -> None:
    """Fill, start, let people come."""
    with house(with_broker=True) as found:
        found.start("sink", [sys.executable, "-m", "bench.mails.sink", str(found.smtp_port)])
        growth = years.opened(found)
        growth.up_to(VISITS)
        told = {**_world(growth), "roots": _start(found), "host": f"http://127.0.0.1:{found.web_port}", "steps": STEPS}
        file = found.folder / "people.json"
        file.write_text(json.dumps(told), encoding="utf-8")
        measure.say_machine()
        done = subprocess.run(
            [sys.executable, "-m", "bench.load.people", str(file)], stdout=subprocess.PIPE, check=True, text=True
        )
        say([json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")])


def _start(found: House) -> list[int]:
    """Web, worker and beat as they run in production; the processes that everything is below."""
    env = services.without_the_owner(dict(os.environ))
    web = services.web(env=env, port=found.web_port, log=found.folder / "web.log")
    worker = services.worker(env=env, log=found.folder / "worker.log")
    beat = services.beat(env=env, log=found.folder / "beat.log")
    for child in (web, worker, beat):
        found.ends.callback(child.stop)
        child.start()
    services.wait_for_web(web, port=found.web_port)
    services.wait_for_worker(worker)
    return [web.pid, worker.pid, beat.pid, found.postgres.child.pid]


def _world(growth: years.Growth) -> dict[str, Any]:
    """What people know, and how they are signed in."""
    from django.utils import timezone

    from pht_clinic.people import tokens
    from pht_clinic.people.models import User
    from scheduling.models import Appointment, Patient
    from scheduling.patients import link

    people: dict[str, list[Any]] = {
        kind: [_signed_in(f"{kind.lower()}-{number}", role) for number in range(count)]
        for kind, (role, count) in ACCOUNTS.items()
    }
    user = User.objects.create_user("programme@clinic.example", None, role="radiologist", name="A programme")
    people["Programme"] = [tokens.issue(user, days=1) for _ in range(8)]
    last = growth.first_patient + growth.patients
    known = list(Patient.objects.filter(pk__gte=last - PATIENTS, pk__lt=last).values_list("pk", "family_name"))
    visits = Appointment.objects.filter(
        status="booked", start_at__gt=timezone.now() + dt.timedelta(weeks=2), kind="injection"
    ).select_related("patient")[:LINKS]
    links = [(link.token_of(one.pk, one.link_version), f"{one.patient.date_of_birth:%-d %-m %Y}") for one in visits]
    places = Appointment.objects.order_by("practitioner_id").values_list("practitioner_id", "room_id").distinct()
    return {
        "people": people,
        "patients": [pk for pk, _ in known],
        "names": [name for _, name in known],
        "links": links,
        "people_and_rooms": list(places),
        "today": f"{growth.today}",
    }


def _signed_in(name: str, role: str) -> tuple[str, str]:
    """A session that began with a second factor, as its cookie."""
    from django.conf import settings
    from django.test import Client

    from pht_clinic.people.models import User
    from tests.second_factor import given_in

    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(User.objects.create_user(f"{name}@desks.example", None, role=role, name=name))
    given_in(browser)
    return settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value


def say(steps: list[dict[str, Any]]) -> None:
    """The steps as figures; an answer's processor time is that of all of them."""
    measure.say_about(f"Answers beside {VISITS:,} visits, the slowest in twenty")
    for step in steps:
        measure.say_number(f"{step['people']} people", step["p95_ms"], "ms", at_most=300)
        print(f"  {json.dumps(step)}", flush=True)
    requests = sum(step["requests"] for step in steps)
    measure.say_about("All steps together")
    measure.say_number("most people with the slowest in twenty within 300 ms", carried(steps), "people")
    measure.say_number("answers", requests)
    measure.say_number("answers that were none, or a fault", sum(step["failures"] for step in steps), at_most=0)
    measure.say_number("of 100 answers, those that were only read", 100 * sum(one["reads"] for one in steps) / requests)
    cost, own = (sum(step[name] for step in steps) / requests for name in ("processor_s", "own_processor_s"))
    measure.say_time("an answer of processor time, clinic and database together", measure.Sample((cost,)))
    measure.say_time("an answer of processor time, locust", measure.Sample((own,)))
    pace = sum(step["requests"] / step["seconds"] / step["people"] for step in steps) / len(steps)
    measure.say_number("two processors' worth of people, if nothing else used them", 2 / (cost * pace), "people")


def carried(steps: list[dict[str, Any]]) -> int:
    """The most people before answers became too slow; 0 where the first step was."""
    fine = [step["people"] for step in steps if step["p95_ms"] <= 300]
    return max(fine, default=0)


if __name__ == "__main__":
    with record.of("load.desks"):
        main()

"""The whole demo: servers, tables, a clinic, and its processes; all of it ends together."""

import shutil
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from pht_clinic.demo import another, noted, record_system, services, settings
from pht_clinic.demo.folders import elsewhere, short_folder, state_folder
from pht_clinic.demo.household import House, played, say, start_players, start_workers
from pht_clinic.demo.noted import note_year
from pht_clinic.demo.postgresql import APPLICATION, OWNER, RETENTION, postgres_server
from pht_clinic.demo.processes import Child, end_leftover
from pht_clinic.demo.running import DemoError, only_demo_in, published
from pht_clinic.demo.tour import starting_over
from pht_clinic.demo.valkey import valkey_server

WATCH_SECONDS = 0.5
SAY_SECONDS = 15
KEPT = (
    *("postgresql", "inbox", "logs", "run", "demo-secret.json", "sign-ins.json", "clock-offset", another.FOLDER),
    *(noted.OPENED, noted.MOVED, noted.YEAR, starting_over.FILE, *record_system.FILES),
)
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "RETENTION_DATABASE_URL", "REDIS_URL")


class Stopped(Exception):
    """Somebody asked the demo to end."""


def run(var: Path, environment: Mapping[str, str]) -> None:
    """Start everything, say where it is, and keep it until somebody ends it.

    Raises: DemoError (something does not start, or ends by itself; nothing is left running).
    """
    _raise_on_signals()
    try:
        with only_demo_in(var), ExitStack() as ends:
            try:
                given = {name: value for name, value in environment.items() if value.strip()}
                settings.check_servers(given)
                for pid_file in (var / "run").glob("*.pid"):
                    end_leftover(pid_file)  # it may still hold the port
                people = settings.people_wanted(given)
                port = settings.port_wanted(given)
                house = House(var, given, ends, [], [], people)
                _put_up(house, port)
                start_players(house)
                _watch(house)
            finally:
                _ignore_signals()  # a second Ctrl-C must not leave half of it running
    except Stopped:
        say("Stopped.")


def reset(var: Path) -> None:
    """Forget the demo's own data; a database that was given stays as it is.

    Raises: DemoError (while the demo runs).
    """
    with only_demo_in(var):
        for name in KEPT:
            path = var / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for path in var.glob("postgresql*"):  # its log, and what an unfinished start left
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if elsewhere(var).exists():
            shutil.rmtree(elsewhere(var))
            with suppress(OSError):  # other checkouts may have theirs there
                elsewhere(var).parent.rmdir()
    say("The demo's data are gone; the next `make demo` starts over.")


def _put_up(house: House, port: int) -> None:
    for folder in ("logs", "run", "inbox"):
        (house.var / folder).mkdir(parents=True, exist_ok=True)
        (house.var / folder).chmod(0o700)  # one from before may be open to all
    smtp_port, page_port = services.free_port(), settings.port_near(port)
    given = dict(house.env)
    own = settings.demo_settings(house.var, port=port, smtp_port=smtp_port, servers=_servers(house))
    if "CDS_ISSUERS" not in given:
        own |= record_system.listed(house.var)
    house.env = {**own, **given}  # what the environment says wins
    names = [name for name in (*own, *GIVEN) if name in house.env]
    house.ends.enter_context(published({name: house.env[name] for name in names}, house.var))
    inbox = "" if "EMAIL_URL" in given else f"http://localhost:{page_port}/"
    house.env["DEMO_INBOX_URL"] = inbox
    say("2 of 4: tables and migrations …")
    house.step("Migrations", "manage.py", "migrate", "--verbosity", "1", "--no-input")
    if house.postgres is not None:
        house.postgres.keep_migrated()
    say("3 of 4: a clinic with invented people, and its web server, worker and beat beside it …")
    if inbox:
        _start_inbox(house, smtp_port, page_port)
    web = house.keep(services.web(env=house.env, port=port, log=house.log("web")), pid_file="web")
    worker = start_workers(house)
    house.step("Demo clinic", "-m", "pht_clinic.demo", "--var", str(house.var), "populate")
    say("4 of 4: the first page …")
    services.wait_for_web(web, port=port)
    services.wait_for_worker(worker)
    _listen(house)
    _announce(house, port, inbox)


def _servers(house: House) -> dict[str, str]:
    """Start the servers that the environment does not name; return the addresses of those started."""
    addresses: dict[str, str] = {}
    sockets = house.ends.enter_context(short_folder("demo"))
    if "DATABASE_URL" in house.env:
        say("Database: the one of DATABASE_URL.")
        if "DATABASE_OWNER_URL" not in house.env:
            say("  No DATABASE_OWNER_URL: its role also migrates, so audit rows are not protected from it.")
    else:
        say("1 of 4: PostgreSQL and the broker …")
        state = state_folder(house.var)
        postgres = house.ends.enter_context(postgres_server(state=state, sockets=sockets, durable=True))
        house.children.append(postgres.child)
        house.postgres = postgres
        addresses |= {"DATABASE_URL": postgres.url(APPLICATION), "DATABASE_OWNER_URL": postgres.url(OWNER)}
        addresses["RETENTION_DATABASE_URL"] = postgres.url(RETENTION)
    if "REDIS_URL" in house.env:
        say("Broker: the one of REDIS_URL.")
    else:
        broker = house.ends.enter_context(valkey_server(sockets))
        house.children.append(broker.child)
        addresses["REDIS_URL"] = broker.url
    return addresses


def _start_inbox(house: House, smtp_port: int, page_port: int) -> None:
    arguments = [str(smtp_port), str(page_port), str(house.var / "inbox")]
    command = [sys.executable, "-m", "pht_clinic.demo.inbox", *arguments]
    inbox = Child("The inbox", command, house.log("inbox"), house.env, services.CHECKOUT)
    house.keep(inbox, pid_file="inbox").wait_until(lambda: inbox.last_words() == "ready", seconds=30)


def _listen(house: House) -> None:
    """From now on the demo's page can ask to start over, where the database is the demo's own."""
    starting_over.forget(house.var)
    if house.postgres is not None:
        starting_over.note(house.var, starting_over.READY)
        house.ends.callback(starting_over.forget, house.var)


def _announce(house: House, port: int, inbox: str) -> None:
    say()
    say(f"Begin here:  http://localhost:{port}/demo/")
    say(f"The clinic:  http://localhost:{port}/")
    say(f"Its emails:  {inbox or 'sent where EMAIL_URL leads'}")
    say("It listens on this machine alone.")
    say()
    for email, password in settings.read_private(house.var / "sign-ins.json").items():
        say(f"  {email:<32} {password}")
    if house.env.get("SECOND_FACTOR_EXEMPT"):
        say("Nobody is asked for a second factor: this is a demo, a clinic asks everybody.")
    say()
    say("Move its clock:  .venv/bin/python -m pht_clinic.demo advance 48h")
    say("Ctrl-C stops all of it; the data stay. `make demo-reset` starts over.")


def _watch(house: House) -> None:
    said, say_at = "", time.monotonic()
    while True:
        for child in house.children:
            if not child.is_running():
                raise DemoError(f"{child.name} ended by itself: {child.last_words()} (log: {child.log})")
        if time.monotonic() >= say_at and (words := played(house)) != said:
            say(words)
            note_year(house.var, words)
            said, say_at = words, time.monotonic() + SAY_SECONDS
        if starting_over.state(house.var) == starting_over.ASKED:
            another.make(house)
        time.sleep(WATCH_SECONDS)


def _raise_on_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup it goes on
        signal.signal(signal.SIGHUP, stop)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)

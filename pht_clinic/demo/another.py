"""Starting over while the demo runs: another clinic is made beside the present one, and takes its place once whole."""

import os
import shutil
import signal
from pathlib import Path

from pht_clinic.demo import noted
from pht_clinic.demo.household import House, say, start_players, start_workers
from pht_clinic.demo.postgresql import APPLICATION, NEXT, OWNER, RETENTION, PostgresServer
from pht_clinic.demo.running import DemoError
from pht_clinic.demo.services import wait_for_worker
from pht_clinic.demo.tour import starting_over

FOLDER = "another"
_CLOCK = "clock-offset"
_ANEW = (noted.OPENED, _CLOCK)
"""What is the other clinic's own, and takes its place with it."""


def make(house: House) -> None:
    """1. Another database, with its tables and filled as at the first start, its clock the real one; the present one
       goes on.
    2. Worker, beat and whoever plays the past year end.
    3. The other database takes the present one's place, its clock and its opening too; the mails go.
    4. Worker, beat and the players start again, and the web server's processes do, one by one.

    What fails in the first step leaves all as it was, and is said.
    """
    if house.postgres is None:
        return
    starting_over.note(house.var, starting_over.MAKING)
    say("Starting over: another clinic is being made …")
    folder = house.var / FOLDER
    try:
        _fill(house, house.postgres, folder)
    except DemoError as error:
        say(f"It cannot start over, and goes on as it is: {error}")
        starting_over.note(house.var, starting_over.FAILED)
        return
    house.give_up("The worker", "Beat")
    for player in house.players:
        player.stop()
    house.players.clear()
    house.postgres.take_next()
    _take_files(house.var, folder)
    worker = start_workers(house)
    for web in (child for child in house.children if child.name == "The web server"):
        os.kill(web.pid, signal.SIGHUP)  # gunicorn starts its processes anew, and answers meanwhile
    wait_for_worker(worker)
    start_players(house)
    starting_over.note(house.var, starting_over.DONE)
    say("It has started over.")


def _fill(house: House, postgres: PostgresServer, folder: Path) -> None:
    """Raises: DemoError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    shutil.copy(house.var / "sign-ins.json", folder)  # everybody keeps their password
    postgres.make_next()
    roles = {"DATABASE_URL": APPLICATION, "DATABASE_OWNER_URL": OWNER, "RETENTION_DATABASE_URL": RETENTION}
    urls = {name: postgres.url(role, database=NEXT) for name, role in roles.items()}
    env = {**house.env, **urls, "CLOCK_OFFSET_FILE": str(folder / _CLOCK), "DEMO_FOLDER": str(folder)}
    house.step("Migrations", "manage.py", "migrate", "--verbosity", "1", "--no-input", env=env)  # what came since
    house.step("Demo clinic", "-m", "pht_clinic.demo", "--var", str(folder), "populate", env=env)


def _take_files(var: Path, folder: Path) -> None:
    for name in (*_ANEW, noted.MOVED):
        (var / name).unlink(missing_ok=True)
    for name in _ANEW:
        if (folder / name).exists():
            (folder / name).replace(var / name)
    for mail in (var / "inbox").glob("*.eml"):
        mail.unlink()
    shutil.rmtree(folder)

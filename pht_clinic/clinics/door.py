"""`manage.py new_clinic` and `manage.py upgrade_clinics`: they run without any clinic's settings.

new_clinic NAME SETTINGS FOLDER [--connections 40]
upgrade_clinics FOLDER [--at-once 1]
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pht_clinic.clinics.errors import ClinicsError
from pht_clinic.clinics.make import NewClinic, make
from pht_clinic.clinics.names import names_of
from pht_clinic.clinics.upgrade import upgrade

ADMINISTRATOR: Final = "ADMINISTRATOR_DATABASE_URL"
"""Where the administrator's address stands in the environment: options can be read by everybody on the machine."""
CONNECTIONS: Final = 40
"""At most, at one time, of one clinic: 2 web processes of 8 threads, a worker of 2, beat, and as many again."""


def main(arguments: Sequence[str]) -> int:
    """Run one of the two; 0 when all of it was done."""
    command, *given = arguments
    signal.signal(signal.SIGTERM, _ended)  # what was begun is taken back
    try:
        return COMMANDS[command](given)
    except KeyboardInterrupt as end:
        return 128 + (end.args[0] if end.args else signal.SIGINT)
    except ClinicsError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def new_clinic(given: Sequence[str]) -> int:
    """Raises: ClinicsError."""
    parser = argparse.ArgumentParser("manage.py new_clinic", description="Make a clinic with a database of its own.")
    parser.add_argument("name", help="small letters, figures, underscores")
    parser.add_argument("words", type=Path, metavar="SETTINGS", help="a file of NAME=value lines: what is the clinic's")
    parser.add_argument("into", type=Path, metavar="FOLDER", help="the folder of all clinics")
    parser.add_argument("--connections", type=_positive, default=CONNECTIONS, help="to the database, at most")
    asked = parser.parse_args(given)
    url = os.environ.get(ADMINISTRATOR, "")
    if not url:
        raise ClinicsError(
            f"{ADMINISTRATOR} is not set: the address of a superuser, postgres://user:password@host/postgres."
        )
    wanted = NewClinic(names_of(asked.name), asked.words, asked.into.absolute(), asked.connections)
    also_open = make(wanted, administrator_url=url)
    names = wanted.names
    _say(f"The clinic {asked.name} has the database {names.database} and the roles {', '.join(names.roles)}.")
    _say(f"Its settings are in {wanted.folder}, for its owner alone: they hold its keys and passwords.")
    if also_open:
        _say(f"As everybody on this server, its application may also connect to {', '.join(also_open)}.")
    return 0


def upgrade_clinics(given: Sequence[str]) -> int:
    """Raises: ClinicsError."""
    parser = argparse.ArgumentParser("manage.py upgrade_clinics", description="Migrate every clinic, one by one.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of all clinics")
    parser.add_argument("--at-once", type=_positive, default=1, help="how many side by side")
    asked = parser.parse_args(given)
    troubles = []
    for one in upgrade(asked.folder.absolute(), at_once=asked.at_once):
        _say(str(one))
        troubles.append(bool(one.trouble))
    _say(f"{troubles.count(False)} of {len(troubles)} clinics are of this version.")
    return int(any(troubles))


COMMANDS: Final[dict[str, Callable[[Sequence[str]], int]]] = {
    "new_clinic": new_clinic,
    "upgrade_clinics": upgrade_clinics,
}


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _ended(number: int, frame: object) -> None:
    raise KeyboardInterrupt(number)  # at which psycopg also ends the statement that is running

"""Commands at the server stand on the trail: which one, who ran it by the operating system, and how it ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.apps import apps
from django.db import DatabaseError, InterfaceError, connections

from pht_clinic import clock
from pht_clinic.audit.door import COMMAND, Way, way

UNTOLD: Final = frozenset(
    {
        *("check", "diffsettings", "help", "version", "--help", "--version", "spectacular", "sqlmigrate", "test"),
        *("collectstatic", "findstatic", "compilemessages", "makemessages", "runserver", "testserver"),
        *("makemigrations", "optimizemigration", "showmigrations", "squashmigrations", "startapp", "startproject"),
        "migrate",  # the database itself keeps which migrations ran, and when
    }
)
"""Commands that show and change nothing of what the clinic keeps."""
_VERBS: Final = {"create_user": "user-created", "issue_token": "token-issued"}


@contextmanager
def told(arguments: Sequence[str]) -> Iterator[None]:
    """Run a command in the block: what it notes has its door, and that it ran is noted when it ends, well or badly.

    One that runs no more after it was killed leaves nothing. What is given to a command is not noted, as it may be a
    secret; of somebody named by their address is noted who it is.
    """
    way.set(Way(COMMAND))
    well = False
    try:
        yield
        well = True
    except SystemExit as end:
        well = not end.code
        raise
    finally:
        if arguments and arguments[0] not in UNTOLD and apps.ready:
            _note(arguments, well=well)


def _note(arguments: Sequence[str], *, well: bool) -> None:
    from pht_clinic.audit.record import record  # noqa: PLC0415 - models cannot be imported before the apps are ready
    from pht_clinic.people.actors import at_the_server  # noqa: PLC0415 - the same
    from pht_clinic.people.models import User  # noqa: PLC0415 - the same

    name, *given = arguments
    verb = _VERBS.get(name, "command-run") if well else "command-failed"
    try:
        found = User.objects.filter(email__in=[one.strip().lower() for one in given]).values_list("pk", flat=True)
        subject = f"user:{found[0]}" if found else ""
        record(verb, by=at_the_server(), now=clock.now(), subject=subject, detail={"command": name[:60]})
    except (DatabaseError, InterfaceError) as error:
        sys.stderr.write(f"That {name} ran is not on the audit trail: {type(error).__name__}.\n")
    finally:
        connections.close_all()

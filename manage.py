#!/usr/bin/env python
"""The command line of the clinic: Django's commands and our own."""

import os
import sys
from pathlib import Path

from pht_clinic.demo.running import settings_of_the_running_demo

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Run one command; `assess` runs without settings, because the rules need no database, and so do those on several
    clinics, each of which has its own.
    """
    if arguments[:1] == ["assess"]:
        from injections.doors.coded.door import main as assess  # noqa: PLC0415 - other commands do not load the rules

        return assess(arguments[1:])
    if arguments[:1] in (["new_clinic"], ["upgrade_clinics"]):
        from pht_clinic.clinics.door import main as of_clinics  # noqa: PLC0415 - other commands do not load it

        return of_clinics(arguments)
    if "DATABASE_URL" not in os.environ:  # all from one place: two databases must never be mixed
        for name, value in settings_of_the_running_demo(HERE / "var").items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    # `assess` needs no Django
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    from pht_clinic.audit.commands import told  # noqa: PLC0415 - as above

    try:
        with told(arguments):
            execute_from_command_line([sys.argv[0], *arguments])
    except ImproperlyConfigured as error:
        # for the person at the terminal: what to set, not where it was read
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

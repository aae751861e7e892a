"""One process of those that play the year: `python -m pht_clinic.demo.life PART PEOPLE`, run by the demo itself.

What is mailed in it is taken by a server of its own, which forgets it: the demo's inbox is for what comes from now on.
"""

import importlib
import logging
import os
import sys
from datetime import datetime
from pathlib import Path

import django

from pht_clinic.demo.life.forgetting import forget_mails
from pht_clinic.demo.noted import opened_at
from pht_clinic.demo.running import DemoError

_NICE = 10
"""Whoever looks at the pages comes first."""


def main(part: int, people: int) -> None:
    """Play one part of these people to its end."""
    os.nice(_NICE)
    os.environ["EMAIL_URL"] = forget_mails()
    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server that forgets says nothing
    year = importlib.import_module("pht_clinic.demo.life.year")  # after set-up: it loads the models
    year.play_year(part, people=people, present=_opened_at(), told=_tell)


def _opened_at() -> datetime:
    """When the demo opened for the first time: its folder knows. Raises: DemoError (it is not filled yet)."""
    found = opened_at(Path(os.environ["DEMO_FOLDER"]))
    if found is None:
        raise DemoError("The demo has not opened yet: there is no year before it.")
    return found


def _tell(count: int, of: int) -> None:
    print(f"{count} of {of}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # the server's thread has nothing to end

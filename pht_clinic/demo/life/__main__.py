"""One process of those that play the year: `python -m pht_clinic.demo.life PART PEOPLE`, run by the demo itself.

What is mailed in it is taken by a server of its own, which forgets it: the demo's inbox is for what comes from now on.
"""

import importlib
import logging
import os
import sys

import django
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pht_clinic.demo.services import free_port

_NICE = 10
"""Whoever looks at the pages comes first."""


class Forgetting:
    """Takes every mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        """Take one mail, and forget it."""
        return "250 Forgotten"


def main(part: int, people: int) -> None:
    """Play one part of these people to its end."""
    os.nice(_NICE)
    port = free_port()
    Controller(Forgetting(), hostname="127.0.0.1", port=port, ready_timeout=20, server_hostname="localhost").start()
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server that forgets says nothing
    year = importlib.import_module("pht_clinic.demo.life.year")  # after set-up: it loads the models
    year.play_year(part, people=people, told=_tell)


def _tell(count: int, of: int) -> None:
    print(f"{count} of {of}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # the server's thread has nothing to end

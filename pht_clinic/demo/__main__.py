"""The demo's command line: `python -m pht_clinic.demo [run | reset | advance SPAN | sign ADDRESS]`."""

import argparse
import ctypes
import importlib
import logging
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

from pht_clinic.demo import clock_offset, house, record_system
from pht_clinic.demo.folders import OWNERS_ALONE
from pht_clinic.demo.household import say
from pht_clinic.demo.launch import PR_SET_PDEATHSIG
from pht_clinic.demo.life.forgetting import forget_mails
from pht_clinic.demo.noted import ClockMove, note_moved
from pht_clinic.demo.running import DemoError, settings_of_the_running_demo
from pht_clinic.demo.services import CHECKOUT


def main(arguments: list[str]) -> int:
    """Do what is asked; a failure is one sentence and exit code 1."""
    os.umask(OWNERS_ALONE)
    options = _parser().parse_args(arguments)
    if options.stop_with_parent:
        _stop_with_parent()
    var = Path(options.var).resolve()
    try:
        if options.what == "reset":
            house.reset(var)
        elif options.what == "advance":
            _advance(var, options.span)
        elif options.what == "sign":
            say(record_system.token_for(options.address, var))
        elif options.what == "populate":
            _populate(var)
        else:
            house.run(var, os.environ)
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pht_clinic.demo", description=__doc__)
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the starting process is killed")
    parser.add_argument("--var", default=CHECKOUT / "var", help="the folder of the demo's data (default: var)")
    what = parser.add_subparsers(dest="what")
    what.add_parser("run", help="start the demo (the default)")
    what.add_parser("reset", help="forget the demo's data")
    advance = what.add_parser("advance", help="move the demo's clock on", prefix_chars="+")  # so that -2h is a span
    advance.add_argument("span", help="for example 48h, 3d or 1d12h")
    sign = what.add_parser("sign", help="a token of the demo's invented record system, for one call by CDS Hooks")
    sign.add_argument("address", help="the address that is called")
    what.add_parser("populate", help="fill a migrated database; `run` does it")
    return parser


def _advance(var: Path, span: str) -> None:
    file = Path(settings_of_the_running_demo(var).get("CLOCK_OFFSET_FILE", var / "clock-offset"))
    file.parent.mkdir(parents=True, exist_ok=True)
    by_seconds = clock_offset.seconds_of(span)
    ahead = clock_offset.advance(file, by_seconds)
    if by_seconds > 0:  # its page tells what left since, however it was moved on
        now = datetime.now(UTC) + timedelta(seconds=ahead)
        note_moved(var, ClockMove(now - timedelta(seconds=by_seconds), now))
    say(f"The demo's clock is {clock_offset.in_words(abs(ahead))} {'ahead' if ahead >= 0 else 'behind'}.")


def _populate(var: Path) -> None:
    os.environ["EMAIL_URL"] = forget_mails()  # what was mailed in the past
    django.setup()
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server that forgets says nothing
    # after set-up: they load the models
    importlib.import_module("pht_clinic.demo.opening").open_in_hours(Path(os.environ["CLOCK_OFFSET_FILE"]))
    importlib.import_module("pht_clinic.demo.clinic").fill(var)


def _stop_with_parent() -> None:
    """Let the kernel end this process (Linux) when `make` is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

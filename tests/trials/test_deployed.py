"""docs/running/deploy.md makes an empty Debian 12 a running clinic, each block typed as it stands.

What systemd would start the trial starts from the units' own lines, as their user, without any power and without memory
that is both written and run. In `make trials` only; it wants root, debootstrap and Debian's mirror.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from pht_clinic.demo.folders import short_folder
from tests.documents.commands import ALONE, RUNNING
from tests.documents.markdown import ROOT, Code, blocks_of
from tests.trials.debian import Debian, debian, needs_debian
from tests.trials.staging import wait_until

pytestmark = [pytest.mark.full_trial, needs_debian]

PAGE = ROOT / "docs" / "running" / "deploy.md"
SERVICES = ("clinic-web.service", "clinic-worker.service", "clinic-beat.service")
PACKAGES = 1
"""So many of the blocks need the network of this machine: those that install Debian's packages."""
START_SECONDS = 120


@pytest.fixture(scope="module")
def server() -> Iterator[Debian]:
    with short_folder("debian") as folder:
        yield debian(folder / "root")


def blocks(mark: str) -> list[Code]:
    return [block for block in blocks_of(PAGE) if block.mark == mark]


def test_an_empty_server_becomes_a_running_clinic(server: Debian) -> None:
    made = blocks(ALONE)
    for block in made[:PACKAGES]:
        server.run(block.text)
    with server.by_itself():
        for block in made[PACKAGES:]:
            if "roles.sql" in block.text:  # what the page restarts just before
                server.run("pg_ctlcluster 15 main start")
                server.run("runuser --user redis -- redis-server /etc/redis/redis.conf --daemonize yes > /dev/null")
            server.run(block.text)
        for unit in SERVICES:
            server.start(unit)
        server.run("nginx")
        wait_until(lambda: "ready." in server.said(SERVICES[1]), seconds=START_SECONDS, what="a worker that is ready")
        wait_until(lambda: is_up(server), seconds=START_SECONDS, what="an answer of the web server")
        for block in blocks(RUNNING):
            server.run(block.text)
        wait_until(
            lambda: re.search(r"Task .+ succeeded", server.said(SERVICES[1])),
            seconds=START_SECONDS,
            what="a task that beat called for and the worker did",
        )
        check_who_may_what(server)


def is_up(server: Debian) -> bool:
    asked = "http://127.0.0.1:8000/healthz --header 'Host: booking.clinic.example'"
    return server.run(f"curl --silent --output /dev/null --write-out '%{{http_code}}' {asked} || true").strip() == "200"


def check_who_may_what(server: Debian) -> None:
    """Files of settings are root's alone, everything runs as the clinic's user, and nothing listens but to this machine
    and, of nginx, to everybody.
    """
    modes = server.run("stat --format '%a %U' /etc/clinic/*.env").splitlines()
    assert modes == ["600 root"] * 3
    ours = "ps -eo user=,args= | grep '[/]opt/clinic/.venv' | cut --delimiter=' ' --fields=1"
    who = server.run(f"{ours} | sort --unique").split()
    assert who == ["clinic"]
    assert server.run("ls /etc/clinic").split() == ["clinic.env", "owner.env", "retention.env"]
    logged = server.run("cat /var/log/postgresql/*.log /var/log/nginx/*.log /var/log/clinic-*.service")
    password = (server.folder / "root/first-password").read_text().strip()
    assert password not in logged


def test_the_units_say_nothing_that_systemd_does_not_understand(server: Debian) -> None:
    """With the paths of that server; `systemd-analyze` of this machine reads them there."""
    units = sorted(one.name for one in (server.folder / "etc/systemd/system").glob("clinic-*"))
    assert len(units) == 5
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={server.folder}", *units], capture_output=True, text=True, check=False
    )
    assert not [line for line in done.stderr.splitlines() if "clinic-" in line], done.stderr

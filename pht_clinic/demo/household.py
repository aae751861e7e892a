"""The demo's processes as one house: what is being put together, who works in it, who plays the past year."""

import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pht_clinic.demo import services
from pht_clinic.demo.life.cast import PARTS
from pht_clinic.demo.noted import note_year
from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.demo.processes import Child
from pht_clinic.demo.running import DemoError

STEP_SECONDS = 300


@dataclass
class House:
    """What is being put together: the folder, the settings so far, and what must be ended, in order."""

    var: Path
    env: dict[str, str]
    ends: ExitStack
    children: list[Child]
    players: list[Child]
    """Who plays the past year; they end by themselves."""
    people: int
    """How many people the past year has."""
    postgres: PostgresServer | None = None
    """None where a database was given."""

    def keep(self, child: Child, *, pid_file: str = "") -> Child:
        """Start a process that ends with the house; remember its pid for systems that cannot tie the two."""
        if pid_file:
            child.pid_file = self.var / "run" / f"{pid_file}.pid"
        self.ends.callback(child.stop)
        self.children.append(child.start())
        return child

    def give_up(self, *names: str) -> None:
        """End processes that others of their name take the place of."""
        for child in [one for one in self.children if one.name in names]:
            self.children.remove(child)
            child.stop()

    def step(self, name: str, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Run one command of this Python to its end, in the house's environment or another.

        Raises: DemoError (with the last line that it said).
        """
        child = Child(name, [sys.executable, *command], self.log(name), env or self.env, services.CHECKOUT)
        self.ends.callback(child.stop)
        code = child.start().finish(seconds=STEP_SECONDS)
        if code != 0:
            raise DemoError(f"{name} failed: {child.last_words()} (log: {child.log})")

    def log(self, name: str) -> Path:
        """A fresh log for one process of this start."""
        path = self.var / "logs" / f"{name.lower().replace(' ', '-')}.log"
        path.unlink(missing_ok=True)
        return path


def say(line: str = "") -> None:
    """One line for the person at the terminal, at once."""
    print(line, flush=True)


def start_workers(house: House) -> Child:
    """Start worker and beat; the worker, to wait for."""
    worker = house.keep(services.worker(env=house.env, log=house.log("worker")), pid_file="worker")
    house.keep(services.beat(env=house.env, log=house.log("beat")), pid_file="beat")
    return worker


def start_players(house: House) -> None:
    """Let the past year be played beside the clinic, which is open already; what was played before stays."""
    note_year(house.var, "")
    for part in range(PARTS if house.people else 0):
        name = f"Past year {part + 1}"
        command = [sys.executable, "-m", "pht_clinic.demo.life", str(part), str(house.people)]
        player = Child(name, command, house.log(name), services.without_the_owner(house.env), services.CHECKOUT)
        house.ends.callback(player.stop)
        house.players.append(player.start())


def played(house: House) -> str:
    """How far the past year is, in words; "" where nobody plays it, or has said anything yet."""
    for player in house.players:
        if not player.is_running() and player.process is not None and player.process.returncode:
            return f"The past year is not whole: {player.last_words()} (log: {player.log})"
    counts = [re.fullmatch(r"(\d+) of (\d+)", player.last_words()) for player in house.players]
    if not counts or not all(counts):
        return ""
    there, of = (sum(int(count[which]) for count in counts if count) for which in (1, 2))
    if there < of:
        return f"The clinic’s past year: {there} of {of} patients …"
    return f"The clinic’s past year is there: {of} patients."

"""How a measurement hands its figures over: one JSON file each in docs/bench/, which the page and pictures are made of.

`with record.of("rules"):` around a measurement keeps what `bench.measure` says until its end. One that breaks off
leaves the file as it was. `BENCH_RECORDS=/tmp/somewhere` puts the files elsewhere, for a run only to be looked at.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = Path(os.environ.get("BENCH_RECORDS", CHECKOUT / "docs" / "bench"))


@dataclass(frozen=True)
class Figure:
    """One figure of some rounds: their median, lowest and highest, in `unit`; "" counts things, "×" is a ratio.

    `about` is the heading it stands under. Its goal is `at_least` or `at_most`, the bound included; or there is none.
    """

    what: str
    unit: str
    median: float
    lowest: float
    highest: float
    rounds: int = 1
    about: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most


@dataclass(frozen=True)
class Record:
    """The last run of one measurement: when it began, how busy the machine was (1 minute's load), what ran it.

    `commit` ends with "+" where the checkout had changes, and is "" where nobody noted it. `said` is what a reader must
    know beside that.
    """

    measurement: str
    taken_at: str
    load: float | None
    commit: str
    python: str
    cores: int
    said: str = ""
    figures: tuple[Figure, ...] = ()

    def as_json(self) -> str:
        whole = asdict(self) | {"figures": [asdict(one) | {"met": one.met} for one in self.figures]}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


@dataclass
class _Running:
    """What this process has said so far; a measurement is a process of its own."""

    about: str = ""
    said: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


_running: Final = _Running()


def about(heading: str) -> None:
    """The figures from here on stand under this heading."""
    _running.about = heading


def keep(
    what: str, rounds: tuple[float, ...], unit: str = "", *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    """One more figure of the running measurement."""
    middle, low, high = (_rounded(one) for one in (median(rounds), min(rounds), max(rounds)))
    figure = Figure(what, unit, middle, low, high, len(rounds), _running.about, at_least, at_most)
    _running.figures.append(figure)
    return figure


def say(sentence: str) -> None:
    """What a reader must know beside the figures, such as a size that was made smaller than usual."""
    _running.said.append(sentence)
    print(f"  {sentence}", flush=True)


def bring(path: Path) -> None:
    """The figures of a part that another process took, among those of this one."""
    part = read(path)
    _running.figures.extend(part.figures)
    _running.said.append(f"Load {part.load:.1f} when {part.measurement} began.")


@contextmanager
def of(name: str) -> Iterator[None]:
    """Around a measurement: what is said inside is its record once it has come to its end."""
    began, load, commit = datetime.now().astimezone(), os.getloadavg()[0], _commit()
    yield
    record = Record(
        name,
        began.isoformat(timespec="minutes"),
        round(load, 1),
        commit,
        platform.python_version(),
        os.cpu_count() or 1,
        " ".join(_running.said),
        tuple(_running.figures),
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(record.as_json(), encoding="utf-8")


def read(path: Path) -> Record:
    """A record as it lies there."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    figures = tuple(Figure(**{name: one[name] for name in one if name != "met"}) for one in found["figures"])
    return Record(**found | {"figures": figures})


def _rounded(value: float) -> float:
    """To four digits; more are noise."""
    return float(f"{value:.4g}")


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git(
        "status", "--porcelain", "--untracked-files=no", "--", "bench", "injections", "pht_clinic", "scheduling"
    )
    return git("rev-parse", "--short=8", "HEAD") + ("+" if changed else "")

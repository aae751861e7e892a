"""Timing in interleaved rounds, and how a figure is printed.

Other work on the machine comes and goes. So the contenders take turns, each round gives one ratio, and the median of
those is the figure; the smallest and the largest are printed beside it as its noise.
"""

import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from bench import record

Timed = Callable[[], float]
"""One round of one contender; returns the seconds that one operation took."""


@dataclass(frozen=True)
class Sample:
    """The rounds of one contender, or of a ratio."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)

    def __truediv__(self, other: "Sample") -> "Sample":
        """Round by round."""
        return Sample(tuple(one / two for one, two in zip(self.rounds, other.rounds, strict=True)))


def repeated(operation: Callable[[], object], times: int, *, clock: Callable[[], float] = time.perf_counter) -> Timed:
    """A round that does `operation` so many times. What only computes may be timed by `time.process_time`."""

    def timed() -> float:
        start = clock()
        for _ in range(times):
            operation()
        return (clock() - start) / times

    return timed


def interleaved(contenders: Mapping[str, Timed], *, rounds: int, warm_up: bool = True) -> dict[str, Sample]:
    """Let the contenders take turns, each second round in the other order."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(-1 if warm_up else 0, rounds):
        gc.collect()
        for name in order if number % 2 else reversed(order):
            seconds = contenders[name]()
            if number >= 0:
                found[name].append(seconds)
    return {name: Sample(tuple(seconds)) for name, seconds in found.items()}


def say_machine() -> None:
    """How busy the machine is with other things; part of every figure."""
    one, five, _ = os.getloadavg()
    print(f"{os.cpu_count()} cores, load {one:.1f} (1 min), {five:.1f} (5 min)", flush=True)


def say_about(heading: str) -> None:
    """What the figures from here on are about."""
    record.about(heading)
    print(heading, flush=True)


def say_time(what: str, seconds: Sample, *, at_most: float | None = None) -> None:
    """The time of one operation; the goal in seconds too."""
    _say(record.keep(what, seconds.rounds, "s", at_most=at_most))


def say_ratio(what: str, ratio: Sample, *, at_least: float | None = None, at_most: float | None = None) -> None:
    """A ratio, its noise, and whether it reaches its goal."""
    _say(record.keep(what, ratio.rounds, "×", at_least=at_least, at_most=at_most))


def say_number(
    what: str, value: float, unit: str = "", *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """A count or a size."""
    _say(record.keep(what, (value,), unit, at_least=at_least, at_most=at_most))


def _say(figure: record.Figure) -> None:
    low, high = (in_units(value, figure.unit) for value in (figure.lowest, figure.highest))
    spread = f"({low} – {high})" if figure.rounds > 1 else ""
    print(
        f"  {figure.what:<72} {in_units(figure.median, figure.unit):>10}   {spread:<24} {verdict(figure)}", flush=True
    )


def verdict(figure: record.Figure) -> str:
    """The goal, and whether it is reached; "" where there is none."""
    if figure.met is None:
        return ""
    bound, goal = ("at least", figure.at_least) if figure.at_least is not None else ("at most", figure.at_most)
    shown = f"{goal:g} ×" if figure.unit == "×" else in_units(goal or 0.0, figure.unit)
    return f"{'reached' if figure.met else 'MISSED'}: {bound} {shown}"


def in_units(value: float, unit: str) -> str:
    """As people read it: seconds in the unit that fits, a ratio with two places, what is counted with commas."""
    if unit == "s":
        return _in_seconds(value)
    if unit == "×":
        return f"{value:.2f} ×"
    shown = f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.3g}"
    return f"{shown} {unit}".rstrip()


def _in_seconds(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:,.0f} s"
    return f"{seconds * 1e6:.3g} µs"

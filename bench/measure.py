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


def say_time(what: str, seconds: Sample) -> None:
    """The time of one operation."""
    low, high = min(seconds.rounds), max(seconds.rounds)
    print(f"  {what:<72} {_in_units(seconds.median):>10}   ({_in_units(low)} – {_in_units(high)})", flush=True)


def say_ratio(what: str, ratio: Sample, *, at_least: float | None = None, at_most: float | None = None) -> None:
    """A ratio, its noise, and whether it reaches its target."""
    low, high = min(ratio.rounds), max(ratio.rounds)
    verdict = _verdict(ratio.median, at_least, at_most)
    print(f"→ {what:<72} {ratio.median:>10.2f}   ({low:.2f} – {high:.2f})  {verdict}", flush=True)


def say_number(what: str, value: float, unit: str = "", *, at_most: float | None = None) -> None:
    """A count or a size."""
    print(f"→ {what:<72} {value:>10,.0f} {unit}  {_verdict(value, None, at_most)}", flush=True)


def _verdict(value: float, at_least: float | None, at_most: float | None) -> str:
    if at_least is not None:
        return f"{'reached' if value >= at_least else 'MISSED'}: at least {at_least:g}"
    if at_most is not None:
        return f"{'reached' if value <= at_most else 'MISSED'}: at most {at_most:,g}"
    return ""


def _in_units(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"

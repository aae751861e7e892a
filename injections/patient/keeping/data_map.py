"""The tables of `docs/privacy.md`, written from what the product itself goes by.

`python -m injections.patient.keeping.data_map` prints them.
"""

from __future__ import annotations

from collections.abc import Iterator

from injections.patient.keeping.held import HELD
from injections.patient.keeping.held_shape import Held
from injections.patient.keeping.table import KINDS


def rows_of_periods() -> Iterator[str]:
    """One row for each kind: what, for how long by the settings' defaults, what goes then, why."""
    for kind in KINDS.values():
        yield f"| {kind.words} | {kind.kept()} | {kind.goes} | {kind.why} |"


def rows_of_data() -> Iterator[str]:
    """One row for each table that holds something of somebody."""
    for label, held in HELD.items():
        if whose(held):
            said = (held.what, whose(held), held.seen_by, KINDS[held.kept].words, gone(held))
            yield f"| `{label}` | {' | '.join(said)} |"


def whose(held: Held) -> str:
    """Of whom a table holds something; "" of nobody."""
    return "patients" if held.paths else held.whose


def gone(held: Held) -> str:
    """What an erasure of the patient does to it."""
    goes = [f"goes: {', '.join(f'`{name}`' for name in held.erased)}"] if held.erased else []
    return "; ".join([*goes, *([f"stays: {held.stays}"] if held.stays else [])])

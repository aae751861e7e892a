"""Draws docs/house.svg, the floors of the house, from the import contracts: `python docs/house.py [--check]`.

A room may call those on the floors below it, never one beside or above. `--check` compares only.
"""

from __future__ import annotations

import re
import sys
import tomllib
from html import escape
from itertools import groupby
from pathlib import Path

DOCS = Path(__file__).resolve().parent
TARGET = DOCS / "house.svg"
WIDTH, MARGIN, FLOOR, GAP, TITLE = 880, 20, 36, 8, 34
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1b2733}.half{font-weight:600}"
    "rect{fill:#fff;stroke:#8a9bab}.house{fill:#f2f6f8;stroke:#c3cfd9}"
)


def floors() -> list[tuple[str, list[list[str]]]]:
    """The parts of the house from the roof down: each with its floors, each floor its rooms."""
    contracts = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = {one["id"]: one["layers"] for one in contracts["contracts"] if one["type"] == "layers"}
    whole = [_rooms(layer) for layer in layers["halves"]]
    inside = {"injections": layers["rooms-of-injections"], "scheduling": layers["rooms-of-scheduling"]}
    found: list[tuple[str, list[list[str]]]] = []
    for half, parts in groupby(whole, key=lambda rooms: rooms[0] if rooms[0] in inside else "pht_clinic"):
        own = [_rooms(layer) for layer in inside[half]] if half in inside else list(parts)
        found.append((half, own))
    return found


def _rooms(layer: str) -> list[str]:
    return [name.removeprefix("pht_clinic.") for name in re.findall(r"[\w.]+", layer)]


def picture() -> str:
    """The whole picture as SVG."""
    top, drawn = MARGIN, []
    for half, own in floors():
        height = TITLE + len(own) * (FLOOR + GAP)
        drawn.append(
            f'<rect class="house" x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="6"/>'
        )
        drawn.append(f'<text class="half" x="{MARGIN + 12}" y="{top + 23}">{escape(half)}</text>')
        for number, rooms in enumerate(own):
            drawn += _floor(rooms, top + TITLE + number * (FLOOR + GAP))
        top += height + GAP
    label = "The floors of the house: a room may call those on the floors below it, never one beside or above"
    size = f'viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *drawn, "</svg>", ""])


def _floor(rooms: list[str], top: int) -> list[str]:
    width = (WIDTH - 2 * MARGIN - 12 - GAP * len(rooms)) / len(rooms)
    drawn = []
    for number, room in enumerate(rooms):
        left = MARGIN + 10 + number * (width + GAP)
        middle = left + width / 2
        drawn.append(f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{FLOOR - 6}" rx="4"/>')
        drawn.append(f'<text x="{middle:.0f}" y="{top + 20}" text-anchor="middle">{escape(room)}</text>')
    return drawn


def main(arguments: list[str]) -> int:
    """Write the picture, or say with 1 that it is not what the contracts say."""
    if "--check" not in arguments:
        TARGET.write_text(picture(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == picture():
        return 0
    print("docs/house.svg is not what the import contracts say: python docs/house.py", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

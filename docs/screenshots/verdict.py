"""Draws verdict.svg, how a verdict comes about, from the rules and their thresholds.

`python docs/screenshots/verdict.py`; with `--check` it compares only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).with_suffix(".svg")
sys.path.insert(0, str(TARGET.parents[2]))

from injections.safety.document import GROUPS  # noqa: E402
from injections.safety.policy import DEFAULT  # noqa: E402
from injections.safety.rules import RULES  # noqa: E402

WIDTH, HEIGHT = 1000, 520
TOP, ROW, GAP = 74, 40, 8
COLUMN, BETWEEN, LEFT = 214, 40, 16
STRIP: Final = 440
FACTS: Final = ("the visit asked for", "injections, wherever given", "scans", "answers, and how old", "what was tried")
FINDINGS: Final = (
    ("clear", "info", "to know"),
    ("review", "warning", "to weigh"),
    ("blocked", "critical", "stands against it"),
)
VERDICTS: Final = (
    ("clear", "clear", "reception books"),
    ("review", "review", "held until a radiologist decides"),
    ("blocked", "blocked", "refused, or overridden"),
)
STYLE: Final = (
    ".ground{fill:#fff}text{font:14px system-ui,sans-serif;fill:#1b2733}"
    ".head{font-weight:600;font-size:16px}.small{font-size:12.5px}"
    ".box{fill:#fff;stroke:#8a9bab}.clear{fill:#e3f2e8;stroke:#1d6b3c}.review{fill:#fff3d6;stroke:#8a5a00}"
    ".blocked{fill:#fde8e8;stroke:#a01818}.way{stroke:#8a9bab;fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}.box{fill:#16212c;stroke:#5d6f80}.clear{fill:#123222}"
    ".review{fill:#3a2b08}.blocked{fill:#3d1414}}"
)
SAID: Final = (
    "How a verdict comes about. Facts are what is on record. {rules} rules in {groups} groups read them, each a plain "
    "function with its source. What they find is info, warning or critical. The worst of it is the verdict: clear is "
    "booked by reception, review holds the time until a radiologist decides, blocked is refused unless a radiologist "
    "overrides. One of them, months since the last injection in the same area and side: blocked under {critical}, "
    "review from {critical}, clear from {review}."
)


def picture() -> str:
    """The whole picture as SVG."""
    drawn = [
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
        *_column(0, "Facts", [("box", fact, "") for fact in FACTS]),
        *_column(1, f"{len(RULES)} rules", [("box", title, _how_many(group)) for group, title in GROUPS.items()]),
        *_column(2, "Findings", list(FINDINGS)),
        *_column(3, "The worst is the verdict", list(VERDICTS)),
        *(_arrow(column) for column in range(3)),
        *_strip(),
    ]
    said = SAID.format(
        rules=len(RULES),
        groups=len(GROUPS),
        critical=DEFAULT.repeat_critical_months,
        review=DEFAULT.repeat_review_months,
    )
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">'
    return "\n".join(
        [head, f'<title id="title">{escape(said)}</title>', f"<style>{STYLE}</style>", *drawn, "</svg>", ""]
    )


def _how_many(group: str) -> str:
    return f"{sum(rule.group == group for rule in RULES)} rules"


def _left(column: int) -> int:
    return LEFT + column * (COLUMN + BETWEEN)


def _column(number: int, title: str, rows: Sequence[tuple[str, str, str]]) -> Iterable[str]:
    """A heading and its boxes; of two words the second stands below the first."""
    left = _left(number)
    yield _text(left, TOP - 16, title, "head")
    height = ROW + 18 if any(below for _, _, below in rows) else ROW
    for row, (look, words, below) in enumerate(rows):
        top = TOP + row * (height + GAP)
        yield f'<rect class="{look}" x="{left}" y="{top}" width="{COLUMN}" height="{height}" rx="6"/>'
        yield _text(left + 12, top + (24 if below else 25), words, "")
        if below:
            yield _text(left + 12, top + 43, below, "small")


def _arrow(column: int) -> str:
    start = _left(column) + COLUMN + 8
    end, middle = start + BETWEEN - 16, TOP + 90
    return f'<path class="way" d="M{start} {middle}H{end}m-7 -6l7 6l-7 6"/>'


def _strip() -> Iterable[str]:
    """The interval rule as a line of time: each band as wide as its months."""
    critical, review = DEFAULT.repeat_critical_months, DEFAULT.repeat_review_months
    month = (WIDTH - 2 * LEFT) / (review + 1)
    yield _text(LEFT, STRIP - 14, "One of them: months since the last injection in the same area and side", "head")
    for look, first, last in (("blocked", 0, critical), ("review", critical, review), ("clear", review, review + 1)):
        left, width = LEFT + first * month, (last - first) * month
        yield f'<rect class="{look}" x="{left:.0f}" y="{STRIP}" width="{width:.0f}" height="{ROW}"/>'
        until = f"under {last} months" if look == "blocked" else f"from {first} months"
        yield _text(left + 10, STRIP + 25, f"{look}, {until}", "")


def _text(left: float, bottom: float, words: str, look: str) -> str:
    shown = f' class="{look}"' if look else ""
    return f'<text{shown} x="{left:.0f}" y="{bottom:.0f}">{escape(words)}</text>'


def main(arguments: list[str]) -> int:
    """Write the picture, or say with 1 that it is not what the rules say."""
    if "--check" not in arguments:
        TARGET.write_text(picture(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == picture():
        return 0
    sys.stderr.write("docs/screenshots/verdict.svg is not what the rules say: python docs/screenshots/verdict.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the pictures before and after the designer's pass show, and the page that lists them. Pure.

`python -m tests.browser.before_after.shown` writes docs/screenshots/before-after/README.md; a test compares it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "docs/screenshots/before-after"
SETS: Final = ("before", "after")
HEIGHTS: Final = {1280: 960, 320: 720}
"""By the width of the window, how much of a page is shown, in CSS pixels: what one sees first."""
WORDS: Final = {
    "sign-in": ("Signing in", "the way in: email and password"),
    "home": ("Home", "today's visits, what needs action, how full the next days are"),
    "calendar": ("Calendar, list", "a day as a list: each visit with its status and buttons"),
    "day": ("Calendar, day", "a day as a time grid by practitioner, with free times"),
    "week": ("Calendar, week", "a week as a time grid, with what is closed and past"),
    "search": ("Patients", "the search for a patient, before anything is typed"),
    "patient": ("A patient", "alerts, the timeline of injections, visits and record"),
    "what": ("Booking, what", "kind of visit, site and side, and what is known of them"),
    "when": ("Booking, when", "what the safety check says of the date, and free times"),
    "check": ("Booking, check", "the visit as it would be booked, and the email itself"),
    "appointment": ("A visit", "one visit: when, where, its verdict, its messages, its link"),
    "calls": ("Calls", "whom to phone and why, the most urgent first"),
    "waiting": ("Waiting for answers", "visits that are held until an answer is known"),
    "messages": ("Messages", "messages that wait to be sent, by state and kind"),
    "queue": ("Review queue", "cases that wait for a radiologist, with their findings"),
    "decision": ("A decision", "the evidence of each finding beside the five outcomes"),
    "procedure": ("A procedure", "its first step: who the patient is"),
    "rules": ("Rules", "how a verdict is reached, rule by rule"),
    "statistic": ("A statistic", "bookings and missed visits by week, drawn and as a table"),
    "audit": ("Audit trail", "who did what, and who looked at whom"),
    "patient-link": ("A patient's link", "it asks for the date of birth before it says anything"),
    "patient-page": ("A patient's own page", "when, where and with whom, and what a patient can do"),
}
"""By the name of the file: the page, and what its pictures show. Every main page is here (`pages_to_show`)."""
HEAD: Final = """# Before and after

Every main page as it was and as it is, at 1280 and 320 pixels: what one sees first. Before is commit `2efbfa01`, the
last one before [the face](../../design.md#the-face) was given one idea; after is 2026-11-30. People, day and state are
the same, those of `tests/browser/filled.py`. Both sets were taken by one file, `tests/browser/before_after/take.py`,
the older in a checkout of that commit with this folder beside its tests. This page is written from `shown.py` there.

<!-- not run: it opens every page twice, which takes minutes -->
```sh
INTO=docs/screenshots/before-after NAME=after .venv/bin/python -m pytest -n 0 tests/browser/before_after/take.py
.venv/bin/python -m tests.browser.before_after.shown
```
"""


def page() -> str:
    """The whole page as Markdown: a table for each width, a row for each main page."""
    return HEAD + "".join(_table(width) for width in HEIGHTS)


def _table(width: int) -> str:
    rows = [f"| {title} | {_shown(name, width)} |\n" for name, (title, _) in WORDS.items()]
    return f"\n## {width} pixels wide\n| page | before | after |\n|---|---|---|\n{''.join(rows)}"


def _shown(name: str, width: int) -> str:
    title, words = WORDS[name]
    return " | ".join(f"![{title}, {one}, {width} pixels wide: {words}]({width}-{one}/{name}.webp)" for one in SETS)


if __name__ == "__main__":
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")

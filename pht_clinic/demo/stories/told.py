"""What each of the twelve shows, what to try with them, and what comes: the demo's page and the README say it by this.

No Django: the README's table is made by `python -m pht_clinic.demo.stories`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLEAR, REVIEW, BLOCKED = "clear", "review", "blocked"


@dataclass(frozen=True, slots=True)
class Story:
    """One of them. `verdict` is the checker's on the left hamstring origin in three days, at the boundary on that very
    day, whatever stands in the diary for them already.
    """

    given_name: str
    family_name: str
    shows: str
    tries: str
    comes: str
    verdict: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


STORIES: Final = (
    Story(
        "Hannah",
        "Whitlock",
        "Nothing stands in the way",
        "Open her email in the inbox, follow its link and move the visit.",
        "Booked at once: clear. She chooses among free times that are clear too.",
        CLEAR,
    ),
    Story(
        "Priya",
        "Raman",
        "Too soon: injected elsewhere five weeks ago",
        "Book the left hamstring for next week.",
        "Refused, with the dates from which it is a review and from which it is clear.",
        BLOCKED,
    ),
    Story(
        "Tomasz",
        "Nowak",
        "Between three and four months after the last one",
        "As radiologist, open him in the review queue and approve.",
        "The time is held for him until somebody decides; then his email leaves.",
        REVIEW,
    ),
    Story(
        "Freya",
        "Lindqvist",
        "The very day on which four months are over",
        "Book the day that her note names, then the clinic’s day before it.",
        "Clear on that very day; a review on the day before.",
        CLEAR,
    ),
    Story(
        "Rowan",
        "Bellamy",
        "An injection elsewhere of which only the month is known",
        "Open the timeline; as radiologist, override or decline what reception asked for.",
        "The month counts as its last day, which is too soon; only an override lets it through.",
        BLOCKED,
    ),
    Story(
        "Ngozi",
        "Okonjo",
        "Two areas: the outer hip was injected six weeks ago",
        "Book the left hamstring, then the left hamstring and the left outer hip at one visit.",
        "The hamstring is clear; the two together are refused, for a visit has the worst of its verdicts.",
        CLEAR,
    ),
    Story(
        "Olwen",
        "Marchetti",
        "No conservative care yet",
        "Book the left hamstring.",
        "Held for a radiologist: physiotherapy comes first.",
        REVIEW,
    ),
    Story(
        "Olivia",
        "Stern",
        "A red flag among the answers",
        "Look at Calls; then try to book.",
        "Refused, and on the call list since the minute in which it was said.",
        BLOCKED,
    ),
    Story(
        "Gareth",
        "Pugh",
        "A blood thinner, and diabetes that may be badly controlled",
        "As radiologist, decline or approve him in the review queue.",
        "Held for a radiologist; nobody is told to stop a medicine.",
        REVIEW,
    ),
    Story(
        "Desmond",
        "Carrick",
        "Overridden before, with a history",
        "Open his timeline and the earlier decision.",
        "Clear again. The override, its reason and how he recovered stay readable.",
        CLEAR,
    ),
    Story(
        "Kasia",
        "Dunmore",
        "Missed twice and cancelled late",
        "Open her page.",
        "Clear, and her page says to speak about it; nothing is refused.",
        CLEAR,
    ),
    Story(
        "Yara",
        "Sorensen",
        "Her emails come back, and she wants only those about a visit",
        "Look at Messages, and phone her.",
        "Clear, but nothing is sent to that address: what she has to know is a call.",
        CLEAR,
    ),
)
SEARCHED: Final = STORIES[1].name
"""Whom the search of the demo names as an example."""
MARKS: Final = ("<!-- the twelve: made by `python -m pht_clinic.demo.stories` -->", "<!-- end of the twelve -->")


def table() -> str:
    """The README's table, as Markdown."""
    rows = [f"| **{one.name}** | {one.shows} | {one.tries} | {one.comes} |" for one in STORIES]
    return "\n".join(["| patient | shows | try | what comes |", "|---|---|---|---|", *rows])


def with_table(text: str) -> str:
    """A text with this table between the marks. Raises: ValueError (the marks are not there)."""
    first, last = MARKS
    before, _, rest = text.partition(first)
    _, found, after = rest.partition(last)
    if not found:
        raise ValueError("the marks of the table are not there")
    return f"{before}{first}\n{table()}\n{last}{after}"

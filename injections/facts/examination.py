"""The findings of an examination among what a pathway says: who found each and when, and who recorded it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile
from typing import Any, Final

from injections.facts.answers import fits
from injections.models import Pathway

AVULSION: Final = "suspected_avulsion"
TICKED: Final = ("sit-bone-tenderness", "buttock-pain-hip-joint-unremarkable")
"""Reasons for an injection that somebody found with their hands; the others are what the patient tells."""


@dataclass(frozen=True, slots=True)
class ExaminationFinding:
    """`said` is yes, no or not-sure; `since` the version from which on it stands unchanged: its author, its time.

    `by` and `on`: who found it and when; "" and None where nobody else was named than who recorded it.
    """

    name: str
    said: str
    since: Pathway
    by: str
    on: date | None


def examination_of(row: Pathway, versions: Iterable[Pathway]) -> list[ExaminationFinding]:
    """What was found, each with the first of the versions, back from `row`, that say the same for its area and side.

    A yes counts whoever said it: the rules ask for no role.
    """
    before = [one for one in versions if one.pk < row.pk and fits(one, row.area, row.side)]
    before.sort(key=lambda one: one.pk, reverse=True)
    return [_finding(name, said, [row, *before]) for name, said in found_in(row.content).items()]


def found_in(content: Mapping[str, Any]) -> dict[str, str]:
    """The findings of an examination in what a pathway says, by name: yes, no or not-sure; of the ticked ones yes."""
    ticked = {name: "yes" for name in TICKED if name in (content.get("indications") or ())}
    avulsion = content.get(AVULSION)
    return {AVULSION: avulsion, **ticked} if avulsion else ticked


def _finding(name: str, said: str, newest_first: Iterable[Pathway]) -> ExaminationFinding:
    """With the examiner of the version since which it stands, or of a later one that corrected it alone."""
    run = list(takewhile(lambda one: found_in(one.content).get(name) == said, newest_first))[::-1]
    examined = _examined(run[0])
    for before, after in pairwise(run):
        if found_in(before.content) == found_in(after.content) and _examined(before) != _examined(after):
            examined = _examined(after)
    return ExaminationFinding(name, said, run[0], *examined)


def _examined(row: Pathway) -> tuple[str, date | None]:
    return row.examined_by, row.examined_on

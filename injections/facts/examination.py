"""The findings of an examination among what a pathway says: who recorded each, and since when it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from injections.facts.answers import fits
from injections.models import Pathway

AVULSION: Final = "suspected_avulsion"
TICKED: Final = ("sit-bone-tenderness", "buttock-pain-hip-joint-unremarkable")
"""Reasons for an injection that somebody found with their hands; the others are what the patient tells."""


@dataclass(frozen=True, slots=True)
class ExaminationFinding:
    """`said` is yes, no or not-sure; `since` the version from which on it stands unchanged: its author, its time."""

    name: str
    said: str
    since: Pathway


def examination_of(row: Pathway, versions: Iterable[Pathway]) -> list[ExaminationFinding]:
    """What was found, each with the first of the versions, back from `row`, that say the same for its area and side.

    A yes counts whoever said it: the rules ask for no role.
    """
    before = [one for one in versions if one.pk < row.pk and fits(one, row.area, row.side)]
    before.sort(key=lambda one: one.pk, reverse=True)
    return [ExaminationFinding(name, said, _since(row, before, name, said)) for name, said in _found(row).items()]


def _since(row: Pathway, before: Iterable[Pathway], name: str, said: str) -> Pathway:
    since = row
    for one in before:
        if _found(one).get(name) != said:
            break
        since = one
    return since


def _found(row: Pathway) -> dict[str, str]:
    ticked = {name: "yes" for name in TICKED if name in (row.content.get("indications") or ())}
    avulsion = row.content.get(AVULSION)
    return {AVULSION: avulsion, **ticked} if avulsion else ticked

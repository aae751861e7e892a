"""The timeline as a page shows it: drawn, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from injections.facts.history import History
from injections.timeline.drawing import WIDE, Picture
from injections.timeline.lanes import fallen_through, lanes_of
from injections.timeline.pain_picture import PainPicture, pain_picture
from injections.timeline.pains import PainAnswer, pains_of
from injections.timeline.picture import picture
from injections.timeline.table import LaneRow, rows
from pht_clinic import clock
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Timeline:
    """Both forms of one timeline; `picture` is None when there is nothing to draw.

    `pains` is what the patient said of pain, the oldest first, `pain_picture` the same drawn under the injections, None
    where nobody said anything or there are no days to draw it along.
    """

    picture: Picture | None
    rows: list[LaneRow]
    pains: list[PainAnswer] = field(default_factory=list)
    pain_picture: PainPicture | None = None


def timeline_of(history: History, *, fell_through: Iterable[Appointment] | None = None, width: int = WIDE) -> Timeline:
    """Of a history, drawn so wide; the visits that fell through are looked up (one query) unless they are given."""
    lost = fallen_through(history.patient) if fell_through is None else fell_through
    lanes = lanes_of(history, lost)
    today = clock.local_date(history.now)
    pains = pains_of(history.injections, history.measures, history.recovery)
    drawn = picture(lanes, today=today, zone=clock.zone(), days=[one.on for one in pains], width=width)
    return Timeline(drawn, rows(lanes), pains, pain_picture(pains, drawn) if drawn else None)

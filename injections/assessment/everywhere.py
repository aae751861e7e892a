"""A patient's verdicts wherever an injection could be asked for now, and at every visit that is booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from injections.assessment.verdict import judge_facts
from injections.facts.history import History, requests_of
from injections.safety import facts as safety
from injections.safety.findings import Judgement
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT, SITE_BY_CODE, area_of


@dataclass(frozen=True, slots=True)
class Judged:
    """One injection, or a visit that only loads, which has no area. `visit` is None where nothing is booked: an
    injection asked for now.
    """

    area: str
    side: str
    visit: int | None
    facts: tuple[safety.Facts, ...]
    judgement: Judgement


def judged_now(history: History, *, area: str | None, side: str | None, now: datetime) -> Iterator[Judged]:
    """As if an injection were asked for now at each site and side that a record of this area and side fits.

    None, "both" and "unknown" fit all.
    """
    for site in (SITE_BY_CODE[code] for code in BOOKABLE_SITES):
        if area and site.area != area:
            continue
        for asked_side in (side,) if side in (LEFT, RIGHT) else (LEFT, RIGHT):
            facts = history.facts(safety.Request(site=site.code, side=asked_side, start=now, end=now))
            yield Judged(site.area or "", asked_side, None, (facts,), judge_facts(facts))


def judged_everywhere(history: History) -> Iterator[Judged]:
    """Everywhere as if asked for now, and each visit that is booked and not over; without a query."""
    yield from judged_now(history, area=None, side=None, now=history.now)
    for visit in history.visits:
        if visit.end_at > history.now:
            for facts in history.facts_of_visit(requests_of(visit), appointment=visit):
                area = area_of(facts.request.site) if facts.request.site else None
                yield Judged(area or "", facts.request.side or "", visit.pk, (facts,), judge_facts(facts))

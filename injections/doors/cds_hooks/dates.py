"""From which day on each area and side may be injected again, for whoever opens a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from injections import words
from injections.doors.cds_hooks.cards import NEXT_DATES, HookCard, plain
from injections.safety import sources
from injections.safety.facts import Request
from injections.safety.findings import Judgement, Severity
from injections.safety.reading.parse_history import DEFAULT_LENGTH
from injections.safety.sites import AREAS, LEFT, RIGHT, SITES, area_of
from pht_clinic.clinic_words import words_in_force
from scheduling.messages.words import full_date

INTERVAL: Final = "repeat-interval"
_SITE_OF: Final = {area: next(site.code for site in SITES if site.area == area) for area in AREAS}


@dataclass(frozen=True, slots=True)
class DatesOfPlace:
    """One area and side in which an injection lies too near. `is_hidden`: the clinic's own records name other days, and
    which may not be told.
    """

    area: str
    side: str
    review_from: date | None
    clear_from: date | None
    is_hidden: bool = False

    @property
    def name(self) -> str:
        return f"{words.SIDES[self.side]} {words.AREA_NAMES[self.area].lower()}"


def asked_now(now: datetime) -> Iterator[Request]:
    """An injection at this very time, for each area and side."""
    for area in AREAS:
        for side in (LEFT, RIGHT):
            yield Request(start=now, end=now + DEFAULT_LENGTH, site=_SITE_OF[area], side=side)


def places_to_wait(
    now: datetime, told: Callable[[Request], Judgement], whole: Callable[[Request], Judgement] | None
) -> tuple[list[DatesOfPlace], bool]:
    """Where an injection now would be too soon, and whether the clinic's own records know more places than may be told.

    `told` judges by what may be told, `whole` by all that is known, where that is more.
    """
    found: list[DatesOfPlace] = []
    is_more = False
    for request in asked_now(now):
        shown = told(request)
        known = whole(request) if whole else shown
        if _fires(shown):
            is_hidden = _dates(known) != _dates(shown)
            dates = (None, None) if is_hidden else (shown.review_from, shown.clear_from)
            found.append(
                DatesOfPlace(area_of(request.site or "") or "", request.side or "", *dates, is_hidden=is_hidden)
            )
        elif _fires(known):
            is_more = True
    return found, is_more


def card_of(found: Sequence[DatesOfPlace], *, is_more: bool, link: str) -> HookCard:
    """The dates as one card. `is_more`: of other places it says nothing."""
    clinic = words_in_force()
    first = found[0]
    said = f"from {full_date(first.clear_from)}" if first.clear_from else "not yet"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    elsewhere = "" if is_more else "Elsewhere no known injection is too near. "
    rows = "\n".join(
        f"| {plain(one.name)} | {_cell(one.review_from, one)} | {_cell(one.clear_from, one)} |" for one in found
    )
    return HookCard(
        rule=NEXT_DATES,
        severity=Severity.INFO,
        summary=f"Next steroid injection: {first.name.lower()} {said}{more}.",
        detail=f"| Area and side | With a radiologist's agreement from | Without from |\n|---|---|---|\n{rows}\n\n"
        f"{elsewhere}The dates are of the interval alone, by what is on record: "
        f"ask about injections elsewhere. {plain(clinic.name)}: {plain(clinic.phone)}.",
        source=sources.REPEAT_INJECTIONS.cite,
        link=link,
        may_override=False,
    )


def _fires(judgement: Judgement) -> bool:
    return any(finding.rule == INTERVAL for finding in judgement.findings)


def _dates(judgement: Judgement) -> tuple[bool, date | None, date | None]:
    return _fires(judgement), judgement.review_from, judgement.clear_from


def _cell(day: date | None, lane: DatesOfPlace) -> str:
    if lane.is_hidden:
        return "phone the clinic"
    return full_date(day) if day else "no date: an injection's own is not known"

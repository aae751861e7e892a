"""Several injections at one visit: what each is, and the one verdict on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from injections.safety.assess import assess, worst_first
from injections.safety.facts import BookedInjection, Facts
from injections.safety.findings import Finding, Judgement, Spot, verdict_of
from injections.safety.policy import DEFAULT, Policy
from injections.safety.sites import LEFT, RIGHT, area_of

MOST: Final = 3
"""Injections at one visit: no more places are injected on one day (`sites-per-day`)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One injection of a visit: one area and side. Its targets are one injection and one dose."""

    site: str
    side: str
    targets: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        return area_of(self.site) or ""

    @property
    def place(self) -> tuple[str, str]:
        """Area and side, as every rule compares them."""
        return self.area, self.side


def doubled(places: Sequence[tuple[str, str]]) -> dict[int, int]:
    """Which of these areas and sides stand there twice: the number of each later one, and of the first such."""
    return {number: places.index(place) for number, place in enumerate(places) if places.index(place) < number}


def side_of_all(sides: Iterable[str]) -> str:
    """The side of several injections of one area: left, right, or both."""
    found = set(sides)
    return "both" if found == {LEFT, RIGHT} else found.pop()


def at_one_visit(each: Sequence[Facts]) -> tuple[Facts, ...]:
    """The facts of each injection of a visit, with the others as booked at that time; of one as they are."""
    as_booked = [_as_booked(facts) for facts in each]
    return tuple(
        replace(facts, booked=(*facts.booked, *as_booked[:number], *as_booked[number + 1 :]))
        for number, facts in enumerate(each)
    )


def assess_visit(each: Sequence[Facts], *, policy: Policy = DEFAULT) -> Judgement:
    """Judge the injections of one visit together: `each` has the others as booked (`at_one_visit`).

    The verdict is the worst, the dates are the latest: of one that no date helps there is none. A finding says of which
    injections it is; what is found alike of several is one finding. Of one injection the answer is that of `assess`.
    """
    judged = [assess(facts, policy=policy) for facts in each]
    if len(judged) == 1:
        return judged[0]
    findings = _joined(each, judged)
    return Judgement(
        verdict=verdict_of(findings),
        findings=findings,
        review_from=latest(judged, "review_from"),
        clear_from=latest(judged, "clear_from"),
        rules_version=policy.rules_version,
    )


def latest(judged: Iterable[Judgement], name: str) -> date | None:
    """The latest of their dates of this name, where the interval counts; None where no date helps one of them."""
    fired = [getattr(one, name) for one in judged if any(f.rule == "repeat-interval" for f in one.findings)]
    return None if None in fired else max(fired, default=None)


def numbered(judgement: Judgement, numbers: Sequence[int]) -> Judgement:
    """The same judgement, of injections that have these numbers: where not all of a visit's were given."""
    findings = tuple(
        replace(finding, of=tuple(replace(spot, number=numbers[spot.number]) for spot in finding.of))
        for finding in judgement.findings
    )
    return replace(judgement, findings=findings)


def _as_booked(facts: Facts) -> BookedInjection:
    request = facts.request
    return BookedInjection(
        site=request.site or "", side=request.side or "", start=request.start, end=request.end, rest_hours=None
    )


def _joined(each: Sequence[Facts], judged: Sequence[Judgement]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for number, (facts, judgement) in enumerate(zip(each, judged, strict=True)):
        spot = Spot(number, area_of(facts.request.site or "") or "", facts.request.side or "")
        for finding in judgement.findings:
            alike = next((place for place, one in enumerate(found) if replace(one, of=()) == finding), None)
            if alike is None:
                found.append(replace(finding, of=(spot,)))
            else:
                found[alike] = replace(found[alike], of=(*found[alike].of, spot))
    return tuple(sorted(found, key=worst_first))

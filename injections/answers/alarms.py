"""Which ☎ rules answers fire by themselves, before anything is stored: what to do is said as soon as they are given.

It records nothing and opens no call: storing the answers does (`phone_at_once.py`). Reads no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from injections.assessment.verdict import judge_all
from injections.assessment.ways import QUESTIONS as ASKED
from injections.assessment.ways import WAYS
from injections.facts import sections
from injections.safety import facts as safety
from injections.safety.beside import without_beside
from injections.safety.codes import ONSETS, YES
from injections.safety.findings import Finding
from injections.safety.questions import QUESTIONS
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT, SITE_BY_CODE

_SOME_DAY: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
_LONG_AGO: Final = timedelta(days=3650)


def calls_from(
    screening: Mapping[str, Any], requests: Iterable[safety.Request], *, born_on: date
) -> tuple[Finding, ...]:
    """The findings for which somebody is phoned at once that these answers alone give for these injections, one a rule.

    Raises: Invalid (answers that the rules cannot read).
    """
    patient = safety.PatientFacts(date_of_birth=born_on, open_warning_sign=False)
    said = sections.screening(without_beside(screening))
    found: dict[str, Finding] = {}
    for request in requests:
        for finding in judge_all([safety.Facts(request=request, patient=patient, screening=said)]).calls:
            found.setdefault(finding.rule, finding)
    return tuple(found.values())


def by_question(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Each under the question that it comes from; of several the one that was asked first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        asked = next(way for way in WAYS[finding.rule] if way.to == ASKED)
        found.setdefault(asked.field(finding.evidence), []).append(finding)
    return found


def asked_now(area: str, side: str, *, now: datetime) -> Iterator[safety.Request]:
    """An injection asked for now at each site and side that an area and side fit; "" fits all."""
    for site in (SITE_BY_CODE[code] for code in BOOKABLE_SITES):
        if area in ("", site.area):
            for one in (side,) if side in (LEFT, RIGHT) else (LEFT, RIGHT):
                yield safety.Request(site=site.code, side=one, start=now, end=now)


@cache
def always_call() -> Mapping[str, frozenset[str]]:
    """The questions to which a yes fires ☎ rules whatever else is answered, with those rules.

    A sign that is a red flag after a sudden onset only, or for some weeks after an injury, is none of them. Which area
    it is makes no difference to a ☎ rule.
    """
    found = {question: _always(question) for question in QUESTIONS}
    return {question: rules for question, rules in found.items() if rules}


def _always(question: str) -> frozenset[str]:
    """The rules that a yes fires with every onset, however long ago an injury was."""
    request = safety.Request(site=BOOKABLE_SITES[0], side=LEFT, start=_SOME_DAY, end=_SOME_DAY)
    each = [
        {"answers": {question: YES}, "onset": onset, "injury_on": injury_on}
        for onset in (None, *ONSETS)
        for injury_on in (None, (_SOME_DAY - _LONG_AGO).date().isoformat())
    ]
    born_on = (_SOME_DAY - 4 * _LONG_AGO).date()
    return frozenset(
        set.intersection(*({one.rule for one in calls_from(said, [request], born_on=born_on)} for said in each))
    )

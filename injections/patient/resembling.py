"""Whether an injection that somebody enters is likely there already. Pure, but for reading the patient's rows.

The same area, an overlapping side, and dates that can be the same day. An unspecified hip site is in every area,
another site of the body in none. Source: clinic policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from injections.models import Injection
from injections.safety.dates import Span, span_of
from injections.safety.sites import HIP_REGION_UNSPECIFIED, LEFT, RIGHT, area_of, sites_match
from pht_clinic.errors import Conflict


class Resembles(Conflict):
    """An injection like this is recorded already; it is not entered again by accident."""

    code = "resembles"
    sentence = "An injection like this is recorded already. Confirm that this is another, or correct that one."

    def __init__(self, rows: Iterable[Injection]) -> None:
        self.rows = list(rows)
        super().__init__(extra={"resembles": [str(row.pk) for row in self.rows]})


def resembling(rows: Iterable[Injection], values: Mapping[str, Any]) -> list[Injection]:
    """Those of these rows that the injection with these values is likely to be. Own procedures never are each other.

    Where something was injected, that is; a date that is not known can be any day up to the one of recording.
    """
    is_own = values["origin"] == Injection.Origin.OWN
    return [
        row
        for row in rows
        if row.status in Injection.GIVEN
        and not (is_own and row.origin == Injection.Origin.OWN)
        and _is_one_area(row.site, values["site"])
        and {row.side, values["side"]} != {LEFT, RIGHT}
        and _can_be_one_day(_span(row.given, row.recorded_on), _span(values["given"], values["recorded_on"]))
    ]


def _is_one_area(one: str, other: str) -> bool:
    areas = [area_of(site) for site in (one, other)]
    if HIP_REGION_UNSPECIFIED in (one, other):
        return one == other or any(area is not None for area in areas)
    return areas[0] is not None and sites_match(other, areas[0])


def _span(given: str, recorded_on: date) -> Span:
    return span_of(given) if given else Span(date.min, recorded_on)


def _can_be_one_day(one: Span, other: Span) -> bool:
    return one.first <= other.last and other.first <= one.last

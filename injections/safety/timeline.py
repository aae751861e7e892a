"""The data behind the timeline picture: lanes per area and side, with zones, rest and the date the interval
is free.

Data only, all of it JSON-able. Zones start at the latest day an injection can have been given, as the rules
count it.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

from injections.safety.case import counts_as_given
from injections.safety.dates import add_months, end_of_day, local_date, past_date, span_of
from injections.safety.facts import BookedInjection, GivenInjection
from injections.safety.policy import DEFAULT, Policy
from injections.safety.sites import AREAS, LEFT, RIGHT, sides_match, sites_match

Json = dict[str, object]
Placed = TypeVar("Placed", GivenInjection, BookedInjection)


def timeline(
    injections: Iterable[GivenInjection], booked: Iterable[BookedInjection], *, policy: Policy = DEFAULT
) -> list[Json]:
    """The lanes that hold anything, in the order of the areas, left before right; what lies elsewhere comes
    last.

    An injection of both or unknown side stands in both lanes, one at an unspecified hip site in every
    area's lanes. One that does not count in the rules (not given, or no steroid) is shown without zones.
    """
    given, plans = list(injections), list(booked)
    lanes = []
    for area in AREAS:
        for side in (LEFT, RIGHT):
            here, planned = _in_lane(given, area, side), _in_lane(plans, area, side)
            if here or planned:
                lanes.append(_lane(area, side, here, planned, policy))
    elsewhere = [one for one in given if not any(sites_match(one.site, area) for area in AREAS)]
    if elsewhere:
        lanes.append(
            {"area": None, "side": None, "entries": [_given(one, policy, has_zones=False) for one in elsewhere]}
        )
    return lanes


def _in_lane(injections: list[Placed], area: str, side: str) -> list[Placed]:
    return [one for one in injections if sites_match(one.site, area) and sides_match(one.side, side)]


def _lane(area: str, side: str, given: list[GivenInjection], booked: list[BookedInjection], policy: Policy) -> Json:
    counted = [one for one in given if counts_as_given(one)]
    latest = [past_date(one.given, one.recorded_on).latest for one in counted]
    return {
        "area": area,
        "side": side,
        "entries": [
            *(_given(one, policy, has_zones=counts_as_given(one)) for one in given),
            *(_booked(one, policy) for one in booked),
        ],
        "review_from": _after_all(latest, policy.repeat_critical_months),
        "clear_from": _after_all(latest, policy.repeat_review_months),
    }


def _after_all(latest: list[date | None], months: int) -> str | None:
    """The day from which no given injection stands in the way; None when there is none, or when no date
    helps.
    """
    ends = [add_months(day, months) for day in latest if day is not None]
    return max(ends).isoformat() if ends and len(ends) == len(latest) else None


def _given(injection: GivenInjection, policy: Policy, *, has_zones: bool) -> Json:
    past = past_date(injection.given, injection.recorded_on)
    span = span_of(injection.given) if injection.given else None
    latest = past.latest
    shown: Json = {
        "kind": "given",
        "site": injection.site,
        "side": injection.side,
        "status": injection.status,
        "steroid": injection.steroid,
        "given": injection.given,
        "is_exact": past.is_exact,
        "first": min(span.first, latest).isoformat() if span and latest else None,
        "latest": latest.isoformat() if latest else None,
        "counts": counts_as_given(injection),
    }
    if has_zones and latest is not None:
        shown |= _zones(latest, policy)
        ended_at = injection.ended_at or end_of_day(latest, policy.zone)
        shown["rest"] = _rest(ended_at, injection.rest_hours, policy)
    return shown


def _booked(booking: BookedInjection, policy: Policy) -> Json:
    on = local_date(booking.start, policy.zone)
    return {
        "kind": "booked",
        "site": booking.site,
        "side": booking.side,
        "start": booking.start.isoformat(),
        "end": booking.end.isoformat(),
        "is_exact": True,
        "first": on.isoformat(),
        "latest": on.isoformat(),
        "counts": True,
        **_zones(on, policy),
        "rest": _rest(booking.end, booking.rest_hours, policy),
    }


def _zones(on: date, policy: Policy) -> Json:
    """Too soon from the day itself, then review; both end before the day that is named as their end."""
    review_from = add_months(on, policy.repeat_critical_months).isoformat()
    clear_from = add_months(on, policy.repeat_review_months).isoformat()
    return {
        "too_soon": {"from": on.isoformat(), "until": review_from},
        "review": {"from": review_from, "until": clear_from},
    }


def _rest(ended_at: datetime, rest_hours: int | None, policy: Policy) -> Json:
    hours = policy.rest_hours if rest_hours is None else rest_hours
    return {"from": ended_at.isoformat(), "until": (ended_at + timedelta(hours=hours)).isoformat(), "hours": hours}

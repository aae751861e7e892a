"""What the caller told of a patient, joined with what this clinic's own records hold of them.

Of each question the worse answer counts, of each day the one that stands against more, and an injection or a visit that
both know counts once; of everything else what either knows counts beside the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from injections.facts.history import History
from injections.safety.beside import SEVERAL
from injections.safety.codes import NO, NOT_APPLICABLE, NOT_SURE, YES
from injections.safety.dates import add_months, local_date
from injections.safety.facts import BookedInjection, Facts, GivenInjection, PathwayFacts, ScreeningFacts
from injections.safety.policy import Policy
from injections.safety.sites import area_of

_WORST_FIRST: Final = (YES, NOT_SURE, NO, NOT_APPLICABLE, None)
_SUDDEN: Final = "sudden"


def joined(told: Facts, history: History, policy: Policy) -> Facts:
    """What the caller told, and what the clinic's own records hold."""
    own = history.facts(told.request)
    injections = tuple(
        one for one in told.injections if not any(_is_same_injection(one, ours) for ours in own.injections)
    )
    booked = tuple(one for one in told.booked if not any(_is_same_visit(one, ours) for ours in own.booked))
    patient = replace(
        own.patient,
        open_warning_sign=own.patient.open_warning_sign or told.patient.open_warning_sign,
        open_calls=tuple(sorted({*own.patient.open_calls, *told.patient.open_calls})),
    )
    return replace(
        own,
        patient=patient,
        injections=(*(_at_its_longest(one, told.injections, policy) for one in own.injections), *injections),
        booked=(*(one for one in own.booked if not _is_asked_for(one, told)), *booked),
        loading=(*own.loading, *told.loading),
        activities=(*own.activities, *told.activities),
        screening=_screening(told.screening, own.screening, local_date(told.request.start, policy.zone), policy),
        pathway=_pathway(told.pathway, own.pathway),
        reports=(*own.reports, *told.reports),
        decisions=(*own.decisions, *told.decisions),
    )


def _is_same_injection(told: GivenInjection, ours: GivenInjection) -> bool:
    """Whether both know it: the same day, area and side, and it counts here."""
    return (
        ours.status in ("given", "part-given")
        and ours.steroid is not False
        and _day(told) is not None
        and _day(told) == _day(ours)
        and area_of(told.site) == area_of(ours.site) is not None
        and told.side == ours.side
    )


def _at_its_longest(ours: GivenInjection, told: Sequence[GivenInjection], policy: Policy) -> GivenInjection:
    """Ours, with the longer rest and the later end where the caller knows the same injection. No rest is the usual
    one, and no end is the end of its day.
    """
    for one in told:
        if not _is_same_injection(one, ours):
            continue
        usual = policy.rest_hours if ours.rest_hours is None else ours.rest_hours
        if one.rest_hours is not None and one.rest_hours > usual:
            ours = replace(ours, rest_hours=one.rest_hours)
        if one.ended_at is not None and ours.ended_at is not None:
            ours = replace(ours, ended_at=max(one.ended_at, ours.ended_at))
    return ours


def _day(injection: GivenInjection) -> date | None:
    """The day it was given; None where that is not known to the day."""
    try:
        return date.fromisoformat(injection.given or "")
    except ValueError:
        return None


def _is_same_visit(told: BookedInjection, ours: BookedInjection) -> bool:
    return (told.start, area_of(told.site), told.side) == (ours.start, area_of(ours.site), ours.side)


def _is_asked_for(ours: BookedInjection, told: Facts) -> bool:
    """Whether it is the very visit that the caller asks about: booked here already."""
    request = told.request
    wanted = area_of(request.site) if request.site else None
    return (ours.start, area_of(ours.site), ours.side) == (request.start, wanted, request.side)


def _pathway(told: PathwayFacts | None, ours: PathwayFacts | None) -> PathwayFacts | None:
    """Ours, where there is one; a suspected avulsion counts whoever suspects it."""
    found = ours or told
    if found is not None and told is not None and told.suspected_avulsion == YES:
        return replace(found, suspected_avulsion=YES)
    return found


def _screening(
    told: ScreeningFacts | None, ours: ScreeningFacts | None, start_on: date, policy: Policy
) -> ScreeningFacts | None:
    """Of each question the worse answer, with its own time."""
    if told is None or ours is None:
        return told or ours
    both = (ours, told)
    answers: dict[str, str | None] = {}
    answered: dict[str, datetime] = {}
    for question in {*told.answers, *ours.answers}:
        worst = min((one.answers.get(question) for one in both), key=_WORST_FIRST.index)
        answers[question] = worst
        _keep_time(answered, question, [one for one in both if one.answers.get(question) == worst])
    timed: dict[str, Any] = {
        "onset": _SUDDEN if _SUDDEN in (ours.onset, told.onset) else ours.onset or told.onset,
        "injury_on": max(_days(both, "injury_on"), default=None),
        "main_pain_site": ours.main_pain_site or told.main_pain_site,
        "pain_side": ours.pain_side or told.pain_side,
    }
    for name, value in timed.items():
        _keep_time(answered, name, [one for one in both if value is not None and getattr(one, name) == value])
    return _with_what_is_said_once(ScreeningFacts(answered=answered, answers=answers, **timed), both, start_on, policy)


def _with_what_is_said_once(
    joint: ScreeningFacts, both: Sequence[ScreeningFacts], start_on: date, policy: Policy
) -> ScreeningFacts:
    inr, inr_on = _inr(both)
    return replace(
        joint,
        diabetes_poorly_controlled=min((one.diabetes_poorly_controlled for one in both), key=_WORST_FIRST.index),
        surgery_on=_surgery_on(both, start_on, policy),
        next_event_on=min(_days(both, "next_event_on"), default=None),
        blood_thinner_kind=_thinner(both),
        inr=inr,
        inr_on=inr_on,
    )


def _days(both: Sequence[ScreeningFacts], name: str) -> list[date]:
    """The days that are known, the first of them first."""
    return sorted(day for one in both if (day := getattr(one, name)) is not None)


def _keep_time(answered: dict[str, datetime], question: str, said: Sequence[ScreeningFacts]) -> None:
    """When the answer that these agree on was given. A yes counts from its last time on, and from no time where one is
    not known, as what passes may not have passed; any other is as old as its first.
    """
    times = [one.time_of(question) for one in said]
    known = [at for at in times if at is not None]
    is_yes = any(one.answers.get(question) == YES for one in said)
    if known and not (is_yes and None in times):
        answered[question] = max(known) if is_yes else min(known)


def _surgery_on(both: Sequence[ScreeningFacts], start_on: date, policy: Policy) -> date | None:
    """The next operation, where it is too near; else one that should be over, as somebody has to ask about it."""
    known = _days(both, "surgery_on")
    coming = next((day for day in known if day >= start_on), None)
    if coming is not None and coming < add_months(start_on, policy.surgery_critical_months):
        return coming
    return known[0] if known else None


def _thinner(both: Sequence[ScreeningFacts]) -> str | None:
    """The one kind that both know, several where they differ; None where one takes something of no known kind."""
    kinds = {one.blood_thinner_kind for one in both if one.answers.get("blood_thinner") == YES}
    kinds |= {one.blood_thinner_kind for one in both} - {None}
    if None in kinds or not kinds:
        return None
    return kinds.pop() if len(kinds) == 1 else SEVERAL


def _inr(both: Sequence[ScreeningFacts]) -> tuple[float | None, date | None]:
    """The higher INR with its own day; of equal ones the one of an unknown or the earlier day."""
    known = [(one.inr, one.inr_on) for one in both if one.inr is not None]
    if not known:
        return None, None
    highest = max(inr for inr, _ in known)
    days = [day for inr, day in known if inr == highest]
    return highest, min((day for day in days if day), default=None) if None not in days else None

"""The clinic's own records of the patient whom a call is about, where there are any: they count too.

Known is the patient by NHS number and date of birth together. Of each question the worse answer counts, and an
injection or a visit that both know counts once; of everything else what either knows counts beside the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from fhir.resources.R4B.patient import Patient as FhirPatient
from fhir.resources.R4B.resource import Resource

from injections.facts.history import History, history_about
from injections.safety.codes import NO, NOT_APPLICABLE, NOT_SURE, YES
from injections.safety.facts import BookedInjection, Facts, GivenInjection, PathwayFacts, ScreeningFacts
from injections.safety.sites import area_of
from scheduling.models import Patient

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
_WORST_FIRST: Final = (YES, NOT_SURE, NO, NOT_APPLICABLE, None)
_SEVERAL: Final = "several"
_TIMED: Final = ("onset", "injury_on", "main_pain_site", "pain_side")
_SAID_ONCE: Final = (
    *_TIMED,
    *("diabetes_poorly_controlled", "surgery_on", "next_event_on", "blood_thinner_kind", "inr", "inr_on"),
)


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """What the clinic has. `is_doubtful`: the number is known here with another date of birth, so nothing of it counts;
    somebody has to look. `is_closed`: of somebody who has died, or was erased.
    """

    patient: Patient
    history: History | None
    is_doubtful: bool = False
    is_closed: bool = False


def own_records(resources: Iterable[Resource], *, now: datetime) -> OwnRecords | None:
    """What this clinic has of the Patient among these resources; None where it knows nobody by that number."""
    found = next((one for one in resources if isinstance(one, FhirPatient)), None)
    number = _nhs_number(found) if found else ""
    known = Patient.objects.select_related("merged_into").filter(nhs_number=number).first() if number else None
    if found is None or known is None:
        return None
    kept = known.kept
    if found.birthDate != kept.date_of_birth:
        return OwnRecords(kept, None, is_doubtful=True)
    is_closed = kept.is_restricted or kept.has_died
    return OwnRecords(kept, history_about(kept, now=now), is_closed=is_closed)


def joined(told: Facts, history: History) -> Facts:
    """What the caller told, and what the clinic's own records hold."""
    own = history.facts(told.request)
    injections = tuple(
        one for one in told.injections if not any(_is_same_injection(one, ours) for ours in own.injections)
    )
    booked = tuple(one for one in told.booked if not any(_is_same_visit(one, ours) for ours in own.booked))
    return replace(
        own,
        patient=replace(own.patient, open_warning_sign=own.patient.open_warning_sign or told.patient.open_warning_sign),
        injections=(*own.injections, *injections),
        booked=(*(one for one in own.booked if not _is_asked_for(one, told)), *booked),
        loading=(*own.loading, *told.loading),
        activities=(*own.activities, *told.activities),
        screening=_screening(told.screening, own.screening),
        pathway=_pathway(told.pathway, own.pathway),
        reports=(*own.reports, *told.reports),
        decisions=(*own.decisions, *told.decisions),
    )


def _nhs_number(patient: FhirPatient) -> str:
    """Its NHS number; "" where it has none, or several that differ."""
    found = {one.value.replace(" ", "") for one in patient.identifier or () if one.system == NHS_NUMBER and one.value}
    return found.pop() if len(found) == 1 else ""


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


def _screening(told: ScreeningFacts | None, ours: ScreeningFacts | None) -> ScreeningFacts | None:
    """Of each question the worse answer, with its own time."""
    if told is None or ours is None:
        return told or ours
    answers: dict[str, str | None] = {}
    answered: dict[str, datetime] = {}
    for question in {*told.answers, *ours.answers}:
        worse = min((ours, told), key=lambda one: _WORST_FIRST.index(one.answers.get(question)))
        answers[question] = worse.answers.get(question)
        if (at := worse.time_of(question)) is not None:
            answered[question] = at
    once = {}
    for name in _SAID_ONCE:
        source = told if getattr(ours, name) is None else ours
        once[name] = getattr(source, name)
        if name in _TIMED and once[name] is not None and (at := source.time_of(name)) is not None:
            answered[name] = at
    found = ScreeningFacts(answered=answered, answers=answers, **once)
    kinds = {one.blood_thinner_kind for one in (told, ours)} - {None}
    return replace(
        found,
        blood_thinner_kind=_SEVERAL if len(kinds) > 1 else found.blood_thinner_kind,
        diabetes_poorly_controlled=YES if told.diabetes_poorly_controlled == YES else found.diabetes_poorly_controlled,
    )

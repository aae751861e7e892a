"""One row as the value that the rules read. Unknown stays unknown; nothing here asks the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from injections.facts import sections
from injections.models import (
    Decision,
    ImagingReport,
    Injection,
    InjectionRequest,
    Pathway,
    PlannedActivity,
    RecoveryAnswer,
)
from injections.safety import facts as safety
from injections.safety.codes import NO
from injections.safety.visit import Wanted
from pht_clinic import clock
from scheduling.models import Appointment

_HELPED: dict[str | None, str] = {
    RecoveryAnswer.Change.BETTER.value: "yes",
    RecoveryAnswer.Change.SAME.value: "no",
    RecoveryAnswer.Change.WORSE.value: "no",
    "": "not-sure",
}


def given(row: Injection) -> safety.GivenInjection:
    return safety.GivenInjection(
        site=row.site,
        side=row.side,
        given=row.given or None,
        steroid=row.steroid,
        status=row.status,
        ended_at=row.ended_at,
        recorded_on=row.recorded_on,
        rest_hours=row.rest_hours,
        rest_reason=row.rest_reason or None,
        # a picture reads its rows without it
        helped=_HELPED.get(getattr(row, "change", None)),
    )


def without_outcome(visit: Appointment) -> list[safety.GivenInjection]:
    """Of a visit that is over and of which nobody said what happened each injection counts as given on its day."""
    given_on: date = visit.start_at.astimezone(clock.zone()).date()
    return [
        safety.GivenInjection(
            site=one.site,
            side=one.side,
            given=given_on.isoformat(),
            steroid=None,
            status="given",
            ended_at=visit.end_at,
            recorded_on=given_on,
            rest_hours=None,
            rest_reason=None,
        )
        for one in visit.injection_request.wanted
    ]


def booked(visit: Appointment) -> list[safety.BookedInjection]:
    """Each injection that a visit is to have."""
    return [
        safety.BookedInjection(site=one.site, side=one.side, start=visit.start_at, end=visit.end_at, rest_hours=None)
        for one in visit.injection_request.wanted
    ]


def loading(visit: Appointment) -> safety.LoadingVisit:
    return safety.LoadingVisit(kind=visit.kind, start=visit.start_at)


def activity(row: PlannedActivity) -> safety.Activity:
    return safety.Activity(kind=row.kind, start=row.start_at, agreed_to_move=row.agreed_to_move)


def pathway(row: Pathway) -> safety.PathwayFacts:
    """What stands beside the section in columns of its own, and why not only where a clinician said so."""
    section = sections.pathway(row.content)
    return replace(
        section,
        not_possible_reason=section.not_possible_reason if row.reason_is_clinicians else None,
        treatments_tried=tuple(row.treatments_tried),
        loading_stage=row.loading_stage,
    )


def decided_of(row: Decision) -> tuple[Wanted, ...]:
    """The injections of the visit that a decision of a history was made on."""
    asked: InjectionRequest = getattr(row, "asked")  # noqa: B009 - read along, no field of the model
    return asked.wanted


def decision(row: Decision) -> list[safety.EarlierDecision]:
    """A decision on a visit is one about each of its injections."""
    return [
        safety.EarlierDecision(
            outcome=row.outcome,
            decided_on=clock.local_date(row.at),
            area=one.area,
            side=one.side,
            until=row.delay_until,
        )
        for one in decided_of(row)
    ]


NO_TEAR = "none"


def report(row: ImagingReport) -> safety.Report:
    """A report as the rules read it. One of a joint that does not speak of the tendon shows nothing there."""
    return safety.Report(
        modality=row.modality,
        area=row.area,
        side=row.side,
        performed_on=row.performed_on,
        tendinopathy=row.tendinopathy or NO,
        bursitis=row.bursitis or NO,
        tear=row.tear or NO_TEAR,
        tear_grade=row.tear_grade or None,
        tear_size_mm=float(row.tear_size_mm) if row.tear_size_mm is not None else None,
        other_diagnosis=row.other_diagnosis,
    )

"""Use cases that change a fact about a patient, and in the same transaction judge their open bookings again.

What was injected has a module of its own, `injected`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from injections import call_list, gather, judgement, messages, sections
from injections.changing import Recorded, fact_about, settle, who_holds, written
from injections.models import ImagingReport, Pathway, PlannedActivity, Screening
from injections.safety import facts as safety
from injections.safety.codes import ACTIVITY_KINDS, HISTORY_SIDES
from injections.safety.sites import AREAS, BOOKABLE_SITES, LEFT, RIGHT, SITE_BY_CODE
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from scheduling import diary
from scheduling.messages import outbox
from scheduling.models import Patient
from scheduling.patients import check_identity, check_number_free, join

# -- Answers, pathway, reports -------------------------------------------------------------------------

LOADING_STAGES = {
    1: "isometric",
    2: "isotonic with little hip flexion",
    3: "more hip flexion",
    4: "energy storage and release",
}
"""Source: Physiotherapy guide, progressive loading programme."""

TREATMENTS = {
    "load-management": "Load management and changed activity",
    "loading-programme": "Progressive loading programme",
    "manual-therapy": "Manual therapy",
    "ice-or-heat": "Ice or heat",
    "acupuncture": "Acupuncture",
    "shockwave": "Shockwave therapy",
    "anti-inflammatory-tablets": "Anti-inflammatory tablets",
    "earlier-injection": "An earlier injection",
}
"""Sources: Physiotherapy guide, adjunct therapies; MSK Ultrasound & Injections clinic, treatment."""


def answer_screening(
    patient_id: int,
    *,
    screening: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    by: Actor,
    now: datetime,
) -> Recorded:
    """Store a new version of the patient's answers (the screening section of the batch check).

    Without `answered_at` it is now. Without area or side they count for every area, or for both sides. A ☎ answer puts
    the patient on the call list.
    Raises: Missing, Invalid (every field, nested pointers).
    """
    content = dict(screening)
    content.setdefault("answered_at", now.isoformat())
    answers = sections.screening(content)
    _check_area_and_side(area, side)
    if answers.answered_at is not None and answers.answered_at > now:
        raise Invalid.field("answered_at", "The time is in the future.")
    with fact_about(patient_id) as patient:
        row = Screening.objects.create(
            patient=patient, area=area or "", side=side or "", content=content,
            answered_at=answers.answered_at, answered_by=by.name, **written(by=by, now=now),
        )  # fmt: skip
        recorded = settle(row, "screening-answered", patient, by=by, now=now)
        messages.answered(patient, now=now)
        _phone_at_once(patient, area=area, side=side, now=now)
        return recorded


def set_pathway(
    patient_id: int,
    *,
    pathway: Mapping[str, Any],
    area: str | None = None,
    side: str | None = None,
    loading_stage: int | None = None,
    treatments_tried: Collection[str] = (),
    by: Actor,
    now: datetime,
) -> Recorded:
    """Store a new version of the pathway (the pathway section of the batch check).

    `loading_stage` is 1 (isometric) to 4 (energy storage and release), None unknown; `treatments_tried` are keys of
    TREATMENTS. Neither decides anything. Raises: Missing, Invalid.
    """
    sections.pathway(pathway)
    _check_area_and_side(area, side)
    _check_tried(loading_stage, treatments_tried)
    with fact_about(patient_id) as patient:
        row = Pathway.objects.create(
            patient=patient,
            area=area or "",
            side=side or "",
            content=dict(pathway),
            loading_stage=loading_stage,
            treatments_tried=sorted(set(treatments_tried)),
            **written(by=by, now=now),
        )
        recorded = settle(row, "pathway-recorded", patient, by=by, now=now)
        _phone_at_once(patient, area=area, side=side, now=now)
        return recorded


def add_report(
    patient_id: int, *, report: Mapping[str, Any], reported_by: str = "", by: Actor, now: datetime
) -> Recorded:
    """Store an imaging report (a report of the batch check).

    Boundary: performed today is accepted, after today is not. Raises: Missing, Invalid.
    """
    parsed = sections.report(report)
    if parsed.performed_on > clock.local_date(now):
        raise Invalid.field("performed_on", "The date lies in the future.")
    with fact_about(patient_id) as patient:
        row = ImagingReport.objects.create(
            patient=patient, modality=parsed.modality, area=parsed.area, side=parsed.side,
            performed_on=parsed.performed_on, tendinopathy=parsed.tendinopathy, bursitis=parsed.bursitis,
            tear=parsed.tear, tear_grade=parsed.tear_grade or "", tear_size_mm=parsed.tear_size_mm,
            other_diagnosis=parsed.other_diagnosis, reported_by=reported_by.strip() or by.name,
            **written(by=by, now=now),
        )  # fmt: skip
        recorded = settle(row, "report-recorded", patient, by=by, now=now)
        _phone_at_once(patient, area=parsed.area, side=parsed.side, now=now)
        return recorded


def _phone_at_once(patient: Patient, *, area: str | None, side: str | None, now: datetime) -> None:
    """Put the patient on the call list for what was just recorded, whether or not anything is booked.

    It is judged as if an injection were asked for now in each area and side that the record fits.
    """
    history = gather.history(patient, now=now)
    for site in (SITE_BY_CODE[code] for code in BOOKABLE_SITES):
        if area and site.area != area:
            continue
        for asked_side in (side,) if side in (LEFT, RIGHT) else (LEFT, RIGHT):
            request = safety.Request(site=site.code, side=asked_side, start=now, end=now)
            judged = judgement.judge(history.facts(request))
            call_list.open_for_findings(judged, history, appointment=None, now=now)


def _check_tried(loading_stage: int | None, treatments_tried: Collection[str]) -> None:
    problems = []
    if loading_stage is not None and loading_stage not in LOADING_STAGES:
        problems.append(FieldError("#/loading_stage", "Give a stage from 1 to 4."))
    if unknown := [name for name in treatments_tried if name not in TREATMENTS]:
        problems.append(
            FieldError("#/treatments_tried", f"{unknown[0]} is not one of {', '.join(TREATMENTS)}.")
        )
    if problems:
        raise Invalid(problems)


def _check_area_and_side(area: str | None, side: str | None) -> None:
    problems = []
    if area and area not in AREAS:
        problems.append(FieldError("#/area", f"Choose one of {', '.join(AREAS)}."))
    if side and side not in HISTORY_SIDES:
        problems.append(FieldError("#/side", f"Choose one of {', '.join(HISTORY_SIDES)}."))
    if problems:
        raise Invalid(problems)


# -- The patient's own plans -----------------------------------------------------------------------------


def plan_activity(
    patient_id: int, *, kind: str, start: datetime, agreed_to_move: bool = False, by: Actor, now: datetime
) -> Recorded:
    """Record sport, travel or manual work that the patient plans. Raises: Missing, Invalid."""
    if kind not in ACTIVITY_KINDS:
        raise Invalid.field("kind", f"Choose one of {', '.join(ACTIVITY_KINDS)}.")
    with fact_about(patient_id) as patient:
        row = PlannedActivity.objects.create(
            patient=patient,
            kind=kind,
            start_at=start,
            agreed_to_move=agreed_to_move,
            **written(by=by, now=now),
        )
        return settle(row, "activity-planned", patient, by=by, now=now)


def withdraw_activity(activity_id: int, *, by: Actor, now: datetime) -> Recorded:
    """The plan is off. Raises: Missing."""
    plan = PlannedActivity.objects.filter(pk=activity_id, withdrawn_at__isnull=True)
    patient_id = who_holds(plan)
    if patient_id is None:
        raise Missing("There is no such activity.")
    with fact_about(patient_id) as patient:
        row = plan.select_for_update().first()
        if row is None:
            raise Missing("There is no such activity.")
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        return settle(row, "activity-withdrawn", patient, by=by, now=now)


# -- Who the patient is ------------------------------------------------------------------------------------


def correct_patient(patient_id: int, *, changes: Mapping[str, Any], by: Actor, now: datetime) -> Recorded:
    """Change a patient's identity or contact; another date of birth is judged, another address reaches queued mails.

    Raises: Missing, Invalid, Conflict (the NHS number is another patient's).
    """
    values = check_identity(changes, now=now)
    with fact_about(patient_id) as patient:
        before = {name: getattr(patient, name) for name in values}
        changed = sorted(name for name, value in values.items() if value != before[name])
        if "nhs_number" in changed:
            check_number_free(values["nhs_number"])
        for name in changed:
            setattr(patient, name, values[name])
        patient.save(update_fields=changed or None)
        if {"email", "email_opt_in", "given_name", "family_name"} & set(changed):
            outbox.readdress(patient, now=now)
        return settle(patient, "patient-corrected", patient, by=by, now=now, detail={"fields": changed})


def merge_patients(patient_id: int, *, into_id: int, by: Actor, now: datetime) -> Recorded:
    """Join the record of one person kept twice: everything counts for `into_id` from now on.

    Records stay where they were written and are read together; open bookings go over to the one that remains.
    Raises: Missing, Invalid, Conflict with the clashes when open bookings overlap.
    """
    if patient_id == into_id:
        raise Invalid.field("into", "A patient cannot be merged into itself.")
    known = set(Patient.objects.filter(pk__in=[patient_id, into_id]).values_list("pk", flat=True))
    if patient_id not in known:
        raise Missing("There is no such patient.")
    if into_id not in known:
        raise Invalid.field("into", f"There is no patient {into_id}.")
    with diary.use_case():
        pair = diary.lock(patients=[patient_id, into_id]).patients
        source, target = pair[patient_id], pair[into_id]
        if source.merged_into_id is not None:
            raise Conflict("This record was merged into another before.")
        if target.merged_into_id is not None:
            raise Invalid.field("into", "This record was merged into another before.")
        diary.hand_over(source, target, by=by, now=now)
        outbox.hand_over(source, target, now=now)
        join(source, target)
        detail = {"merged": patient_id, "into": into_id}
        return settle(target, "patients-merged", target, source, by=by, now=now, detail=detail)

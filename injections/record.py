"""Use cases that change a fact about a patient, and in the same transaction judge their open bookings again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from injections import call_list, gather, judgement, messages, reassess, sections
from injections.models import ImagingReport, Injection, Pathway, PlannedActivity, Screening
from injections.reassess import Reassessed
from injections.safety import facts as safety
from injections.safety.codes import ACTIVITY_KINDS, HISTORY_SIDES
from injections.safety.dates import span_of
from injections.safety.sites import AREAS, BOOKABLE_SITES, HISTORY_SITES, LEFT, RIGHT, SITE_BY_CODE
from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from scheduling import diary
from scheduling.messages import outbox
from scheduling.models import Patient
from scheduling.patients import check_identity, check_number_free, join


@dataclass(frozen=True, slots=True)
class Recorded:
    """The new row and what became of the patient's open bookings."""

    row: models.Model
    reassessed: list[Reassessed]


class Superseded(Conflict):
    """The record was corrected or withdrawn before; only the one that stands can be changed."""

    code = "superseded"


# -- Injections here, elsewhere, or as the patient tells ----------------------------------------------


def record_injection(
    patient_id: int,
    *,
    site: str,
    side: str,
    given: str | None,
    steroid: bool | None,
    origin: str,
    drug: str = "",
    dose_mg: Decimal | None = None,
    note: str = "",
    by: Actor,
    now: datetime,
) -> Recorded:
    """Record an injection that somebody else gave. `given` is a partial date, None when wholly unknown.

    Boundary: a month or a year that has begun is accepted, a day after today is not.
    Raises: Missing, Invalid. Our own injections come from a procedure only.
    """
    values: dict[str, Any] = {"site": site, "side": side, "given": given or "", "steroid": steroid}
    values["origin"] = origin
    values |= {"drug": drug.strip(), "dose_mg": dose_mg, "note": note.strip()}
    _check_injection(values, now=now)
    with _fact_about(patient_id) as patient:
        row = Injection.objects.create(
            patient=patient, **_recorded(by=by, now=now), recorded_on=clock.local_date(now), **values
        )
        return _settle(row, "injection-recorded", patient, by=by, now=now)


def correct_injection(
    injection_id: int, *, reason: str, changes: Mapping[str, Any], by: Actor, now: datetime
) -> Recorded:
    """Correct what is recorded of an injection: a new row supersedes the old one, which stays.

    `changes` may hold site, side, given, steroid, origin, drug, dose_mg, note, and of one given here batch and
    expires_on.
    Raises: Missing, Invalid (a reason is required), Superseded.
    """
    return _supersede(injection_id, reason, changes, "injection-corrected", by=by, now=now)


def withdraw_injection(injection_id: int, *, reason: str, by: Actor, now: datetime) -> Recorded:
    """Say that a recorded injection never was: it stays readable and counts no more. Raises: as correct_injection."""
    changes = {"status": Injection.Status.ENTERED_IN_ERROR}
    return _supersede(injection_id, reason, changes, "injection-withdrawn", by=by, now=now)


CORRECTABLE = frozenset({"site", "side", "given", "steroid", "origin", "drug", "dose_mg", "note"})


def _supersede(
    injection_id: int, reason: str, changes: Mapping[str, Any], verb: str, *, by: Actor, now: datetime
) -> Recorded:
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")
    patient_id = _who_holds(Injection.objects.filter(pk=injection_id))
    if patient_id is None:
        raise Missing("There is no such injection.")
    with _fact_about(patient_id) as patient:
        old = Injection.objects.current().filter(pk=injection_id).first()
        if old is None:
            raise Superseded("This record was corrected or withdrawn before. Open the one that stands.")
        copied = {
            field.attname: getattr(old, field.attname)
            for field in Injection._meta.concrete_fields
            if not field.primary_key
        }
        values = copied | {
            name: "" if value is None and name == "given" else value for name, value in changes.items()
        }
        _check_injection({name: values[name] for name in CORRECTABLE}, now=now)
        if (old.origin == Injection.Origin.OWN) != (values["origin"] == Injection.Origin.OWN):
            raise Invalid.field(
                "origin", "What was given here comes from its procedure, and nothing else does."
            )
        if values["given"] != old.given:
            values["recorded_on"] = clock.local_date(now)
            if old.origin == Injection.Origin.OWN:
                values |= _times_on(values["given"], old)
        values |= _recorded(by=by, now=now) | {"reason": reason.strip(), "supersedes_id": old.pk}
        row = Injection.objects.create(**values)
        if row.appointment is not None:
            messages.plan_aftercare(row, now=now)
        return _settle(row, verb, patient, by=by, now=now)


def _times_on(given: str, old: Injection) -> dict[str, datetime | None]:
    """The times of an injection of ours, moved to another day at the same time on the wall, so the rest follows."""
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise Invalid.field(
            "given", "An injection given here has an exact date, such as 2026-08-14."
        ) from error
    zone = clock.zone()
    times = {"started_at": old.started_at, "ended_at": old.ended_at}
    return {
        name: at and datetime.combine(day, at.astimezone(zone).time(), tzinfo=zone)
        for name, at in times.items()
    }


def _check_injection(values: Mapping[str, Any], *, now: datetime) -> None:
    problems = []
    if values["site"] not in HISTORY_SITES:
        problems.append(FieldError("#/site", f"Choose one of {', '.join(HISTORY_SITES)}."))
    if values["side"] not in HISTORY_SIDES:
        problems.append(FieldError("#/side", f"Choose one of {', '.join(HISTORY_SIDES)}."))
    if values["origin"] not in Injection.Origin.values:
        problems.append(FieldError("#/origin", "Choose elsewhere or patient-reported."))
    if values["dose_mg"] is not None and values["dose_mg"] <= 0:
        problems.append(FieldError("#/dose_mg", "Give a number above 0."))
    if values["given"]:
        try:
            if span_of(values["given"]).first > clock.local_date(now):
                problems.append(FieldError("#/given", "The date lies in the future."))
        except ValueError as error:
            problems.append(FieldError("#/given", f"The date {error}."))
    if problems:
        raise Invalid(problems)


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
    with _fact_about(patient_id) as patient:
        row = Screening.objects.create(
            patient=patient, area=area or "", side=side or "", content=content,
            answered_at=answers.answered_at, answered_by=by.name, **_recorded(by=by, now=now),
        )  # fmt: skip
        recorded = _settle(row, "screening-answered", patient, by=by, now=now)
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
    with _fact_about(patient_id) as patient:
        row = Pathway.objects.create(
            patient=patient,
            area=area or "",
            side=side or "",
            content=dict(pathway),
            loading_stage=loading_stage,
            treatments_tried=sorted(set(treatments_tried)),
            **_recorded(by=by, now=now),
        )
        recorded = _settle(row, "pathway-recorded", patient, by=by, now=now)
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
    with _fact_about(patient_id) as patient:
        row = ImagingReport.objects.create(
            patient=patient, modality=parsed.modality, area=parsed.area, side=parsed.side,
            performed_on=parsed.performed_on, tendinopathy=parsed.tendinopathy, bursitis=parsed.bursitis,
            tear=parsed.tear, tear_grade=parsed.tear_grade or "", tear_size_mm=parsed.tear_size_mm,
            other_diagnosis=parsed.other_diagnosis, reported_by=reported_by.strip() or by.name,
            **_recorded(by=by, now=now),
        )  # fmt: skip
        recorded = _settle(row, "report-recorded", patient, by=by, now=now)
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
    with _fact_about(patient_id) as patient:
        row = PlannedActivity.objects.create(
            patient=patient,
            kind=kind,
            start_at=start,
            agreed_to_move=agreed_to_move,
            **_recorded(by=by, now=now),
        )
        return _settle(row, "activity-planned", patient, by=by, now=now)


def withdraw_activity(activity_id: int, *, by: Actor, now: datetime) -> Recorded:
    """The plan is off. Raises: Missing."""
    plan = PlannedActivity.objects.filter(pk=activity_id, withdrawn_at__isnull=True)
    patient_id = _who_holds(plan)
    if patient_id is None:
        raise Missing("There is no such activity.")
    with _fact_about(patient_id) as patient:
        row = plan.select_for_update().first()
        if row is None:
            raise Missing("There is no such activity.")
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        return _settle(row, "activity-withdrawn", patient, by=by, now=now)


# -- Who the patient is ------------------------------------------------------------------------------------


def correct_patient(patient_id: int, *, changes: Mapping[str, Any], by: Actor, now: datetime) -> Recorded:
    """Change a patient's identity or contact; another date of birth is judged, another address reaches queued mails.

    Raises: Missing, Invalid, Conflict (the NHS number is another patient's).
    """
    values = check_identity(changes, now=now)
    with _fact_about(patient_id) as patient:
        before = {name: getattr(patient, name) for name in values}
        changed = sorted(name for name, value in values.items() if value != before[name])
        if "nhs_number" in changed:
            check_number_free(values["nhs_number"])
        for name in changed:
            setattr(patient, name, values[name])
        patient.save(update_fields=changed or None)
        if {"email", "email_opt_in", "given_name", "family_name"} & set(changed):
            outbox.readdress(patient, now=now)
        return _settle(patient, "patient-corrected", patient, by=by, now=now, detail={"fields": changed})


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
        record("patients-merged", by=by, now=now, patients=[patient_id, into_id], detail=detail)
        return Recorded(target, reassess.patients([target], occasion="patients-merged", by=by, now=now))


# -- What they share -----------------------------------------------------------------------------------------


@contextmanager
def _fact_about(patient_id: int) -> Iterator[Patient]:
    """One transaction with the patient locked, so that no booking is judged by half a change. Raises: Missing."""
    with diary.use_case():
        patient = Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).first()
        if patient is None:
            raise Missing("There is no such patient.")
        if patient.merged_into_id is not None:
            raise Conflict(
                "This record was merged into another. Change that one.",
                extra={"into": str(patient.merged_into_id)},
            )
        yield patient


def _who_holds(rows: models.QuerySet[Any]) -> int | None:
    """For whom the one row counts: its patient, or the record that one was merged into; None where there is no row."""
    return rows.values_list(Coalesce("patient__merged_into_id", "patient_id"), flat=True).first()


def _settle(
    row: models.Model,
    verb: str,
    patient: Patient,
    *,
    by: Actor,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> Recorded:
    subject = f"{row._meta.model_name}:{row.pk}"
    record(verb, by=by, now=now, patients=[patient.pk], subject=subject, detail=detail)
    return Recorded(row, reassess.patients([patient], occasion=verb, by=by, now=now))


def _recorded(*, by: Actor, now: datetime) -> dict[str, Any]:
    return {"recorded_at": now, "recorded_by_id": by.user_id}

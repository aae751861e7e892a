"""Recording what was done: it restarts every clock, and the other bookings are judged by it."""

from __future__ import annotations

from datetime import datetime

from injections.assessment import open_calls
from injections.assessment.fact_change import settle
from injections.assessment.verdict import json_able, judge_visit, keep_judgement
from injections.facts.history import history_about
from injections.messages import aftercare
from injections.models import Assessment, Call, Injection
from injections.patient.injections import A_COMPLICATION
from injections.procedure import draft
from injections.procedure.checks import check_may_record, check_reason, gate_problems, problems_of
from injections.procedure.doses import dose_warnings
from injections.procedure.next_dates import next_safe_dates, rest_until
from injections.procedure.values import Done, Procedure
from injections.review.decide import check_calls_closed
from injections.safety import facts as safety
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.models import Appointment
from scheduling.states import Status


def record_procedure(appointment_id: int, procedure: Procedure, *, by: Actor, now: datetime) -> Done:
    """Record a procedure as given, part-given or not given, and judge the patient's other bookings by it.

    Gates (`safety/gates.py`): today's checks and consent; the whole assessment on what was really injected, where a
    critical finding needs a coded reason in the same step. A visit booked but not yet arrived is taken as arrived.
    Raises: Forbidden, Missing, WrongState, CallOpen, Invalid (fields; a critical finding without a reason).
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_record(appointment, by=by, now=now)
        if appointment.status == Status.BOOKED:
            writing.change(appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its procedure")
        problems = [*problems_of(procedure, appointment, now=now), *gate_problems(procedure)]
        if problems:
            raise Invalid(problems)
        request = _as_done(procedure, appointment)
        history = history_about(appointment.patient, now=now)
        judged = judge_visit(history, request, appointment=appointment)
        check_reason(procedure, judged.judgement)
        if procedure.was_given:
            check_calls_closed(appointment, judged.judgement.findings)
        assessment = None
        if procedure.was_given:
            assessment = keep_judgement(
                judged, appointment=appointment, occasion="procedure", override_reason=procedure.reason, by=by, now=now
            )
        injection = _keep(procedure, request, appointment, assessment, by=by, now=now)
        earlier_today = [row for row in history.injections if row.given == injection.given and row.origin == "own"]
        warnings = dose_warnings(procedure, earlier_today) if procedure.was_given else []
        return _follow(procedure, injection, appointment, assessment, warnings, by=by, now=now)


def _as_done(procedure: Procedure, appointment: Appointment) -> safety.Request:
    """What was really injected. A scan that belonged to the visit is over by now: its report must be there."""
    booked = appointment.injection_request
    start = procedure.started_at or appointment.start_at
    return safety.Request(
        site=procedure.site or booked.site,
        side=procedure.side or booked.side,
        targets=procedure.targets or tuple(booked.targets),
        start=start,
        end=procedure.ended_at or appointment.end_at,
        ultrasound_guided=appointment.room.has_ultrasound,
        includes_scan=False,
    )


def _keep(
    procedure: Procedure,
    request: safety.Request,
    appointment: Appointment,
    assessment: Assessment | None,
    *,
    by: Actor,
    now: datetime,
) -> Injection:
    return Injection.objects.create(
        patient=appointment.patient,
        appointment=appointment,
        assessment=assessment,
        origin=Injection.Origin.OWN,
        status=procedure.result,
        given=clock.local_date(request.start).isoformat(),
        recorded_at=now,
        recorded_on=clock.local_date(now),
        recorded_by_id=by.user_id,
        site=request.site or "",
        side=request.side or "",
        targets=list(request.targets),
        steroid=procedure.steroid,
        drug=procedure.drug.strip(),
        dose_mg=procedure.dose_mg,
        strength_mg_ml=procedure.strength_mg_ml,
        volume_ml=procedure.volume_ml,
        batch=procedure.batch.strip(),
        expires_on=procedure.expires_on,
        started_at=procedure.started_at,
        ended_at=procedure.ended_at,
        complications=procedure.complications.strip(),
        rest_hours=procedure.rest_hours,
        rest_reason=procedure.rest_reason.strip(),
        reason_code=procedure.reason_code,
        reason=procedure.reason.strip(),
        local_anaesthetic=json_able(procedure.local_anaesthetic),
        consent=dict(procedure.consent),
        checked_today=dict(procedure.checked_today),
    )


def _follow(
    procedure: Procedure,
    injection: Injection,
    appointment: Appointment,
    assessment: Assessment | None,
    warnings: list[str],
    *,
    by: Actor,
    now: datetime,
) -> Done:
    writing.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now, reason=procedure.reason)
    draft.drop(appointment)
    outbox.withdraw(appointment, reason="the visit has taken place", now=now)
    if procedure.was_given:
        aftercare.plan_aftercare(injection, now=now)
    if procedure.complications.strip():
        open_calls.open_call(
            appointment.patient, why=Call.Why.COMPLICATION, appointment=appointment, now=now, say=A_COMPLICATION
        )
    detail = {"result": procedure.result}
    settled = settle(appointment, "procedure-recorded", appointment.patient, by=by, now=now, detail=detail)
    review_from, clear_from = next_safe_dates(injection, now=now) if procedure.was_given else (None, None)
    return Done(
        appointment=appointment,
        injection=injection,
        assessment=assessment,
        warnings=warnings,
        rest_until=rest_until(injection) if procedure.was_given else None,
        review_from=review_from,
        clear_from=clear_from,
        reassessed=settled.reassessed,
    )

"""Recording what was done: it restarts every clock, and the other bookings are judged by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from injections.assessment import complication_calls
from injections.assessment.fact_change import settle
from injections.assessment.verdict import json_able, keep_judgement
from injections.facts.drugs import drug_list
from injections.facts.history import history_about
from injections.messages import aftercare
from injections.models import Assessment, Incident, Injection
from injections.procedure import draft
from injections.procedure.checks import check_may_record, problems_of
from injections.procedure.doses import maxima_not_known
from injections.procedure.drugs.boxes import use_what_was_drawn_up
from injections.procedure.incidents import keep_incident
from injections.procedure.listed import as_listed
from injections.procedure.next_dates import next_safe_dates, rest_until
from injections.procedure.remarks import (
    DOSE_FIELDS,
    as_done,
    checks_made_at,
    gate_remarks,
    given_on_that_day,
    injection_remarks,
    judge_as_done,
    needs_code,
    uncoded,
    unexplained,
)
from injections.procedure.second_person import second_person_problems
from injections.procedure.values import Done, Procedure
from injections.review.decide import check_calls_closed
from injections.safety import facts as safety
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.models import Appointment
from scheduling.states import Status


def record_procedure(appointment_id: int, procedure: Procedure, *, by: Actor, now: datetime) -> Done:
    """Record a procedure as given, part-given or not given, and judge the patient's other bookings by it.

    Gates (`safety/gates.py`): today's checks and consent, doses and batch, the whole assessment on what was really
    injected. What fails one of them is refused without its reason and recorded with it, as an incident (`remarks.py`).
    A visit booked but not yet arrived is taken as arrived.
    Raises: Forbidden, Missing, WrongState, CallOpen, Invalid (fields; what is out of the ordinary without a reason).
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_record(appointment, by=by, now=now)
        _arrive(appointment, by=by, now=now)
        history = history_about(appointment.patient, now=now)
        drugs = drug_list()
        procedure = as_listed(procedure, drugs)
        earlier = given_on_that_day(procedure, history)
        remarks = [*gate_remarks(procedure, now=now), *injection_remarks(procedure, earlier, drugs)]
        problems = [
            *problems_of(procedure, appointment, now=now),
            *second_person_problems(procedure, by=by),
            *unexplained(remarks, procedure),
        ]
        if problems:
            raise Invalid(_each_once(problems))
        judged = judge_as_done(procedure, appointment, history)
        extraordinary = needs_code(procedure, appointment, judged.judgement)
        if problems := uncoded(extraordinary, procedure):
            raise Invalid(problems, extra={"assessment": judged.judgement.as_dict()})
        if procedure.was_given:
            check_calls_closed(appointment, judged.judgement.findings)
        assessment = None
        if procedure.was_given:
            assessment = keep_judgement(
                judged, appointment=appointment, occasion="procedure", override_reason=procedure.reason, by=by, now=now
            )
        injection = _keep(procedure, as_done(procedure, appointment), appointment, assessment, by=by, now=now)
        recorded = _Kept(injection, assessment, keep_incident(injection, [*remarks, *extraordinary], by=by, now=now))
        warnings = [remark.detail for remark in remarks if remark.pointer in DOSE_FIELDS]
        return _follow(procedure, recorded, appointment, warnings, by=by, now=now)


def arrive_with_procedure(appointment_id: int, *, by: Actor, now: datetime) -> None:
    """Whoever is scanned is here: what the scan shows is then the radiologist's at once, and the visit stays.

    Raises: Forbidden, Missing, WrongState.
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_record(appointment, by=by, now=now)
        _arrive(appointment, by=by, now=now)


def _arrive(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    if appointment.status == Status.BOOKED:
        writing.change(appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its procedure")


def _each_once(problems: list[FieldError]) -> list[FieldError]:
    """Of one field what was found first: an amount below nothing is not also too little. A time that cannot be says
    nothing about the day of the checks.
    """
    first = {problem.pointer: problem for problem in reversed(problems)}
    if first.keys() & {"#/started_at", "#/ended_at"}:
        first.pop("#/checked_today", None)
    return [problem for problem in problems if first.get(problem.pointer) is problem]


@dataclass(frozen=True, slots=True)
class _Kept:
    injection: Injection
    assessment: Assessment | None
    incident: Incident | None


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
        consent=json_able(dict(procedure.consent)),
        checked_today=dict(procedure.checked_today),
        checked_at=checks_made_at(procedure, now=now) if procedure.was_given else None,
        checks_seen_by=procedure.checks_seen_by.strip() or (by.name if procedure.was_given else ""),
        time_out_with=procedure.time_out_with.strip(),
        sign_out_with=procedure.sign_out_with.strip(),
        weight_kg=procedure.weight_kg,
        listed_drug=procedure.listed_drug,
        listed_anaesthetic=procedure.listed_anaesthetic,
        precautions=list(procedure.precautions),
        technique=dict(procedure.technique),
    )


def _follow(
    procedure: Procedure, recorded: _Kept, appointment: Appointment, warnings: list[str], *, by: Actor, now: datetime
) -> Done:
    injection = recorded.injection
    writing.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now, reason=procedure.reason)
    draft.drop(appointment)
    use_what_was_drawn_up(injection, by=by, now=now)
    outbox.withdraw(appointment, reason="the visit has taken place", now=now)
    if procedure.was_given:
        aftercare.plan_aftercare(injection, now=now)
    if procedure.complications.strip():
        complication_calls.call_about(injection, procedure.complications, now=now)
    detail = {"result": procedure.result}
    settled = settle(appointment, "procedure-recorded", appointment.patient, by=by, now=now, detail=detail)
    review_from, clear_from = next_safe_dates(injection, now=now) if procedure.was_given else (None, None)
    return Done(
        appointment=appointment,
        injection=injection,
        assessment=recorded.assessment,
        warnings=warnings,
        not_known=maxima_not_known(procedure),
        incident=recorded.incident,
        rest_until=rest_until(injection) if procedure.was_given else None,
        review_from=review_from,
        clear_from=clear_from,
        reassessed=settled.reassessed,
    )

"""Recording what was done: it restarts every clock, and the other bookings are judged by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from injections.assessment import complication_calls
from injections.assessment.fact_change import settle
from injections.assessment.verdict import json_able, keep_judgement
from injections.facts.consent import check_consent_stands
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
from injections.procedure.next_dates import after_all
from injections.procedure.remarks import (
    DOSE_FIELDS,
    as_done,
    checks_made_at,
    judge_as_done,
    needs_code,
    uncoded,
    unexplained,
)
from injections.procedure.second_person import second_person_problems
from injections.procedure.several import one_of_each, places_once, pointed, remarks_of_each
from injections.procedure.values import Done, Procedure
from injections.review.decide import check_calls_closed
from injections.safety import facts as safety
from injections.safety.findings import Judgement
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.models import Appointment
from scheduling.states import Status


def record_procedure(appointment_id: int, procedure: Procedure, *further: Procedure, by: Actor, now: datetime) -> Done:
    """Record a procedure as given, part-given or not given, and judge the patient's other bookings by it.

    Of a visit with several injections there is one procedure of each; what was given is judged together. A single one
    that gave nothing says so of all of them.
    Gates (`safety/gates.py`): today's checks and consent, doses and batch, the whole assessment on what was really
    injected. What fails one of them is refused without its reason and recorded with it, as an incident (`remarks.py`).
    A visit booked but not yet arrived is taken as arrived.
    Raises: Forbidden, Missing, WrongState, CallOpen, ConsentWithdrawn, Invalid (fields; what is out of the
    ordinary without a reason).
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_record(appointment, by=by, now=now)
        _arrive(appointment, by=by, now=now)
        history = history_about(appointment.patient, now=now)
        drugs = drug_list()
        each = one_of_each([as_listed(one, drugs) for one in (procedure, *further)], appointment)
        looked = [_Recording(one, remarks) for one, remarks in remarks_of_each(each, history, drugs, now=now)]
        _check_each(looked, appointment, by=by, now=now)
        judged = judge_as_done(each, appointment, history)
        for one in looked:
            one.extraordinary = needs_code(one.procedure, appointment, judged.judgement)
        _check_coded(looked, appointment, judged.judgement)
        assessment = None
        if any(one.was_given for one in each):
            check_consent_stands(appointment, history.withdrawals)
            check_calls_closed(appointment, judged.judgement.findings)
            why = "\n".join(dict.fromkeys(one.reason for one in each if one.was_given and one.reason))
            assessment = keep_judgement(
                judged, appointment=appointment, occasion="procedure", override_reason=why, by=by, now=now
            )
        for one in looked:
            one.keep(appointment, assessment, by=by, now=now)
        return _follow(looked, assessment, appointment, by=by, now=now)


@dataclass(slots=True)
class _Recording:
    """One injection on its way into the record: what is out of the ordinary about it, and its rows once kept."""

    procedure: Procedure
    remarks: list[FieldError]
    extraordinary: list[FieldError] = field(default_factory=list)
    row: Injection | None = None
    incident: Incident | None = None

    def keep(self, appointment: Appointment, assessment: Assessment | None, *, by: Actor, now: datetime) -> None:
        request = as_done(self.procedure, appointment)
        own = assessment if self.procedure.was_given else None
        self.row = _keep(self.procedure, request, appointment, own, by=by, now=now)
        self.incident = keep_incident(self.row, [*self.remarks, *self.extraordinary], by=by, now=now)


def _check_each(looked: Sequence[_Recording], appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Invalid with everything that cannot be, or that has no reason."""
    found: list[FieldError] = []
    for one in looked:
        problems = [
            *problems_of(one.procedure, appointment, now=now),
            *second_person_problems(one.procedure, by=by),
            *unexplained(one.remarks, one.procedure),
        ]
        found += pointed(_each_once(problems), one.procedure, appointment)
    found = found or places_once([one.procedure for one in looked], appointment)
    if found:
        raise Invalid(list(dict.fromkeys(found)))


def _check_coded(looked: Sequence[_Recording], appointment: Appointment, judged: Judgement) -> None:
    found = [
        problem
        for one in looked
        for problem in pointed(uncoded(one.extraordinary, one.procedure), one.procedure, appointment)
    ]
    if found:
        raise Invalid(found, extra={"assessment": judged.as_dict()})


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
        number=procedure.number,
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
        note=procedure.note.strip(),
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
    looked: Sequence[_Recording], assessment: Assessment | None, appointment: Appointment, *, by: Actor, now: datetime
) -> Done:
    rows = [one.row for one in looked if one.row is not None]
    given = [row for row in rows if row.status in Injection.GIVEN]
    shown = (given or rows)[0]
    _end_visit(appointment, rows, given, by=by, now=now)
    settled = settle(
        appointment, "procedure-recorded", appointment.patient, by=by, now=now, detail=_detail(shown, rows)
    )
    after, incidents = after_all(given, now=now), _incidents(looked)
    return Done(
        appointment=appointment,
        injection=shown,
        injections=rows,
        assessment=assessment,
        warnings=_warnings(looked),
        not_known=_not_known(looked),
        incident=next(iter(incidents), None),
        incidents=incidents,
        rest_until=after.rest_until,
        review_from=after.review_from,
        clear_from=after.clear_from,
        reassessed=settled.reassessed,
    )


def _end_visit(
    appointment: Appointment, rows: Sequence[Injection], given: Sequence[Injection], *, by: Actor, now: datetime
) -> None:
    """The visit is completed; boxes, messages and calls follow from what was recorded of its injections."""
    reason = "\n".join(dict.fromkeys(row.reason for row in rows if row.reason))
    writing.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now, reason=reason)
    draft.drop(appointment)
    for row in rows:
        use_what_was_drawn_up(row, by=by, now=now)
    outbox.withdraw(appointment, reason="the visit has taken place", now=now)
    if given:
        aftercare.plan_aftercare(given[-1], now=now)
    for row in rows:
        if row.complications:
            complication_calls.call_about(row, row.complications, now=now)


def _detail(shown: Injection, rows: Sequence[Injection]) -> dict[str, object]:
    """What the audit trail says: the result of the visit and, of one with several injections, of each."""
    each = {"results": [row.status for row in rows]} if len(rows) > 1 else {}
    return {"result": shown.status, **each}


def _incidents(looked: Sequence[_Recording]) -> list[Incident]:
    return [one.incident for one in looked if one.incident is not None]


def _not_known(looked: Sequence[_Recording]) -> list[str]:
    return list(dict.fromkeys(said for one in looked for said in maxima_not_known(one.procedure)))


def _warnings(looked: Sequence[_Recording]) -> list[str]:
    return [remark.detail for one in looked for remark in one.remarks if remark.pointer in DOSE_FIELDS]

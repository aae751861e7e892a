"""What is wrong with one step, asked of the functions that recording asks: refused there, and not three steps later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from injections.facts.consent import ConsentWithdrawn, check_consent_stands, withdrawn_consent
from injections.facts.drugs import NOTHING_LISTED, DrugList
from injections.facts.history import history_about
from injections.models import Injection
from injections.procedure.checks import aftercare_problems, checks_problems, injection_problems, problems_of
from injections.procedure.listed import as_listed
from injections.procedure.remarks import (
    Looked,
    gate_remarks,
    given_on_that_day,
    injection_remarks,
    judge_as_done,
    needs_code,
    uncoded,
    unexplained,
)
from injections.procedure.several import places_once
from injections.procedure.steps.injection_form import procedure_of
from injections.procedure.steps.order import INJECTION, kind_of_step, number_of
from injections.procedure.steps.panels import given_before
from injections.procedure.values import Procedure
from injections.review.decide import check_calls_closed
from pht_clinic.errors import FieldError, why_not
from scheduling.models import Appointment


def look_at(
    step: str,
    typed: Mapping[str, Any],
    appointment: Appointment,
    before: Sequence[Procedure] = (),
    drugs: DrugList = NOTHING_LISTED,
    *,
    now: datetime,
) -> Looked:
    """What one step says of itself, from its cleaned data, be they complete or not; `before` are the injections of the
    visit that were given before this one, `drugs` is the clinic's list.
    """
    procedure = procedure_of({kind_of_step(step): typed}, number_of(step))
    if kind_of_step(step) == INJECTION:
        return _look_at_injection(as_listed(procedure, drugs), before, appointment, drugs, now=now)
    if step in ("checks", "consent"):
        remarks = _own(step, gate_remarks(_as_if_given(procedure, appointment, now=now), now=now))
        problems = checks_problems(procedure, now=now) if step == "checks" else _withdrawn(appointment)
        return Looked([*problems, *unexplained(remarks, procedure)], remarks)
    return Looked(aftercare_problems(procedure) if step == "aftercare" else ())


def _own(step: str, remarks: Sequence[FieldError]) -> list[FieldError]:
    """Those of this step, of what both share."""
    section = {"checks": "#/checked_today", "consent": "#/consent"}[step]
    return [remark for remark in remarks if remark.pointer.startswith(section)]


def _withdrawn(appointment: Appointment) -> list[FieldError]:
    """That the patient no longer agrees, at the step that asks for it."""
    is_against = withdrawn_consent(appointment) is not None
    return [FieldError("#/consent/explained", ConsentWithdrawn.sentence)] if is_against else []


def _as_if_given(procedure: Procedure, appointment: Appointment, *, now: datetime) -> Procedure:
    """Given on the day of the visit or, of one whose day has not come, just now."""
    return replace(procedure, started_at=min(appointment.start_at, now))


def _look_at_injection(
    procedure: Procedure, before: Sequence[Procedure], appointment: Appointment, drugs: DrugList, *, now: datetime
) -> Looked:
    if not procedure.was_given:
        return Looked(problems_of(procedure, appointment, now=now))
    history = history_about(appointment.patient, now=now)
    remarks = injection_remarks(procedure, [*given_on_that_day(procedure, history), *given_before(before)], drugs)
    to_come = range(procedure.number + 1, len(appointment.injection_request.wanted))
    later = [Procedure(result=Injection.Status.GIVEN, number=number) for number in to_come]
    judged = judge_as_done([*before, procedure, *later], appointment, history).judgement
    extraordinary = needs_code(procedure, appointment, judged)
    problems = [
        *injection_problems(procedure, appointment, now=now),
        *_said_before(procedure, before, appointment),
        *unexplained(remarks, procedure),
        *uncoded(extraordinary, procedure),
    ]
    if extraordinary and not procedure.reason.strip():
        problems.append(FieldError("#/reason", "Say in words why it was done anyway."))
    held = why_not(check_consent_stands, appointment, history.withdrawals) or why_not(
        check_calls_closed, appointment, judged.findings
    )
    return Looked(problems, remarks, judged, held, extraordinary)


def _said_before(procedure: Procedure, before: Sequence[Procedure], appointment: Appointment) -> list[FieldError]:
    """That an injection before it was given in the same place, at the field of this step."""
    twice = places_once([*before, procedure], appointment)
    return [FieldError("#/side", problem.detail) for problem in twice]

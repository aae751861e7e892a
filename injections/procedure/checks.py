"""What is wrong with a procedure as it was typed, field by field; each step asks for its own, recording for all."""

from __future__ import annotations

from datetime import datetime

from injections.models import Injection
from injections.patient.injection_checks import rest_problems
from injections.procedure.listed import problems_of_listed
from injections.procedure.remarks import booked_of, place_words
from injections.procedure.technique import technique_problems
from injections.procedure.values import Procedure
from injections.safety.codes import TARGETS
from injections.safety.dates import in_words
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import FieldError
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import Status, WrongState, check_can

HEAVIEST_KG = 400
"""A weight above this is taken for mistyped."""


def check_may_record(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless this visit has a procedure to record; one booked is taken as arrived."""
    check_permitted("record-procedure", by)
    if not KINDS[appointment.kind].injects:
        raise WrongState("This visit has no injection to record.")
    if appointment.status != Status.BOOKED:
        check_can("fulfil", appointment.status)


def problems_of(procedure: Procedure, appointment: Appointment, *, now: datetime) -> list[FieldError]:
    """What can never be recorded as it is. Of what is out of the ordinary see `remarks.py`."""
    if procedure.result not in (*Injection.GIVEN, Injection.Status.NOT_GIVEN):
        return [FieldError("#/result", "Choose given, part-given or not-given.")]
    if not procedure.was_given:
        says_why = procedure.reason.strip() or procedure.reason_code
        return [] if says_why else [FieldError("#/reason", "Say why it was not given.")]
    return [
        *injection_problems(procedure, appointment, now=now),
        *checks_problems(procedure, now=now),
        *aftercare_problems(procedure),
    ]


def injection_problems(procedure: Procedure, appointment: Appointment, *, now: datetime) -> list[FieldError]:
    """Of when, where and what was injected."""
    return [
        *_problems_of_time(procedure, appointment, now),
        *_problems_of_target(procedure, appointment),
        *_problems_of_drug(procedure),
        *technique_problems(procedure.technique),
    ]


def checks_problems(procedure: Procedure, *, now: datetime) -> list[FieldError]:
    """Of when the checks were made."""
    if procedure.checked_at is not None and procedure.checked_at > now:
        return [FieldError("#/checked_at", "The time is in the future.")]
    return []


def aftercare_problems(procedure: Procedure) -> list[FieldError]:
    return rest_problems(procedure.rest_hours, procedure.rest_reason)


def _problems_of_time(procedure: Procedure, appointment: Appointment, now: datetime) -> list[FieldError]:
    asked_on = clock.local_date(
        min(appointment.asked_at, appointment.start_at)
    )  # one entered late was asked for after it
    problems = []
    for name in ("started_at", "ended_at"):
        instant = getattr(procedure, name)
        if instant is None:
            problems.append(FieldError(f"#/{name}", "Give the time."))
        elif instant > now:
            problems.append(FieldError(f"#/{name}", "The time is in the future."))
        elif clock.local_date(instant) < asked_on:
            problems.append(FieldError(f"#/{name}", "That is before this visit was asked for."))
    if not problems and procedure.ended_at <= procedure.started_at:  # type: ignore[operator]  # neither is None: no problem
        problems.append(FieldError("#/ended_at", "It must end after it starts."))
    return problems or _problems_of_day(procedure, appointment)


def _problems_of_day(procedure: Procedure, appointment: Appointment) -> list[FieldError]:
    """It was given on the visit's own day, unless somebody says otherwise, and why. Hazard H17."""
    given_on, booked_on = (clock.local_date(at) for at in (procedure.started_at, appointment.start_at) if at)
    if given_on == booked_on:
        return []
    if not procedure.confirm_day_change:
        sentence = f"The visit is on {in_words(booked_on)}. Confirm that it was given on {in_words(given_on)}."
        return [FieldError("#/confirm_day_change", sentence)]
    if not procedure.reason.strip():
        return [
            FieldError("#/reason", f"Say why it was given on {in_words(given_on)}, a different day from the visit.")
        ]
    return []


def _problems_of_target(procedure: Procedure, appointment: Appointment) -> list[FieldError]:
    problems = []
    if procedure.site is not None and procedure.site not in BOOKABLE_SITES:
        problems.append(FieldError("#/site", f"Choose one of {', '.join(BOOKABLE_SITES)}."))
    if procedure.side is not None and procedure.side not in (LEFT, RIGHT):
        problems.append(FieldError("#/side", "Choose left or right."))
    if unknown := [target for target in procedure.targets if target not in TARGETS]:
        problems.append(FieldError("#/targets", f"{unknown[0]} is not one of {', '.join(TARGETS)}."))
    booked = booked_of(procedure, appointment)
    changed = (procedure.site or booked.site, procedure.side or booked.side) != (booked.site, booked.side)
    if changed and not procedure.confirm_site_change:
        sentence = (
            f"The booking is for {place_words(booked.site, booked.side)}. Confirm that another place was injected."
        )
        problems.append(FieldError("#/confirm_site_change", sentence))
    return problems


def _problems_of_drug(procedure: Procedure) -> list[FieldError]:
    problems = []
    if procedure.steroid is None:
        problems.append(FieldError("#/steroid", "Say whether steroid was injected."))
    if not procedure.drug.strip():
        problems.append(FieldError("#/drug", "Name the drug."))
    if procedure.steroid and procedure.dose_mg is None:
        problems.append(FieldError("#/dose_mg", "Give the dose in mg."))
    for name in ("dose_mg", "strength_mg_ml", "volume_ml"):
        value = getattr(procedure, name)
        if value is not None and value <= 0:
            problems.append(FieldError(f"#/{name}", "Give a number above 0."))
    if procedure.weight_kg is not None and not 0 < procedure.weight_kg <= HEAVIEST_KG:
        problems.append(FieldError("#/weight_kg", f"Give the weight in kg, at most {HEAVIEST_KG}."))
    return [*problems, *problems_of_listed(procedure)]

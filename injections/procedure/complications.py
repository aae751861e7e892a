"""What came of an injection given here, added to what stands of it: the patient goes on the call list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from injections.assessment.complication_calls import call_about, complication_words
from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.assessment.visits import find_appointment
from injections.models import Complication, Injection
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A complication: codes of `Complication`, and the local day on which it was noticed."""

    kind: str
    severity: str
    on: date
    note: str = ""


def given_at_visit(appointment: Appointment) -> list[Injection]:
    """What was given at this visit, as it is recorded now; one of each of its injections. Raises: WrongState."""
    rows = Injection.objects.given().filter(appointment=appointment)
    found = list(rows.select_related("patient", "recorded_by", "assessment").order_by("number"))
    if not found:
        raise WrongState("No injection was given at this visit.")
    return found


def add_complication(appointment_id: int, noticed: Noticed, *, by: Actor, now: datetime) -> FactChange:
    """Record what came of the injection of this visit; what was recorded of it stays. A call is opened, or
    the one that is open says it too.

    Boundary: from the day of the injection on, today included.
    Raises: Forbidden, Missing, WrongState, Conflict, Invalid (fields).
    """
    check_permitted("record-complication", by)
    appointment = find_appointment(appointment_id)
    with fact_about(appointment.patient.kept_id) as patient:
        first = min(given_at_visit(appointment), key=lambda one: one.given)
        if problems := _problems_of(noticed, first.given, now=now):
            raise Invalid(problems)
        row = Complication.objects.create(
            patient=patient,
            appointment=appointment,
            kind=noticed.kind,
            severity=noticed.severity,
            on=noticed.on,
            note=noticed.note.strip(),
            **written(by=by, now=now),
        )
        is_severe = noticed.severity == Complication.Severity.SEVERE
        call_about(first, complication_words(row), is_severe=is_severe, now=now)
        detail = {"kind": noticed.kind, "severity": noticed.severity}
        return settle(row, "complication-recorded", patient, by=by, now=now, detail=detail)


def _problems_of(noticed: Noticed, given_on: str, *, now: datetime) -> list[FieldError]:
    problems = []
    for name, codes in (("kind", Complication.Kind.values), ("severity", Complication.Severity.values)):
        if getattr(noticed, name) not in codes:
            problems.append(FieldError(f"#/{name}", f"Choose one of {', '.join(codes)}."))
    if noticed.on > clock.local_date(now):
        problems.append(FieldError("#/on", "The day is in the future."))
    elif noticed.on.isoformat() < given_on:
        problems.append(FieldError("#/on", "That is before the injection."))
    if noticed.kind == Complication.Kind.OTHER and not noticed.note.strip():
        problems.append(FieldError("#/note", "Say what it was."))
    return problems

"""Use cases of what was injected, here or elsewhere: record, correct, withdraw. Each correction is a new row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from injections.assessment.fact_change import FactChange, fact_about, settle, who_holds, written
from injections.messages import aftercare
from injections.models import Injection
from injections.safety.codes import HISTORY_SIDES
from injections.safety.dates import span_of
from injections.safety.sites import HISTORY_SITES
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.periods import wall_to_utc
from pht_clinic.permissions import check_permitted

CORRECTABLE = frozenset({"site", "side", "given", "steroid", "origin", "drug", "dose_mg", "note"})


class Superseded(Conflict):
    """The record was corrected or withdrawn before; only the one that stands can be changed."""

    code = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierInjection:
    """An injection that somebody else gave. `given` is a partial date, None when wholly unknown."""

    site: str
    side: str
    given: str | None
    steroid: bool | None
    origin: str
    drug: str = ""
    dose_mg: Decimal | None = None
    note: str = ""


def record_injection(patient_id: int, earlier: EarlierInjection, *, by: Actor, now: datetime) -> FactChange:
    """Record an injection that somebody else gave.

    Boundary: a month or a year that has begun is accepted, a day after today is not.
    Raises: Forbidden, Missing, Invalid. Our own injections come from a procedure only.
    """
    check_permitted("record-injection", by)
    values = asdict(earlier)
    values |= {"given": earlier.given or "", "drug": earlier.drug.strip(), "note": earlier.note.strip()}
    _check_injection(values, now=now)
    with fact_about(patient_id) as patient:
        row = Injection.objects.create(
            patient=patient, **written(by=by, now=now), recorded_on=clock.local_date(now), **values
        )
        return settle(row, "injection-recorded", patient, by=by, now=now)


def correct_injection(
    injection_id: int, *, reason: str, changes: Mapping[str, Any], by: Actor, now: datetime
) -> FactChange:
    """Correct what is recorded of an injection: a new row supersedes the old one, which stays.

    `changes` may hold site, side, given, steroid, origin, drug, dose_mg, note, and of one given here batch and
    expires_on.
    Raises: Forbidden, Missing, Invalid (a reason is required), Superseded.
    """
    check_permitted("correct-injection", by)
    return _supersede(injection_id, reason, changes, "injection-corrected", by=by, now=now)


def withdraw_injection(injection_id: int, *, reason: str, by: Actor, now: datetime) -> FactChange:
    """Say that a recorded injection never was: it stays readable and counts no more. Raises: as correct_injection."""
    check_permitted("withdraw-injection", by)
    changes = {"status": Injection.Status.ENTERED_IN_ERROR}
    return _supersede(injection_id, reason, changes, "injection-withdrawn", by=by, now=now)


def _supersede(
    injection_id: int, reason: str, changes: Mapping[str, Any], verb: str, *, by: Actor, now: datetime
) -> FactChange:
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")
    patient_id = who_holds(Injection.objects.filter(pk=injection_id))
    if patient_id is None:
        raise Missing("There is no such injection.")
    with fact_about(patient_id) as patient:
        old = Injection.objects.current().filter(pk=injection_id).first()
        if old is None:
            raise Superseded("This record was corrected or withdrawn before. Open the one that stands.")
        values = _changed(old, changes, now=now)
        values |= written(by=by, now=now) | {"reason": reason.strip(), "supersedes_id": old.pk}
        row = Injection.objects.create(**values)
        if row.appointment is not None:
            aftercare.plan_aftercare(row, now=now)
        return settle(row, verb, patient, by=by, now=now)


def _changed(old: Injection, changes: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The columns of a record with these changes; another day moves its times along. Raises: Invalid."""
    copied = {
        field.attname: getattr(old, field.attname) for field in Injection._meta.concrete_fields if not field.primary_key
    }
    values = copied | {name: "" if value is None and name == "given" else value for name, value in changes.items()}
    _check_injection({name: values[name] for name in CORRECTABLE}, now=now)
    if (old.origin == Injection.Origin.OWN) != (values["origin"] == Injection.Origin.OWN):
        raise Invalid.field("origin", "What was given here comes from its procedure, and nothing else does.")
    if values["given"] != old.given:
        values["recorded_on"] = clock.local_date(now)
        if old.origin == Injection.Origin.OWN:
            values |= _times_on(values["given"], old)
    return values


def _times_on(given: str, old: Injection) -> dict[str, datetime | None]:
    """The times of an injection of ours, moved to another day at the same time on the wall; it took as long.

    A time that does not come on that day, as the clocks go forward over it, stands an hour later.
    """
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise Invalid.field("given", "An injection given here has an exact date, such as 2026-08-14.") from error
    if old.started_at is None:
        return {}
    zone = clock.zone()
    started_at = wall_to_utc(day, old.started_at.astimezone(zone).time(), zone, fold=0)
    ended_at = started_at + (old.ended_at - old.started_at) if old.ended_at else None
    return {"started_at": started_at, "ended_at": ended_at}


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

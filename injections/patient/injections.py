"""Use cases of what was injected, here or elsewhere: record, correct, withdraw. Each correction is a new row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from injections import words
from injections.assessment import complication_calls, milder
from injections.assessment.activity_calls import follow_activities
from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.assessment.superseding import columns_of, difference_problems, reason_problems, superseding
from injections.assessment.verdict import json_able
from injections.facts.drugs import NOTHING_LISTED, drug_list
from injections.messages import aftercare
from injections.models import Injection
from injections.patient.injection_checks import Whose, arithmetic_problems, problems_of
from injections.patient.resembling import Resembles, resembling
from injections.templatetags.record_changes import Change, differences
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.periods import wall_to_utc
from pht_clinic.permissions import check_permitted
from pht_clinic.rows import Compiled
from scheduling.models import Patient

_TEXTS = ("given", "drug", "note", "batch", "complications", "rest_reason")
"""Columns in which nothing is "", not null."""
_IDENTIFYING = ("site", "side", "given")


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


def record_injection(
    patient_id: int, earlier: EarlierInjection, *, confirm_new: bool = False, by: Actor, now: datetime
) -> FactChange:
    """Record an injection that somebody else gave. One that is likely there already needs `confirm_new`.

    Boundary: a month or a year that has begun is accepted, a day after today is not.
    Raises: Forbidden, Missing, Invalid (every problem), Resembles. Our own injections come from a procedure only.
    """
    check_permitted("record-injection", by)
    values = asdict(earlier)
    values |= {"given": earlier.given or "", "drug": earlier.drug.strip(), "note": earlier.note.strip()}
    values["recorded_on"] = clock.local_date(now)
    with fact_about(patient_id) as patient:
        problems = problems_of(values, Whose.of(patient, now))
        if earlier.origin == Injection.Origin.OWN:
            problems = [
                FieldError("#/origin", "An injection given here is recorded with its procedure, and in no other way.")
            ]
        if problems:
            raise Invalid(problems)
        alike = resembling(_current(patient), values)
        if alike and not confirm_new:
            raise Resembles(alike)
        row = Injection.objects.create(patient=patient, **written(by=by, now=now), **values)
        follow_activities(patient, by=by, now=now)
        return settle(row, "injection-recorded", patient, by=by, now=now, detail=_passed(alike))


def correct_injection(
    injection_id: int, *, reason: str, changes: Mapping[str, Any], confirm_new: bool = False, by: Actor, now: datetime
) -> FactChange:
    """Correct what is recorded of an injection: a new row supersedes the old one, which stays.

    `changes` may hold site, side, given, steroid, origin, drug, dose_mg, note, and of one given here, which only a
    radiologist corrects, `injection_checks.OF_OURS`. Another day moves the times along, unless they are given too;
    complications that are new put the patient on the call list.
    Raises: Forbidden, Missing, Superseded, Invalid (a reason is required; every problem), Resembles.
    """
    check_permitted("correct-injection", by)
    with superseding(Injection.objects.all(), injection_id, named="injection") as (patient, old):
        check_may_correct(old, by=by)
        values = as_changed(old, changes, now=now)
        values["local_anaesthetic"] = json_able(values["local_anaesthetic"])
        about = [*difference_problems(_comparable(columns_of(old)), _comparable(values)), *reason_problems(reason)]
        problems = [*problems_of(values, Whose.of(patient, now)), *arithmetic_problems(columns_of(old), values), *about]
        if (old.origin == Injection.Origin.OWN) != (values["origin"] == Injection.Origin.OWN):
            sentence = "An injection given here is recorded with its procedure, and in no other way."
            problems = [FieldError("#/origin", sentence), *about]
        if problems:
            raise Invalid(problems)
        is_moved = any(values[name] != getattr(old, name) for name in _IDENTIFYING)
        alike = resembling(_current(patient, besides=old), values) if is_moved else []
        if alike and not confirm_new:
            raise Resembles(alike)
        values["reason"] = reason.strip()
        return _supersede(old, patient, values, "injection-corrected", detail=_passed(alike), by=by, now=now)


def withdraw_injection(injection_id: int, *, reason: str, by: Actor, now: datetime) -> FactChange:
    """Say that a recorded injection never was: it stays readable and counts no more. Raises: as correct_injection."""
    check_permitted("withdraw-injection", by)
    if problems := reason_problems(reason):
        raise Invalid(problems)
    with superseding(Injection.objects.all(), injection_id, named="injection") as (patient, old):
        check_may_withdraw(old, by=by)
        values = columns_of(old) | {"status": Injection.Status.ENTERED_IN_ERROR, "reason": reason.strip()}
        return _supersede(old, patient, values, "injection-withdrawn", detail=None, by=by, now=now)


def check_may_correct(injection: Injection, *, by: Actor) -> None:
    """Raise Forbidden unless this person may; of one given here, only a radiologist. Hazard H4."""
    check_permitted("correct-procedure" if injection.origin == Injection.Origin.OWN else "correct-injection", by)


def check_may_withdraw(injection: Injection, *, by: Actor) -> None:
    """Raise Forbidden unless this person may; of one given here, only a radiologist. Hazard H4."""
    check_permitted("withdraw-procedure" if injection.origin == Injection.Origin.OWN else "withdraw-injection", by)


def injection_words(row: Injection) -> str:
    """ "Ischiogluteal bursa, left, 14 August 2026"."""
    given = words.given_in_words(row.given or None, row.recorded_on, counts=row.steroid is not False)
    return f"{words.SITE_NAMES[row.site]}, {words.SIDES[row.side].lower()}, {given}"


def _current(patient: Patient, *, besides: Injection | None = None) -> list[Injection]:
    """The injections of a patient that stand, in the order in which they were recorded."""
    return [row for row in _OF_PATIENT(patient.pk) if row != besides]


_OF_PATIENT: Final = Compiled(lambda patient_id: Injection.objects.current().of_patient(patient_id).order_by("pk"), int)


def _passed(alike: list[Injection]) -> dict[str, object] | None:
    """For the audit trail: that somebody said it is another one than these."""
    return {"another_than": [row.pk for row in alike]} if alike else None


def _supersede(
    old: Injection,
    patient: Patient,
    values: Mapping[str, Any],
    verb: str,
    *,
    detail: Mapping[str, object] | None,
    by: Actor,
    now: datetime,
) -> FactChange:
    """Store the row that takes the place of the old one, and everything that follows from it."""
    before = milder.weighed(patient, by=by, now=now)
    row = Injection.objects.create(**{**values, **written(by=by, now=now), "supersedes_id": old.pk})
    if row.appointment is not None:
        aftercare.plan_aftercare(row, now=now)
        if row.complications and row.complications != old.complications:
            complication_calls.call_about(row, row.complications, now=now)
    follow_activities(patient, by=by, now=now)
    recorded = settle(row, verb, patient, by=by, now=now, detail=detail)
    what = f"{injection_words(old)}: {verb.removeprefix('injection-')}{_in_brackets(differences(old, row))}"
    milder.note_if_milder(before, row, patient, what=what, reason=row.reason, by=by, now=now)
    return recorded


def _in_brackets(changes: list[Change]) -> str:
    """ " (Date: 21 August 2026 → 1 April 2026)"; nothing of what was withdrawn as it was."""
    said = "; ".join(f"{one.name}: {one.old} → {one.new}" for one in changes)
    return f" ({said})" if said else ""


def as_changed(old: Injection, changes: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The columns of a record with these changes; another day moves its times along, where they are not given too."""
    sent = {name: "" if value is None and name in _TEXTS else value for name, value in changes.items()}
    values = columns_of(old) | {
        name: value.strip() if isinstance(value, str) else value for name, value in sent.items()
    }
    values |= _listed(old, values)
    has_times = "started_at" in changes or "ended_at" in changes
    if has_times and "given" not in changes and values["started_at"]:
        values["given"] = clock.local_date(values["started_at"]).isoformat()
    if values["given"] != old.given:
        values["recorded_on"] = clock.local_date(now)
        if old.origin == Injection.Origin.OWN and not has_times:
            values |= _times_on(values["given"], old)
    return values


def _listed(old: Injection, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the clinic's list knows of a drug that the correction names anew, by its number or its name; none of both
    is a drug outside the list.
    """
    was, is_now = old.local_anaesthetic or {}, values["local_anaesthetic"] or {}
    has_drug, has_added = values["drug"] != old.drug, is_now.get("drug") != was.get("drug")
    drugs = drug_list() if has_drug or has_added else NOTHING_LISTED
    found: dict[str, Any] = {}
    if has_drug:
        drug = drugs.found(values["drug"])
        found |= {"listed_drug_id": drug.pk, "drug": drug.name} if drug else {"listed_drug_id": None}
    if has_added:
        drug = drugs.found(str(is_now.get("drug") or ""))
        found["listed_anaesthetic_id"] = drug.pk if drug else None
        if drug:
            found["local_anaesthetic"] = {**is_now, "drug": drug.name}
    return found


def _comparable(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a record; a dose that JSON keeps as text or number is the same dose."""
    anaesthetic = values["local_anaesthetic"]
    if not anaesthetic:
        return {**values, "local_anaesthetic": None}
    dose_mg = anaesthetic.get("dose_mg")
    named = {**anaesthetic, "dose_mg": None if dose_mg is None else Decimal(str(dose_mg))}
    return {**values, "local_anaesthetic": named}


def _times_on(given: str, old: Injection) -> dict[str, datetime | None]:
    """The times of an injection of ours, moved to another day at the same time on the wall; it took as long.

    A time that does not come on that day, as the clocks go forward over it, stands an hour later. None of a date that
    is no day.
    """
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return {}
    if old.started_at is None:
        return {}
    zone = clock.zone()
    started_at = wall_to_utc(day, old.started_at.astimezone(zone).time(), zone, fold=0)
    ended_at = started_at + (old.ended_at - old.started_at) if old.ended_at else None
    return {"started_at": started_at, "ended_at": ended_at}

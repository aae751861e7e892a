"""Use cases of allergies, conditions and medicines: record, withdraw. No rule judges them, so no booking is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from injections.assessment.fact_change import fact_about, tell, written
from injections.assessment.superseding import columns_of, reason_problems, superseding
from injections.conditions.content import Allergy, ConditionOrMedicine, columns_of_text, problems_of
from injections.models import AllergyIntolerance, Condition
from injections.patient.injection_checks import Whose
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Patient

Model = type[AllergyIntolerance] | type[Condition]
_NAMED_BY: Final[dict[Model, tuple[str, ...]]] = {AllergyIntolerance: ("substance",), Condition: ("kind", "name")}
"""What makes two records of one thing."""


class AlreadyRecorded(Conflict):
    """The same is recorded and stands; `extra["recorded"]` names it."""

    code = "already-recorded"
    sentence = "This is already recorded. To record it differently, withdraw that record first."


def record_allergy(patient_id: int, allergy: Allergy, *, by: Actor, now: datetime) -> AllergyIntolerance:
    """Record what a person does not tolerate. Raises: Forbidden, Missing, Invalid (every problem), AlreadyRecorded,
    Conflict (the record was merged into another).
    """
    check_permitted("record-condition", by)
    row: AllergyIntolerance = _record(AllergyIntolerance, patient_id, asdict(allergy), by=by, now=now)
    return row


def withdraw_allergy(allergy_id: int, *, reason: str, by: Actor, now: datetime) -> AllergyIntolerance:
    """Say that an allergy is none: the record stays readable. Raises: Forbidden, Missing, Superseded, Invalid."""
    check_permitted("withdraw-condition", by)
    row: AllergyIntolerance = _withdraw(AllergyIntolerance, allergy_id, reason, by=by, now=now)
    return row


def record_condition(patient_id: int, condition: ConditionOrMedicine, *, by: Actor, now: datetime) -> Condition:
    """Record what a person has or takes. Raises: as record_allergy."""
    check_permitted("record-condition", by)
    row: Condition = _record(Condition, patient_id, asdict(condition), by=by, now=now)
    return row


def withdraw_condition(condition_id: int, *, reason: str, by: Actor, now: datetime) -> Condition:
    """Say that somebody does not have it, or takes it no more. Raises: as withdraw_allergy."""
    check_permitted("withdraw-condition", by)
    row: Condition = _withdraw(Condition, condition_id, reason, by=by, now=now)
    return row


def _record(model: Model, patient_id: int, values: Mapping[str, Any], *, by: Actor, now: datetime) -> Any:
    with fact_about(patient_id) as patient:
        if problems := problems_of(values, Whose.of(patient, now)):
            raise Invalid(problems)
        columns = columns_of_text(values)
        _check_new(model, patient, columns)
        row = model.objects.create(patient=patient, **columns, **written(by=by, now=now))
        tell(row, f"{_noun(model)}-recorded", patient, by=by, now=now)
        return row


def _check_new(model: Model, patient: Patient, columns: Mapping[str, Any]) -> None:
    """Raise AlreadyRecorded for what stands already; capital letters make no difference."""
    named = _name(columns[column] for column in _NAMED_BY[model])
    standing = model.objects.of_patient(patient.pk).current()
    same = [row.pk for row in standing if _name(getattr(row, column) for column in _NAMED_BY[model]) == named]
    if same:
        raise AlreadyRecorded(extra={"recorded": [str(pk) for pk in same]})


def _name(parts: Any) -> tuple[str, ...]:
    return tuple(str(part).casefold() for part in parts)


def _withdraw(model: Model, row_id: int, reason: str, *, by: Actor, now: datetime) -> Any:
    if problems := reason_problems(reason):
        raise Invalid(problems)
    with superseding(model.objects.all(), row_id, named=_noun(model)) as (patient, old):
        said = {"reason": reason.strip(), "supersedes_id": old.pk, "is_withdrawn": True}
        row = model.objects.create(**{**columns_of(old), **said, **written(by=by, now=now)})
        tell(row, f"{_noun(model)}-withdrawn", patient, by=by, now=now)
        return row


def _noun(model: Model) -> str:
    return "allergy" if model is AllergyIntolerance else "condition"

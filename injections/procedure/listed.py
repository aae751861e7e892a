"""What the clinic's list of drugs knows of a procedure: names for numbers, and what follows from what was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from injections.facts.drugs import DrugList
from injections.models import Drug
from injections.patient.injection_checks import NOT_IN_USE
from injections.procedure.values import Procedure
from pht_clinic.errors import FieldError

_HUNDREDTH: Final = Decimal("0.01")


def as_listed(procedure: Procedure, drugs: DrugList) -> Procedure:
    """The procedure with what the list knows: the name of a drug chosen by its number, its strength and whether it is
    a steroid where nobody said, and of dose and volume the one that follows from the other.

    A number that the list does not have in use stays, and is refused by `problems_of_listed`.
    """
    drug = drugs.found(procedure.drug)
    anaesthetic = dict(procedure.local_anaesthetic or {})
    added = drugs.found(str(anaesthetic.get("drug") or ""))
    if added is not None:
        anaesthetic["drug"] = added.name
    strength, steroid = procedure.strength_mg_ml, procedure.steroid
    if drug is not None:
        strength = drug.strength_mg_ml if strength is None else strength
        steroid = (drug.kind == Drug.Kind.STEROID) if steroid is None else steroid
    dose, volume = worked_out(procedure.dose_mg, strength, procedure.volume_ml)
    return replace(
        procedure,
        drug=drug.name if drug else procedure.drug,
        steroid=steroid,
        strength_mg_ml=strength,
        dose_mg=dose,
        volume_ml=volume,
        local_anaesthetic=anaesthetic or procedure.local_anaesthetic,
        listed_drug=drug,
        listed_anaesthetic=added,
    )


def worked_out(
    dose_mg: Decimal | None, strength_mg_ml: Decimal | None, volume_ml: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Dose (mg) and volume (ml): the one that was not said follows from the other and the strength (mg/ml), to two
    places. Nothing follows from an amount that is none.
    """
    if strength_mg_ml is None or strength_mg_ml <= 0:
        return dose_mg, volume_ml
    if volume_ml is None and dose_mg is not None and dose_mg > 0:
        return dose_mg, _rounded(dose_mg / strength_mg_ml)
    if dose_mg is None and volume_ml is not None and volume_ml > 0:
        return _rounded(volume_ml * strength_mg_ml), volume_ml
    return dose_mg, volume_ml


def problems_of_listed(procedure: Procedure) -> list[FieldError]:
    """What contradicts the list, of a procedure that `as_listed` has looked at."""
    problems = []
    if procedure.drug.strip().isdigit():
        problems.append(FieldError("#/drug", NOT_IN_USE))
    anaesthetic: Mapping[str, object] = procedure.local_anaesthetic or {}
    if str(anaesthetic.get("drug") or "").strip().isdigit():
        problems.append(FieldError("#/local_anaesthetic/drug", NOT_IN_USE))
    drug = procedure.listed_drug
    if drug is not None and procedure.steroid is not None and procedure.steroid != (drug.kind == Drug.Kind.STEROID):
        is_one = "a steroid" if drug.kind == Drug.Kind.STEROID else "no steroid"
        problems.append(FieldError("#/steroid", f"According to the clinic’s list, {drug.name} is {is_one}."))
    return problems


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_HUNDREDTH, ROUND_HALF_UP)

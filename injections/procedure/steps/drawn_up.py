"""The arithmetic of what is drawn up, said while it is typed: volume × strength = mg, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from injections.facts.drugs import NOTHING_LISTED, DrugList
from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.procedure.doses import amounts_of, dose_problems, maxima_not_known
from injections.procedure.listed import as_listed
from injections.procedure.steps.listed_drug import chosen_or_named
from injections.procedure.values import Procedure
from injections.safety.gates import DrugAmount

_LARGEST = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class OfTheDay:
    """What the patient is given of one drug on this day, in mg, and the most that the list allows, None if unknown."""

    drug: str
    mg: float
    most: float | None


@dataclass(frozen=True, slots=True)
class DrawnUp:
    """`mg` is volume (ml) × strength (mg/ml), None until both are known; `agrees` with the dose, None without one.

    `worked_out_ml` and `worked_out_mg` follow from the other two where they were left empty; `not_known` names maxima
    that nobody knows, `day` adds up what is given of each drug.
    """

    volume_ml: Decimal | None
    strength_mg_ml: Decimal | None
    mg: Decimal | None
    dose_mg: Decimal | None
    agrees: bool | None
    warnings: list[str]
    worked_out_ml: Decimal | None
    worked_out_mg: Decimal | None
    not_known: list[str]
    day: list[OfTheDay]


def drawn_up(
    typed: Mapping[str, object], earlier_today: Iterable[Injection] = (), drugs: DrugList = NOTHING_LISTED
) -> DrawnUp:
    """From what stands in the fields so far, whatever it is; what is no number above 0 counts as not there.

    `earlier_today` is what the patient was given here before on that day.
    """
    volume, strength, dose = (_amount(typed.get(name)) for name in ("volume_ml", "strength_mg_ml", "dose_mg"))
    earlier = list(earlier_today)
    procedure = as_listed(_procedure(typed), drugs)
    strength = strength or procedure.strength_mg_ml
    mg = volume * strength if volume is not None and strength is not None else None
    agrees = None
    if mg is not None and dose is not None:
        agrees = abs(float(mg) - float(dose)) <= effective_policy().dose_tolerance_mg
    amounts = amounts_of(procedure, earlier, drugs)
    weight = _amount(typed.get("weight_kg"))
    return DrawnUp(
        volume_ml=volume,
        strength_mg_ml=strength,
        mg=mg,
        dose_mg=dose,
        agrees=agrees,
        warnings=[problem.detail for problem in dose_problems(procedure, earlier, drugs)],
        worked_out_ml=procedure.volume_ml if volume is None else None,
        worked_out_mg=procedure.dose_mg if dose is None else None,
        not_known=maxima_not_known(procedure),
        day=_of_the_day(amounts, None if weight is None else float(weight)),
    )


def _of_the_day(amounts: Iterable[DrugAmount], weight_kg: float | None) -> list[OfTheDay]:
    return [
        OfTheDay(one.drug, one.of_the_day, one.maximum.of_the_day(weight_kg))
        for one in amounts
        if one.of_the_day is not None and one.maximum is not None
    ]


def _procedure(typed: Mapping[str, object]) -> Procedure:
    """What is typed of the drugs, and nothing else: a steroid is one where it is said, or where the list says so."""
    added = chosen_or_named(typed, "listed_anaesthetic", "anaesthetic")
    added_mg = _amount(typed.get("anaesthetic_mg"))
    drug = chosen_or_named(typed, "listed", "drug")
    steroid = {"yes": True, "no": False}.get(str(typed.get("steroid")))
    return Procedure(
        result=Injection.Status.GIVEN,
        steroid=steroid,
        drug=drug,
        dose_mg=_amount(typed.get("dose_mg")),
        strength_mg_ml=_amount(typed.get("strength_mg_ml")),
        volume_ml=_amount(typed.get("volume_ml")),
        weight_kg=_amount(typed.get("weight_kg")),
        local_anaesthetic={"drug": added, "dose_mg": added_mg} if added or added_mg is not None else None,
    )


def _amount(text: object) -> Decimal | None:
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 < number <= _LARGEST else None

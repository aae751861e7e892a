"""The most of a drug that a clinic gives: of one injection, of a patient's day, and by body weight."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugMaximum:
    """In mg: of one injection, of the patient's local day, and of that day for each kg of body weight.

    None is not known and not judged.
    """

    injection_mg: float | None = None
    day_mg: float | None = None
    mg_per_kg: float | None = None

    def of_the_day(self, weight_kg: float | None) -> float | None:
        """What the whole day may hold: the smaller of the two that are known; by weight only where one is known."""
        by_weight = None if self.mg_per_kg is None or weight_kg is None else self.mg_per_kg * weight_kg
        known = [most for most in (self.day_mg, by_weight) if most is not None]
        return min(known, default=None)

    def __bool__(self) -> bool:
        return any(most is not None for most in (self.injection_mg, self.day_mg, self.mg_per_kg))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugAmount:
    """What is given of one drug now, where it is typed (`field`), and `besides_mg`: what else the patient is given of
    the same substance on that local day. `mg` None is not known. `maximum` None: the drug is in no list of the clinic.
    """

    field: str
    drug: str
    mg: float | None
    besides_mg: float = 0.0
    maximum: DrugMaximum | None = None

    @property
    def of_the_day(self) -> float | None:
        return None if self.mg is None else self.mg + self.besides_mg


def over_maximum(amounts: Iterable[DrugAmount], *, weight_kg: float | None) -> Iterator[tuple[str, str]]:
    """What is above a maximum of its own drug, as field and sentence.

    Boundary: the maximum itself is not above it. An unknown amount, maximum or weight is not judged, and said by
    `not_known`. Source: the clinic's own list of drugs.
    """
    for one in amounts:
        if one.mg is not None and one.maximum is not None:
            yield from ((one.field, sentence) for sentence in _above(one, one.maximum, weight_kg))


def _above(one: DrugAmount, maximum: DrugMaximum, weight_kg: float | None) -> Iterator[str]:
    this, day = float(one.mg or 0), float(one.of_the_day or 0)
    if maximum.injection_mg is not None and this > maximum.injection_mg:
        yield f"{this:g} mg of {one.drug} is above its maximum of {maximum.injection_mg:g} mg in one injection."
    elif maximum.day_mg is not None and day > maximum.day_mg:
        yield f"{day:g} mg of {one.drug} on one day is above its maximum of {maximum.day_mg:g} mg."
    if maximum.mg_per_kg is not None and weight_kg is not None and day > maximum.mg_per_kg * weight_kg:
        most = f"{maximum.mg_per_kg * weight_kg:g} mg ({maximum.mg_per_kg:g} mg/kg at {weight_kg:g} kg)"
        yield f"{day:g} mg of {one.drug} on one day is above its maximum by weight of {most}."


def not_known(amounts: Iterable[DrugAmount], *, weight_kg: float | None) -> list[str]:
    """Which maxima are not known and so judge nothing: of a drug outside the list, one without, one by weight."""
    return [sentence for one in amounts if (sentence := _not_known(one, weight_kg))]


def _not_known(one: DrugAmount, weight_kg: float | None) -> str:
    if one.maximum is None:
        return f"{one.drug} is not in the clinic’s list: its maximum is not known."
    if not one.maximum:
        return f"The clinic’s list names no maximum of {one.drug}."
    if one.maximum.mg_per_kg is not None and weight_kg is None:
        return f"{one.drug}: at most {one.maximum.mg_per_kg:g} mg/kg a day; the weight is not known."
    return ""

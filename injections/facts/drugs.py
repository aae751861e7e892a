"""The clinic's list of drugs: what it knows of a drug that somebody names. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from injections.models import Drug, DrugBox
from injections.safety.gates import DrugMaximum


@dataclass(frozen=True, slots=True)
class DrugList:
    """Every drug of the list, those that are no longer in use too: what was given of them still counts."""

    drugs: tuple[Drug, ...] = ()

    @property
    def in_use(self) -> list[Drug]:
        return [drug for drug in self.drugs if drug.active]

    def chosen(self, pk: str) -> Drug | None:
        """The drug in use of this number; None of one that is not."""
        return next((drug for drug in self.in_use if str(drug.pk) == pk), None)

    def named(self, name: str) -> Drug | None:
        """The drug of this name, in use or not; blanks and case do not matter."""
        wanted = _folded(name)
        return next((drug for drug in self.drugs if wanted and _folded(drug.name) == wanted), None)

    def found(self, said: str) -> Drug | None:
        """By its number or its name; a number that no drug in use has finds nothing."""
        said = said.strip()
        return self.chosen(said) if said.isdigit() else self.named(said)

    def by_id(self, pk: int | None) -> Drug | None:
        return next((drug for drug in self.drugs if drug.pk == pk), None)

    def substance(self, name: str, listed_id: int | None) -> str:
        """What a drug is added up as: the substance of the list, or that of the list which its name contains (the
        longest of them), else its own name.
        """
        if listed := self.by_id(listed_id) or self.named(name):
            return _folded(listed.substance)
        said = _folded(name)
        contained = [drug.substance for drug in self.drugs if _folded(drug.substance) in said]
        return _folded(max(contained, key=len, default=name))

    def as_methylprednisolone(self, name: str, listed_id: int | None) -> float | None:
        """mg of methylprednisolone that 1 mg of this equals by the list; None where it does not say."""
        if listed := self.by_id(listed_id) or self.named(name):
            known = [listed]
        else:
            known = [drug for drug in self.drugs if _folded(drug.substance) == self.substance(name, None)]
        factors = [drug.as_methylprednisolone for drug in known if drug.as_methylprednisolone is not None]
        return float(max(factors)) if factors else None


NOTHING_LISTED: Final = DrugList()


def drug_list() -> DrugList:
    """The whole list as it stands. One query."""
    return DrugList(tuple(Drug.objects.all()))


def maximum_of(drug: Drug | None) -> DrugMaximum | None:
    """The maxima of a listed drug as the gate takes them; None of one that is not in the list."""
    if drug is None:
        return None
    return DrugMaximum(
        injection_mg=_float(drug.max_injection_mg), day_mg=_float(drug.max_day_mg), mg_per_kg=_float(drug.max_mg_per_kg)
    )


def boxes_in_use(on: date) -> Mapping[int, DrugBox]:
    """The box of each drug that is in use on this local day, by the drug's id; none where nobody said. One query."""
    return {box.drug_id: box for box in DrugBox.objects.filter(on=on).select_related("recorded_by").order_by("pk")}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)

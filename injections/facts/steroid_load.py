"""How much steroid a patient was given over the last 12 months, here and elsewhere, in mg of methylprednisolone.

What a drug equals the clinic's list of drugs says; of one that it does not know, the table below.
Source: British National Formulary, equivalent anti-inflammatory doses; that they add up over a year is clinic policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from injections.facts.drugs import NOTHING_LISTED, DrugList
from injections.models import Injection
from injections.safety.dates import add_months, past_date

MONTHS: Final = 12
AS_METHYLPREDNISOLONE: Final = {
    "methylpred": 1.0,
    "depo-med": 1.0,
    "triamcinolone": 1.0,
    "kenalog": 1.0,
    "adcortyl": 1.0,
    "dexameth": 4 / 0.75,
    "betameth": 4 / 0.75,
    "hydrocort": 4 / 20,
    "predniso": 4 / 5,
}
"""Part of a drug's name → mg of methylprednisolone that 1 mg of it equals; the first that fits counts. For what the
clinic does not list, and what other clinics gave."""


@dataclass(frozen=True, slots=True)
class SteroidLoad:
    """`mg` is of methylprednisolone and of `counted` alone. `unknown` are those without a dose; of a drug that is not
    in the list the dose counts as it stands, and it is among `unlisted` too.
    """

    mg: float
    counted: list[Injection]
    unlisted: list[Injection]
    unknown: list[Injection]

    def __bool__(self) -> bool:
        return bool(self.counted or self.unknown)


def steroid_load(rows: Iterable[Injection], on: date, drugs: DrugList = NOTHING_LISTED) -> SteroidLoad:
    """What was given in the 12 months before this day and on it; steroid not known counts, what was none does not.

    Boundary: an injection counts while its date + 12 months is later than `on`. An approximate date counts as its last
    possible day, a wholly unknown one as the day it was recorded.
    """
    load = SteroidLoad(0.0, [], [], [])
    mg = 0.0
    for row in rows:
        if row.status not in Injection.GIVEN or row.steroid is False or not _is_recent(row, on):
            continue
        if row.dose_mg is None:
            load.unknown.append(row)
            continue
        factor = _factor(row, drugs)
        if factor is None:
            load.unlisted.append(row)
        load.counted.append(row)
        mg += float(row.dose_mg) * (factor or 1.0)
    return SteroidLoad(round(mg, 1), load.counted, load.unlisted, load.unknown)


def _factor(row: Injection, drugs: DrugList) -> float | None:
    if (listed := drugs.as_methylprednisolone(row.drug, row.listed_drug_id)) is not None:
        return listed
    return next((each for part, each in AS_METHYLPREDNISOLONE.items() if part in row.drug.casefold()), None)


def _is_recent(row: Injection, on: date) -> bool:
    given_on = past_date(row.given or None, row.recorded_on).counted_on(on)
    return given_on <= on < add_months(given_on, MONTHS)

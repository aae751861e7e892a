"""Drugs for the demo clinic's list. Their maxima are invented, as is the clinic whose own they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from injections.facts.steroid_load import AS_METHYLPREDNISOLONE
from injections.models import Drug
from injections.procedure.drugs.keep import save_drug
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User

_STEROID, _ANAESTHETIC = Drug.Kind.STEROID, Drug.Kind.LOCAL_ANAESTHETIC
_OWN: Final = "The demo clinic’s own maxima, invented"
DRUGS: Final[tuple[dict[str, Any], ...]] = (
    {
        "kind": _STEROID,
        "name": "Methylprednisolone acetate 40 mg/ml",
        "substance": "methylprednisolone",
        "strength_mg_ml": "40",
        "usual_dose_mg": "40",
        "max_injection_mg": "80",
        "max_day_mg": "80",
        "particulate": True,
    },
    {
        "kind": _STEROID,
        "name": "Triamcinolone acetonide 40 mg/ml",
        "substance": "triamcinolone",
        "strength_mg_ml": "40",
        "usual_dose_mg": "40",
        "max_injection_mg": "80",
        "max_day_mg": "80",
        "particulate": True,
    },
    {
        "kind": _STEROID,
        "name": "Dexamethasone 3.3 mg/ml",
        "substance": "dexamethasone",
        "strength_mg_ml": "3.3",
        "usual_dose_mg": "6.6",
        "max_injection_mg": "10",
        "max_day_mg": "10",
        "particulate": False,
    },
    {
        "kind": _ANAESTHETIC,
        "name": "Lidocaine 1%",
        "substance": "lidocaine",
        "strength_mg_ml": "10",
        "usual_dose_mg": "50",
        "max_day_mg": "200",
        "max_mg_per_kg": "3",
        "particulate": False,
    },
    {
        "kind": _ANAESTHETIC,
        "name": "Bupivacaine 0.25%",
        "substance": "bupivacaine",
        "strength_mg_ml": "2.5",
        "usual_dose_mg": "12.5",
        "max_day_mg": "150",
        "max_mg_per_kg": "2",
        "particulate": False,
    },
)


def list_drugs(*, now: datetime) -> None:
    """Put the drugs into an empty list, each with a box in use today. A list that a manager keeps stays as it is."""
    if Drug.objects.exists():
        return
    manager = actor_of(User.objects.get(email="manager@clinic.example"))
    expires_on = clock.local_date(now) + timedelta(days=400)
    for number, drug in enumerate(DRUGS, start=1):
        batch = {"batch": f"DEMO {number}", "expires_on": expires_on}
        save_drug(None, {**_with_amounts(drug), "batches": [batch]}, by=manager, now=now)


def _with_amounts(drug: dict[str, Any]) -> dict[str, Any]:
    """Its amounts as numbers, and what a steroid equals, from the product's own table."""
    amounts = {name: Decimal(value) for name, value in drug.items() if name.endswith(("_mg", "_ml", "_kg"))}
    if drug["kind"] != _STEROID:
        return {**drug, **amounts, "source": f"{_OWN}."}
    factor = next(each for part, each in AS_METHYLPREDNISOLONE.items() if part in drug["substance"])
    equivalent = Decimal(factor).quantize(Decimal("0.001"))
    return {
        **drug,
        **amounts,
        "as_methylprednisolone": equivalent,
        "source": f"{_OWN}. Equivalent: the product’s own table.",
    }

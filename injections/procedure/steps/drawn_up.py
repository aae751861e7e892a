"""The arithmetic of what is drawn up, said while it is typed: volume × strength = mg, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from injections.facts.policy import effective_policy
from injections.safety import gates

_LARGEST = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class DrawnUp:
    """`mg` is volume (ml) × strength (mg/ml), None until both are known; `agrees` with the dose, None without one."""

    volume_ml: Decimal | None
    strength_mg_ml: Decimal | None
    mg: Decimal | None
    dose_mg: Decimal | None
    agrees: bool | None
    warnings: list[str]


def drawn_up(typed: Mapping[str, object], earlier: Mapping[str, float] | None = None) -> DrawnUp:
    """From what stands in the fields so far, whatever it is; what is no number above 0 counts as not there.

    `earlier` is what the patient was given before on that day, as `earlier_sums` names it.
    """
    volume, strength, dose = (_amount(typed.get(name)) for name in ("volume_ml", "strength_mg_ml", "dose_mg"))
    mg = volume * strength if volume is not None and strength is not None else None
    policy = effective_policy()
    agrees = None
    if mg is not None and dose is not None:
        agrees = abs(float(mg) - float(dose)) <= policy.dose_tolerance_mg
    typed_doses = gates.Doses(
        steroid_mg=_float(dose) if typed.get("steroid") == "yes" else None,
        strength_mg_ml=_float(strength),
        volume_ml=_float(volume),
        local_anaesthetic_drug=str(typed.get("anaesthetic") or "") or None,
        local_anaesthetic_mg=_float(_amount(typed.get("anaesthetic_mg"))),
        steroid_mg_earlier_today=(earlier or {}).get("steroid_mg_earlier_today", 0.0),
        lidocaine_mg_earlier_today=(earlier or {}).get("lidocaine_mg_earlier_today", 0.0),
    )
    warnings = [sentence for _, sentence in gates.dose(typed_doses, policy=policy)]
    return DrawnUp(volume, strength, mg, dose, agrees, warnings)


def _amount(text: object) -> Decimal | None:
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 < number <= _LARGEST else None


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)

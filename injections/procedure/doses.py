"""The doses of a procedure, and of the patient's day."""

from __future__ import annotations

from collections.abc import Iterable

from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.procedure.values import Procedure
from injections.safety import gates


def dose_warnings(procedure: Procedure, earlier_today: Iterable[Injection]) -> list[str]:
    anaesthetic = procedure.local_anaesthetic or {}
    given = list(earlier_today)
    typed = gates.Doses(
        steroid_mg=_number(procedure.dose_mg) if procedure.steroid else None,
        strength_mg_ml=_number(procedure.strength_mg_ml),
        volume_ml=_number(procedure.volume_ml),
        local_anaesthetic_drug=str(anaesthetic.get("drug") or "") or None,
        local_anaesthetic_mg=_number(anaesthetic.get("dose_mg")),
        steroid_mg_earlier_today=sum((_number(one.dose_mg) or 0.0) for one in given if one.steroid is not False),
        lidocaine_mg_earlier_today=sum(map(_lidocaine_mg, given)),
    )
    return [sentence for _, sentence in gates.dose(typed, policy=effective_policy())]


def _lidocaine_mg(injection: Injection) -> float:
    anaesthetic = injection.local_anaesthetic or {}
    return (_number(anaesthetic.get("dose_mg")) or 0.0) if gates.is_lidocaine(anaesthetic.get("drug")) else 0.0


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))

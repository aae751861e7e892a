"""The doses of a procedure, and of the patient's day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.procedure.values import Procedure
from injections.safety import gates
from pht_clinic import clock
from pht_clinic.errors import FieldError
from scheduling.models import Patient


def dose_problems(procedure: Procedure, earlier_today: Iterable[Injection]) -> list[FieldError]:
    """What is odd about the doses and the batch, at its field. `earlier_today` was given here on the same local day."""
    anaesthetic = procedure.local_anaesthetic or {}
    earlier = earlier_sums(earlier_today)
    used_at = procedure.ended_at or procedure.started_at
    typed = gates.Doses(
        steroid_mg=_number(procedure.dose_mg) if procedure.steroid else None,
        strength_mg_ml=_number(procedure.strength_mg_ml),
        volume_ml=_number(procedure.volume_ml),
        local_anaesthetic_drug=str(anaesthetic.get("drug") or "") or None,
        local_anaesthetic_mg=_number(anaesthetic.get("dose_mg")),
        expires_on=procedure.expires_on,
        given_on=clock.local_date(used_at) if used_at else None,
        steroid_mg_earlier_today=earlier["steroid_mg_earlier_today"],
        lidocaine_mg_earlier_today=earlier["lidocaine_mg_earlier_today"],
    )
    return [FieldError(f"#/{field}", sentence) for field, sentence in gates.dose(typed, policy=effective_policy())]


def earlier_sums(earlier_today: Iterable[Injection]) -> dict[str, float]:
    """The mg of steroid and lidocaine that were given before on that day; an unknown drug counts as steroid."""
    given = list(earlier_today)
    return {
        "steroid_mg_earlier_today": sum((_number(one.dose_mg) or 0.0) for one in given if one.steroid is not False),
        "lidocaine_mg_earlier_today": sum(map(_lidocaine_mg, given)),
    }


def given_today(patient: Patient, *, now: datetime) -> QuerySet[Injection]:
    """What this patient was given here today (clinic-local), as it is recorded now."""
    rows = Injection.objects.given().of_patient(patient.pk)
    return rows.filter(origin=Injection.Origin.OWN, given=clock.local_date(now).isoformat())


def _lidocaine_mg(injection: Injection) -> float:
    anaesthetic = injection.local_anaesthetic or {}
    return (_number(anaesthetic.get("dose_mg")) or 0.0) if gates.is_lidocaine(anaesthetic.get("drug")) else 0.0


def _number(value: object) -> float | None:
    """None where nothing is known, or what is no amount: that is refused by itself."""
    number = None if value is None else float(str(value))
    return number if number is not None and number > 0 else None

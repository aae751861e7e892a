"""The doses of a procedure, and of the patient's day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from injections.facts.drugs import NOTHING_LISTED, DrugList, maximum_of
from injections.facts.policy import effective_policy
from injections.models import Drug, Injection
from injections.procedure.values import Procedure
from injections.safety import gates
from injections.safety.gates import DrugAmount, not_known
from pht_clinic import clock
from pht_clinic.errors import FieldError


def dose_problems(
    procedure: Procedure, earlier_today: Iterable[Injection], drugs: DrugList = NOTHING_LISTED
) -> list[FieldError]:
    """What is odd about the doses and the batch, at its field. `earlier_today` was given here on the same local day;
    the procedure is as `as_listed` leaves it.
    """
    anaesthetic = procedure.local_anaesthetic or {}
    given = list(earlier_today)
    earlier = earlier_sums(given)
    used_at = procedure.ended_at or procedure.started_at
    is_other_lidocaine = procedure.steroid is False and _names_lidocaine(procedure.drug)
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
        other_lidocaine_mg=_number(procedure.dose_mg) if is_other_lidocaine else None,
        amounts=amounts_of(procedure, given, drugs),
        weight_kg=_number(procedure.weight_kg),
    )
    return [FieldError(f"#/{field}", sentence) for field, sentence in gates.dose(typed, policy=effective_policy())]


def maxima_not_known(procedure: Procedure) -> list[str]:
    """Of which drugs no maximum is known, in sentences; of a procedure that `as_listed` has looked at."""
    amounts = amounts_of(procedure, (), NOTHING_LISTED) if procedure.was_given else []
    return not_known(amounts, weight_kg=_number(procedure.weight_kg))


def amounts_of(procedure: Procedure, earlier_today: Iterable[Injection], drugs: DrugList) -> list[DrugAmount]:
    """Each drug of the procedure, with what of the same substance the patient is given besides it on that day."""
    typed = _typed(procedure, drugs)
    earlier = [one for row in earlier_today for one in _given_of(row, drugs)]
    return [
        DrugAmount(
            field=one.field,
            drug=one.listed.substance if one.listed else one.name,
            mg=one.mg,
            besides_mg=_sum_of(one.substance, [*earlier, *_besides(one, typed)]),
            maximum=maximum_of(one.listed),
        )
        for one in typed
    ]


def _besides(one: _Typed, typed: Iterable[_Typed]) -> list[tuple[str, float | None]]:
    return [(other.substance, other.mg) for other in typed if other is not one]


def _sum_of(substance: str, given: Iterable[tuple[str, float | None]]) -> float:
    return sum(mg or 0.0 for same, mg in given if same == substance)


@dataclass(frozen=True, slots=True)
class _Typed:
    """One drug of a procedure: the field of its dose, its name, what it is added up as, mg, and what the list knows."""

    field: str
    name: str
    substance: str
    mg: float | None
    listed: Drug | None


def _typed(procedure: Procedure, drugs: DrugList) -> list[_Typed]:
    """What is injected, and the local anaesthetic; none that nobody named."""
    anaesthetic = procedure.local_anaesthetic or {}
    both = (
        ("dose_mg", procedure.drug, procedure.dose_mg, procedure.listed_drug),
        (
            *("local_anaesthetic/dose_mg", str(anaesthetic.get("drug") or ""), anaesthetic.get("dose_mg")),
            procedure.listed_anaesthetic,
        ),
    )
    return [
        _Typed(field, name.strip(), drugs.substance(name, listed.pk if listed else None), _number(mg), listed)
        for field, name, mg, listed in both
        if name.strip()
    ]


def _given_of(row: Injection, drugs: DrugList) -> Iterator[tuple[str, float]]:
    """Substance and mg of all that one injection held."""
    anaesthetic = row.local_anaesthetic or {}
    yield drugs.substance(row.drug, row.listed_drug_id), _number(row.dose_mg) or 0.0
    added = str(anaesthetic.get("drug") or "")
    yield drugs.substance(added, row.listed_anaesthetic_id), _number(anaesthetic.get("dose_mg")) or 0.0


def earlier_sums(earlier_today: Iterable[Injection]) -> dict[str, float]:
    """The mg of steroid and lidocaine that were given before on that day; an unknown drug counts as steroid."""
    given = list(earlier_today)
    return {
        "steroid_mg_earlier_today": sum((_number(one.dose_mg) or 0.0) for one in given if one.steroid is not False),
        "lidocaine_mg_earlier_today": sum(map(_lidocaine_mg, given)),
    }


def given_here_on(rows: Iterable[Injection], day: date) -> list[Injection]:
    """Of a patient's injections those that are recorded as done here on this clinic-local day."""
    return [row for row in rows if row.origin == Injection.Origin.OWN and row.given == day.isoformat()]


def _lidocaine_mg(injection: Injection) -> float:
    anaesthetic = injection.local_anaesthetic or {}
    added = (_number(anaesthetic.get("dose_mg")) or 0.0) if gates.is_lidocaine(anaesthetic.get("drug")) else 0.0
    is_other = injection.steroid is False and _names_lidocaine(injection.drug)
    return added + ((_number(injection.dose_mg) or 0.0) if is_other else 0.0)


def _names_lidocaine(drug: str) -> bool:
    return bool(drug.strip()) and gates.is_lidocaine(drug)


def _number(value: object) -> float | None:
    """None where nothing is known, or what is no amount: that is refused by itself."""
    number = None if value is None else float(str(value))
    return number if number is not None and number > 0 else None

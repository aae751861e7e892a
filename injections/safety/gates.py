"""The gates at the visit: what must be answered before "given" can be recorded, and doses that look wrong.

The third gate, `assessed-as-done`, is the assessment itself run on what was really injected.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from injections.safety.codes import NOT_APPLICABLE
from injections.safety.dates import in_words
from injections.safety.policy import Policy

CHECKED_TODAY: Final = {
    "well": "Ask whether the patient feels well today.",
    "no_infection_or_antibiotics": "Ask about an infection, or antibiotics within the waiting time after one.",
    "skin_whole": "Look whether the skin over the area is whole.",
    "pregnancy": "Ask whether the patient is or may be pregnant.",
    "allergies": "Go through the allergies.",
    "medicines": "Go through the medicines, and the INR with warfarin.",
    "no_new_injection": "Ask about a new steroid injection anywhere else.",
    "no_new_symptom": "Ask about a new injury or symptom.",
    "side_and_site_marked": "Mark the side and the site.",
    "chaperone_offered": "Offer a chaperone.",
    "way_home": "Ask how the patient gets home without driving or cycling.",
}
CONSENT: Final = {
    "explained": "Explain the procedure and its risks.",
    "questions_answered": "Answer the patient's questions.",
}
MAY_NOT_APPLY: Final = frozenset({"pregnancy", "allergies", "medicines", "chaperone_offered", "way_home"})
"""Checks that can have nothing to check: nobody pregnant, no medicines, somebody who came along."""

LIDOCAINE: Final = ("lidocaine", "lignocaine", "xylocaine")


def checked_today(
    *,
    checked_today: Mapping[str, object] | None,
    consent: Mapping[str, object] | None,
    answered_on: date | None = None,
    given_on: date | None = None,
) -> list[tuple[str, str]]:
    """What stands in the way of recording "given", as field and sentence; empty when nothing does.

    Each check must be true; "not-applicable" will do where there can be nothing to check. False, unknown and missing
    never will: what happened all the same can be recorded only as the truth, with a coded reason and a text, and is
    an incident. Both dates are clinic-local; answers of another day do not count.
    """
    problems = []
    if answered_on != given_on:
        problems.append(("checked_today", "These checks are of another day: answer them on the day of the injection."))
    for field, sentence in CHECKED_TODAY.items():
        answer = (checked_today or {}).get(field)
        if answer is not True and not (answer == NOT_APPLICABLE and field in MAY_NOT_APPLY):
            problems.append((f"checked_today/{field}", sentence))
    for field, sentence in CONSENT.items():
        if (consent or {}).get(field) is not True:
            problems.append((f"consent/{field}", sentence))
    return problems


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
        name = f"{one.drug[:1].upper()}{one.drug[1:]}"
        return f"{name}: at most {one.maximum.mg_per_kg:g} mg/kg a day; the weight is not known."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doses:
    """What is typed of one injection, and what the patient was given earlier on that local day. mg, mg/ml and ml.

    None is not known and not judged; decimals are welcome. `given_on` and `expires_on` are clinic-local days; a batch
    can be used on its last day. `other_lidocaine_mg` is lidocaine that is the injected drug itself; `amounts` are each
    drug with its own maximum, `weight_kg` the patient's weight.
    """

    steroid_mg: float | None
    strength_mg_ml: float | None
    volume_ml: float | None
    local_anaesthetic_drug: str | None
    local_anaesthetic_mg: float | None
    steroid_mg_earlier_today: float = 0.0
    lidocaine_mg_earlier_today: float = 0.0
    expires_on: date | None = None
    given_on: date | None = None
    other_lidocaine_mg: float | None = None
    amounts: Sequence[DrugAmount] = ()
    weight_kg: float | None = None


def dose(doses: Doses, *, policy: Policy) -> list[tuple[str, str]]:
    """What looks wrong about the doses of one injection, as field and sentence; to be said before it is given.

    Boundary: the clinic's maximum itself, of this injection and of the patient's day, exactly 200 mg of lidocaine and
    the last day of a batch do not warn, nor does a drug's own maximum. An unnamed local anaesthetic is taken for
    lidocaine. Source: lidocaine product information; maximum and tolerance are clinic policy, those of each drug the
    clinic's list.
    """
    return [
        *_steroid(doses, policy),
        *_arithmetic(doses, policy),
        *_lidocaine(doses, policy),
        *over_maximum(doses.amounts, weight_kg=doses.weight_kg),
        *_batch(doses),
    ]


def _steroid(doses: Doses, policy: Policy) -> Iterator[tuple[str, str]]:
    if doses.steroid_mg is None:
        return
    this, most = float(doses.steroid_mg), policy.steroid_max_mg
    of_the_day = this + float(doses.steroid_mg_earlier_today)
    if this > most:
        yield "dose_mg", f"{this:g} mg of steroid is above this clinic's maximum of {most:g} mg."
    elif of_the_day > most:
        yield "dose_mg", f"{of_the_day:g} mg of steroid on one day is above this clinic's maximum of {most:g} mg."


def _arithmetic(doses: Doses, policy: Policy) -> Iterator[tuple[str, str]]:
    if doses.steroid_mg is None or doses.strength_mg_ml is None or doses.volume_ml is None:
        return
    steroid, strength, volume = float(doses.steroid_mg), float(doses.strength_mg_ml), float(doses.volume_ml)
    if abs(strength * volume - steroid) > policy.dose_tolerance_mg:
        yield "volume_ml", f"{volume:g} ml at {strength:g} mg/ml is {strength * volume:g} mg, not {steroid:g} mg."


def _lidocaine(doses: Doses, policy: Policy) -> Iterator[tuple[str, str]]:
    added = doses.local_anaesthetic_mg if is_lidocaine(doses.local_anaesthetic_drug) else None
    if added is None and doses.other_lidocaine_mg is None:
        return
    total = float(added or 0) + float(doses.other_lidocaine_mg or 0) + float(doses.lidocaine_mg_earlier_today)
    if total > policy.lidocaine_max_mg:
        yield (
            "dose_mg" if added is None else "local_anaesthetic/dose_mg",
            f"{total:g} mg of lidocaine on one day is above {policy.lidocaine_max_mg:g} mg.",
        )


def _batch(doses: Doses) -> Iterator[tuple[str, str]]:
    if doses.expires_on is not None and doses.given_on is not None and doses.expires_on < doses.given_on:
        yield (
            "expires_on",
            f"This batch had expired on {in_words(doses.given_on)}: it was good until {in_words(doses.expires_on)}.",
        )


def is_lidocaine(drug: str | None) -> bool:
    """Whether a drug's name says lidocaine; a missing name is taken for it."""
    words = (drug or "").casefold().strip()
    return not words or any(name in words for name in LIDOCAINE)

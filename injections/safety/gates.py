"""The gates at the visit: what must be answered before "given" can be recorded, and doses that look wrong.

The third gate, `assessed-as-done`, is the assessment itself run on what was really injected.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from injections.safety.codes import NOT_APPLICABLE
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

    Each check must be true; "not-applicable" will do where there can be nothing to check. False, unknown
    and missing never will: then nothing is injected. Both dates are clinic-local; answers of another day do
    not count.
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


def dose(
    *,
    policy: Policy,
    steroid_mg: float | None,
    strength_mg_ml: float | None,
    volume_ml: float | None,
    local_anaesthetic_drug: str | None,
    local_anaesthetic_mg: float | None,
    lidocaine_mg_earlier_today: float = 0.0,
) -> list[str]:
    """Warnings about the doses of one injection, in words. Unknown values are not judged; decimals are
    welcome.

    Boundary: the clinic's maximum itself, and exactly 200 mg of lidocaine, do not warn. An unnamed local
    anaesthetic is taken for lidocaine. Source: lidocaine product information; maximum and tolerance are
    clinic policy.
    """
    warnings = []
    if steroid_mg is not None and float(steroid_mg) > policy.steroid_max_mg:
        warnings.append(
            f"{float(steroid_mg):g} mg of steroid is above this clinic's maximum of {policy.steroid_max_mg:g} mg."
        )
    if steroid_mg is not None and strength_mg_ml is not None and volume_ml is not None:
        drawn_up = float(strength_mg_ml) * float(volume_ml)
        if abs(drawn_up - float(steroid_mg)) > policy.dose_tolerance_mg:
            warnings.append(
                f"{float(volume_ml):g} ml at {float(strength_mg_ml):g} mg/ml is {drawn_up:g} mg, not "
                f"{float(steroid_mg):g} mg."
            )
    if is_lidocaine(local_anaesthetic_drug) and local_anaesthetic_mg is not None:
        total = float(local_anaesthetic_mg) + float(lidocaine_mg_earlier_today)
        if total > policy.lidocaine_max_mg:
            warnings.append(f"{total:g} mg of lidocaine on one day is above {policy.lidocaine_max_mg:g} mg.")
    return warnings


def is_lidocaine(drug: str | None) -> bool:
    """Whether a drug's name says lidocaine; a missing name is taken for it."""
    words = (drug or "").casefold().strip()
    return not words or any(name in words for name in LIDOCAINE)

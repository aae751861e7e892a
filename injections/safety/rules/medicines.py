"""Group D: medicines, allergies and infections."""

from datetime import timedelta
from typing import Final

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import YES
from injections.safety.dates import in_words
from injections.safety.findings import Severity
from injections.safety.registry import Outcome, critical, info, rule, warning

_PRODUCT: Final = sources.external("steroid product information", "contraindications and special warnings")
_MHRA: Final = sources.external("MHRA Drug Safety Update 2016", "steroids with cobicistat and other strong inhibitors")
_BLOOD_THINNERS: Final = sources.external("musculoskeletal injections on blood thinners", "continue, with care")
_DOPING: Final = sources.external("World Anti-Doping Agency", "washout after glucocorticoid injections")
_INFECTION: Final = sources.clinic("side effects (risk of infection)")


@rule(
    "hypersensitivity",
    group="D",
    severities=(Severity.CRITICAL,),
    sources=(_PRODUCT,),
    clears="The answer corrected, or a radiologist's decision on another drug.",
    action="Do not book. Ask what happened with which medicine, and tell the radiologist.",
)
def hypersensitivity(case: Case) -> Outcome | None:
    """An allergy to a steroid or to a local anaesthetic."""
    if "steroid_or_anaesthetic_allergy" not in case.yes:
        return None
    return critical("Allergic to a steroid or a local anaesthetic.", {"steroid_or_anaesthetic_allergy": YES})


@rule(
    "local-infection",
    group="D",
    severities=(Severity.CRITICAL,),
    sources=(_PRODUCT, _INFECTION),
    clears="The skin has healed and the answer is corrected.",
    action="Do not book. A clinician phones today about the skin; with fever or spreading redness: {111} or {A&E}.",
    call=True,
)
def local_infection(case: Case) -> Outcome | None:
    """Infection, wound, pressure sore or rash over the area."""
    if "infection_at_site" not in case.yes:
        return None
    evidence = {"infection_at_site": YES, "answered_on": case.day_of("infection_at_site")}
    return critical("Infection, wound, sore or rash over the area.", evidence)


@rule(
    "systemic-infection",
    group="D",
    thresholds=("infection_hours",),
    severities=(Severity.CRITICAL, Severity.WARNING, Severity.INFO),
    sources=(_PRODUCT, _INFECTION),
    clears="The waiting time after an infection is over; it is asked again before and on the day.",
    action="Offer a time after this clinic's waiting time for infections, and say that we ask again before it.",
)
def systemic_infection(case: Case) -> Outcome | None:
    """An infection or antibiotics: critical while fewer than 14 × 24 hours passed between that very answer and the
    start, or when it is not known when it was given; later info. An antibiotic taken for prevention: warning.
    """
    is_preventive = "preventive_antibiotic" in case.yes
    evidence: dict[str, object] = {"preventive_antibiotic": YES} if is_preventive else {}
    wait = timedelta(hours=case.policy.infection_hours)
    if "infection_or_antibiotics" in case.yes:
        evidence |= {"infection_or_antibiotics": YES, "answered_on": case.day_of("infection_or_antibiotics")}
        answered_at = case.screening.time_of("infection_or_antibiotics")
        if answered_at is None or case.request.start - answered_at < wait:
            return critical(f"An infection or antibiotics, reported fewer than {wait.days} days before.", evidence)
    if is_preventive:
        return warning("Takes an antibiotic to prevent infections.", evidence)
    if evidence:
        return info(
            f"An infection or antibiotics over {wait.days} days ago: ask again before and on the day.", evidence
        )
    return None


@rule(
    "interacting-medicine",
    group="D",
    severities=(Severity.CRITICAL,),
    sources=(_MHRA,),
    clears="The prescriber has stopped or changed the medicine and the answer is corrected.",
    action="Do not book. Say that nothing is to be stopped by themselves, and tell the radiologist "
    "which medicine it is.",
)
def interacting_medicine(case: Case) -> Outcome | None:
    """Ritonavir or cobicistat, itraconazole, ketoconazole, voriconazole or posaconazole."""
    if "interacting_medicine" not in case.yes:
        return None
    return critical("A medicine that keeps the steroid in the body for long.", {"interacting_medicine": YES})


@rule(
    "anticoagulant",
    group="D",
    thresholds=("inr_max", "inr_days"),
    severities=(Severity.WARNING, Severity.INFO),
    sources=(_BLOOD_THINNERS,),
    clears="The kind of blood thinner; for warfarin an INR that is recent and within this "
    "clinic's limit. Nobody is told to stop.",
)
def anticoagulant(case: Case) -> Outcome | None:
    """A bleeding disorder: warning. A blood thinner: info for a DOAC or antiplatelet, and for warfarin with
    an INR of 3.0 or less taken fewer than 8 days before the start date; otherwise a warning, which names an
    INR above 3.0 with its number. An INR dated after the start date is none from before it. Nobody is told to
    stop.
    """
    takes_one, has_disorder = "blood_thinner" in case.yes, "bleeding_disorder" in case.yes
    if not takes_one and not has_disorder:
        return None
    evidence: dict[str, object] = {"yes": [*["bleeding_disorder"] * has_disorder, *["blood_thinner"] * takes_one]}
    if takes_one:
        evidence |= _blood_thinner(case)
    if has_disorder:
        return warning("A bleeding disorder.", evidence)
    if _is_manageable(case):
        return info("Takes a blood thinner, which goes on: more bruising is likely.", evidence)
    return warning(_needs_a_look(case), evidence)


def _needs_a_look(case: Case) -> str:
    screening, limit = case.screening, case.policy.inr_max
    if screening.blood_thinner_kind != "warfarin" or screening.inr is None or screening.inr <= limit:
        return "Takes a blood thinner: its kind or INR needs a look. It is not to be stopped."
    taken = f" of {in_words(screening.inr_on)}" if screening.inr_on else ""
    return f"Warfarin with an INR of {screening.inr:g}{taken}, above {limit:g}. It is not to be stopped."


def _blood_thinner(case: Case) -> dict[str, object]:
    shown: dict[str, object] = {"blood_thinner_kind": case.screening.blood_thinner_kind}
    if case.screening.blood_thinner_kind == "warfarin":
        inr_on = case.screening.inr_on
        shown |= {"inr": case.screening.inr, "inr_on": inr_on.isoformat() if inr_on else None}
        shown["start_on"] = case.start_on.isoformat()
    return shown


def _is_manageable(case: Case) -> bool:
    screening, policy = case.screening, case.policy
    if screening.blood_thinner_kind != "warfarin":
        return screening.blood_thinner_kind in ("doac", "antiplatelet")
    if screening.inr is None or screening.inr_on is None or screening.inr > policy.inr_max:
        return False
    return timedelta() <= case.start_on - screening.inr_on < timedelta(days=policy.inr_days)


@rule(
    "live-vaccine",
    group="D",
    severities=(Severity.WARNING,),
    sources=(_PRODUCT,),
    clears="4 weeks between the vaccination and the injection.",
)
def live_vaccine(case: Case) -> Outcome | None:
    """A live vaccine within 4 weeks before or after."""
    if "live_vaccine" not in case.yes:
        return None
    return warning("A live vaccine within 4 weeks before or after.", {"live_vaccine": YES})


@rule(
    "immunosuppressed",
    group="D",
    severities=(Severity.WARNING,),
    sources=(_PRODUCT,),
    clears="A radiologist's decision.",
)
def immunosuppressed(case: Case) -> Outcome | None:
    """An illness or medicine that weakens the immune system."""
    if "immunosuppressed" not in case.yes:
        return None
    return warning("A weakened immune system: infections are likelier.", {"immunosuppressed": YES})


@rule(
    "steroid-card", group="D", severities=(Severity.WARNING,), sources=(_PRODUCT,), clears="A radiologist's decision."
)
def steroid_card(case: Case) -> Outcome | None:
    """Carries a steroid card, or has taken steroids for long."""
    if "steroid_card" not in case.yes:
        return None
    return warning("Carries a steroid card: the total steroid load counts.", {"steroid_card": YES})


@rule(
    "anti-doping",
    group="D",
    thresholds=("event_days",),
    severities=(Severity.WARNING, Severity.INFO),
    sources=(_DOPING,),
    clears="The day of the next event, far enough after the injection for the steroid to wash out.",
)
def anti_doping(case: Case) -> Outcome | None:
    """A drug-tested sport: warning when the next event is unknown, past, or fewer than 11 days after the
    start date. Not sure: info.
    """
    if case.is_not_sure("tested_sport"):
        return info("Perhaps a drug-tested sport: ask.", {"tested_sport": "not-sure"})
    if "tested_sport" not in case.yes:
        return None
    event_on = case.screening.next_event_on
    if event_on is not None and event_on - case.start_on >= timedelta(days=case.policy.event_days):
        return None
    shown = event_on.isoformat() if event_on else None
    return warning(
        "A drug-tested sport, and the next event is too soon, past or not known.",
        {"tested_sport": YES, "next_event_on": shown, "start_on": case.start_on.isoformat()},
    )


@rule(
    "skin-or-latex-allergy",
    group="D",
    severities=(Severity.INFO,),
    sources=(sources.ours("materials at the visit"),),
    clears="Nothing: other materials are laid out.",
)
def skin_or_latex_allergy(case: Case) -> Outcome | None:
    """Allergic to plasters, skin disinfectant or latex."""
    if "skin_or_latex_allergy" not in case.yes:
        return None
    return info("Allergic to plasters, disinfectant or latex: lay out others.", {"skin_or_latex_allergy": YES})

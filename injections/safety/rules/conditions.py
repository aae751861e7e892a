"""Group D: conditions, age and operations."""

from typing import Final

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import COUNTS_AS_NO, YES
from injections.safety.dates import add_months, in_words
from injections.safety.findings import Severity
from injections.safety.registry import Outcome, critical, info, rule, warning
from injections.safety.sites import GREATER_TROCHANTER, HIP_JOINT

_PRODUCT: Final = sources.external("steroid product information", "contraindications and special warnings")
_SURGERY: Final = sources.external("infection after joint surgery", "injection in the 3 to 6 months before")
_LEAFLETS: Final = sources.external("GP and hospital leaflets", "before a steroid injection")
_MONTHS_IN_A_YEAR: Final = 12


@rule(
    "pregnancy",
    group="D",
    severities=(Severity.CRITICAL,),
    sources=(_LEAFLETS,),
    clears="The answer corrected, or a radiologist's decision with the obstetric team.",
    action="Do not book. Say that the radiologist decides this together with the patient.",
)
def pregnancy(case: Case) -> Outcome | None:
    """Pregnant, or possibly so."""
    if "pregnant" not in case.yes:
        return None
    return critical("Pregnant, or possibly so.", {"pregnant": YES, "answered_on": case.day_of("pregnant")})


@rule(
    "joint-replacement",
    group="D",
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(_SURGERY,),
    clears="The answer corrected, or a radiologist's decision.",
    action="Do not book. Say that the radiologist first looks at the replaced hip.",
)
def joint_replacement(case: Case) -> Outcome | None:
    """A joint replacement there: critical for the hip joint and the greater trochanter, elsewhere a
    warning.
    """
    if "joint_replacement_at_site" not in case.yes:
        return None
    judge = critical if case.area in (HIP_JOINT, GREATER_TROCHANTER) else warning
    return judge("A joint replacement at the site.", {"joint_replacement_at_site": YES, "area": case.area})


@rule(
    "under-18",
    group="D",
    thresholds=("adult_years",),
    severities=(Severity.CRITICAL,),
    sources=(sources.ours("adults only"),),
    clears="A start date on which the patient is old enough, or the date of birth corrected.",
    action="Do not book. Check the date of birth; say that we treat adults.",
)
def under_18(case: Case) -> Outcome | None:
    """Younger than 18 on the local start date, or date of birth unknown. Born on 29 February: 18 on 1
    March.
    """
    born_on = case.facts.patient.date_of_birth
    if born_on is None:
        return critical("The date of birth is not known.", {"date_of_birth": None})
    years = case.policy.adult_years
    adult_on = add_months(born_on, years * _MONTHS_IN_A_YEAR)
    if case.start_on >= adult_on:
        return None
    return critical(
        f"Under {years} on the day of the visit; {years} on {in_words(adult_on)}.",
        {"date_of_birth": born_on.isoformat(), "adult_on": adult_on.isoformat()},
    )


@rule(
    "surgery-planned",
    group="D",
    thresholds=("surgery_critical_months", "surgery_review_months"),
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(_SURGERY,),
    clears="An operation long enough after the injection, or the surgeon's word.",
    action="Do not book. Say that a steroid injection shortly before an operation raises the risk of infection.",
)
def surgery_planned(case: Case) -> Outcome | None:
    """An operation on that hip, buttock or thigh, or an implant in that leg: critical within 3 months after
    the start date, a warning within 6 months, and when it lies before the start date or its day is
    unknown.
    """
    if "surgery_planned" not in case.yes:
        return None
    surgery_on, start_on, policy = case.screening.surgery_on, case.start_on, case.policy
    evidence = {
        "surgery_planned": YES,
        "surgery_on": surgery_on.isoformat() if surgery_on else None,
        "start_on": start_on.isoformat(),
    }
    if surgery_on is None:
        return warning("An operation there is planned; its day is not known.", evidence)
    if surgery_on < start_on:
        return warning(f"The planned operation of {in_words(surgery_on)} is past: ask whether it took place.", evidence)
    if surgery_on < add_months(start_on, policy.surgery_critical_months):
        return critical(f"An operation there on {in_words(surgery_on)}, too soon after this injection.", evidence)
    if surgery_on < add_months(start_on, policy.surgery_review_months):
        months = policy.surgery_review_months
        return warning(f"An operation there on {in_words(surgery_on)}, within {months} months.", evidence)
    return None


@rule(
    "diabetes",
    group="D",
    severities=(Severity.WARNING, Severity.INFO),
    sources=(_PRODUCT,),
    clears="The answer that the diabetes is well controlled, or a radiologist's decision.",
)
def diabetes(case: Case) -> Outcome | None:
    """Diabetes: info. Poorly controlled, or not known whether: warning.

    Boundary: "poorly controlled" said outright counts even where diabetes itself was answered otherwise.
    """
    answered = case.screening.answers.get("diabetes")
    poorly = case.screening.diabetes_poorly_controlled
    if answered != YES and poorly != YES:
        return None
    evidence = {"diabetes": answered, "diabetes_poorly_controlled": poorly}
    if poorly in COUNTS_AS_NO:
        return info("Diabetes: sugar may rise for some days after.", evidence)
    words = "poorly controlled" if poorly == YES else "not known how well controlled"
    return warning(f"Diabetes, {words}: sugar may rise for some days after.", evidence)


@rule(
    "hypertension",
    group="D",
    severities=(Severity.WARNING,),
    sources=(_PRODUCT,),
    clears="Blood pressure under control and the answer corrected.",
)
def hypertension(case: Case) -> Outcome | None:
    """High blood pressure that is not controlled."""
    if "uncontrolled_blood_pressure" not in case.yes:
        return None
    return warning("High blood pressure that is not controlled.", {"uncontrolled_blood_pressure": YES})


@rule(
    "recent-surgery", group="D", severities=(Severity.WARNING,), sources=(_SURGERY,), clears="A radiologist's decision."
)
def recent_surgery(case: Case) -> Outcome | None:
    """A recent operation at the site."""
    if "recent_surgery_at_site" not in case.yes:
        return None
    return warning("A recent operation at the site.", {"recent_surgery_at_site": YES})


@rule(
    "chickenpox-contact",
    group="D",
    severities=(Severity.WARNING,),
    sources=(_PRODUCT,),
    clears="A radiologist's decision.",
)
def chickenpox_contact(case: Case) -> Outcome | None:
    """Contact with chickenpox or shingles."""
    if "chickenpox_or_shingles_contact" not in case.yes:
        return None
    return warning("Contact with chickenpox or shingles.", {"chickenpox_or_shingles_contact": YES})


@rule(
    "breastfeeding",
    group="D",
    severities=(Severity.INFO,),
    sources=(_LEAFLETS,),
    clears="Nothing: it is talked over at the visit.",
)
def breastfeeding(case: Case) -> Outcome | None:
    """Breastfeeding."""
    if "breastfeeding" not in case.yes:
        return None
    return info("Breastfeeding: to be talked over at the visit.", {"breastfeeding": YES})

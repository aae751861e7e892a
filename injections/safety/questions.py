"""The questions that patients answer before an injection, in their words, with the worst that a "yes" can
mean.

Answers are yes, no, not-sure, not-applicable (counts as no) or nothing. The follow-ups are asked only after
a "yes".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from injections.safety.findings import Severity
from injections.safety.policy import Policy
from injections.safety.sites import GREATER_TROCHANTER, SACROILIAC_JOINT

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True)
class Question:
    """`label` is what staff read in a list, `text` what a patient reads, with the clinic's threshold to fill in where
    there is one; `worst` is the severity of the worst finding a "yes" can cause, `worst_by_area` where it is another.
    """

    code: str
    label: str
    text: str
    worst: Severity
    worst_by_area: Mapping[str, Severity] = field(default_factory=dict)

    def worst_in(self, area: str | None) -> Severity:
        """The worst that a "yes" can mean for an injection in this area."""
        return self.worst_by_area.get(area or "", self.worst)

    def asked(self, policy: Policy, *, said_as: Callable[[str], str] = str) -> str:
        """The question as it is asked where this policy holds; `said_as` puts it into its reader's language."""
        return said_as(self.text).format(infection_days=policy.infection_days)


_ALL: Final = (
    Question("sudden_pop", "sudden pop", "Did you feel or hear a sudden pop or snap when the pain started?", CRITICAL),
    Question("bruising", "bruising", "Was there bruising of the buttock or thigh when the pain started?", CRITICAL),
    Question(
        "marked_weakness", "marked weakness", "Has your leg been clearly weaker since the pain started?", CRITICAL
    ),
    Question(
        "difficulty_walking", "difficulty walking", "Has the pain or weakness made it hard for you to walk?", CRITICAL
    ),
    Question("fever", "fever", "Have you had a fever, shivers or a temperature in the last 2 weeks?", CRITICAL),
    Question("unexplained_weight_loss", "weight loss", "Have you lost weight recently without knowing why?", CRITICAL),
    Question(
        "cancer_history",
        "cancer in the past",
        "Have you ever had cancer, other than a skin cancer that was not melanoma?",
        WARNING,
    ),
    Question(
        "night_pain",
        "pain at night",
        "Do you have pain at night that keeps you awake however you lie?",
        WARNING,
        {GREATER_TROCHANTER: INFO},
    ),
    Question(
        "inflammatory_disease",
        "inflammatory disease",
        "Do you have an inflammatory disease, such as rheumatoid arthritis, psoriasis with joint "
        "pain, Crohn's "
        "disease or ankylosing spondylitis?",
        WARNING,
        {SACROILIAC_JOINT: INFO},
    ),
    Question(
        "saddle_or_bladder",
        "numb saddle, bladder or bowel",
        "Are you numb between your legs, or have you newly lost control of your bladder or bowels?",
        CRITICAL,
    ),
    Question(
        "progressive_weakness", "growing weakness", "Is your leg or foot getting weaker from week to week?", CRITICAL
    ),
    Question("numbness", "numbness", "Do you have marked or spreading numbness in your leg or foot?", WARNING),
    Question("pain_below_knee", "pain below the knee", "Does the pain go down below your knee?", WARNING),
    Question("back_pain", "back pain", "Do you have back pain together with this pain?", INFO),
    Question(
        "steroid_or_anaesthetic_allergy",
        "steroid or anaesthetic allergy",
        "Have you ever had an allergic reaction to a steroid or to a local anaesthetic (numbing injection)?",
        CRITICAL,
    ),
    Question(
        "infection_at_site",
        "infection or broken skin there",
        "Is there an infection, a wound, a pressure sore or a rash where the injection would go?",
        CRITICAL,
    ),
    Question(
        "infection_or_antibiotics",
        "infection or antibiotics",
        "Do you have an infection anywhere now, or have you taken antibiotics for one in the last "
        "{infection_days} days?",
        CRITICAL,
    ),
    Question(
        "preventive_antibiotic",
        "preventive antibiotic",
        "Do you take an antibiotic regularly to prevent infections?",
        WARNING,
    ),
    Question("pregnant", "pregnancy", "Are you pregnant, or could you be?", CRITICAL),
    Question("breastfeeding", "breastfeeding", "Are you breastfeeding?", INFO),
    Question(
        "joint_replacement_at_site",
        "joint replacement there",
        "Do you have a hip replacement or other metal in the hip that would be injected?",
        CRITICAL,
    ),
    Question(
        "interacting_medicine",
        "medicine that interacts",
        "Do you take any of these: ritonavir or cobicistat (for HIV, or in Paxlovid), itraconazole, "
        "ketoconazole, "
        "voriconazole or posaconazole (for fungal infections)?",
        CRITICAL,
    ),
    Question(
        "surgery_planned",
        "surgery planned",
        "Is an operation planned on that hip, buttock or thigh, or an implant in that leg?",
        CRITICAL,
    ),
    Question(
        "blood_thinner",
        "blood thinner",
        "Do you take a blood thinner, such as warfarin, apixaban, rivaroxaban, edoxaban, dabigatran, "
        "clopidogrel or "
        "aspirin? Please do not stop taking it.",
        WARNING,
    ),
    Question("bleeding_disorder", "bleeding disorder", "Do you have an illness that makes you bleed easily?", WARNING),
    Question("diabetes", "diabetes", "Do you have diabetes?", WARNING),
    Question(
        "uncontrolled_blood_pressure",
        "high blood pressure",
        "Do you have high blood pressure that is not well controlled?",
        WARNING,
    ),
    Question(
        "recent_surgery_at_site",
        "recent surgery there",
        "Have you recently had an operation on that hip, buttock or thigh?",
        WARNING,
    ),
    Question(
        "live_vaccine",
        "live vaccine",
        "Have you had a live vaccine (such as MMR, yellow fever, nasal flu, chickenpox) in the last "
        "4 weeks, or is "
        "one planned in the 4 weeks after?",
        WARNING,
    ),
    Question(
        "immunosuppressed",
        "weakened immune system",
        "Do you have an illness, or take a medicine, that weakens your immune system?",
        WARNING,
    ),
    Question(
        "chickenpox_or_shingles_contact",
        "chickenpox or shingles contact",
        "Have you recently been close to somebody with chickenpox or shingles, without having had chickenpox?",
        WARNING,
    ),
    Question(
        "steroid_card",
        "steroid card",
        "Do you carry a steroid card, or have you taken steroid tablets or strong steroid inhalers for long?",
        WARNING,
    ),
    Question("tested_sport", "drug-tested sport", "Do you take part in a sport that tests for drugs?", WARNING),
    Question(
        "skin_or_latex_allergy",
        "skin or latex allergy",
        "Are you allergic to plasters, skin disinfectant or latex?",
        INFO,
    ),
    Question(
        "steroid_injection_last_12_months",
        "steroid injection in 12 months",
        "Have you had any steroid injection in the last 12 months, here or anywhere else, in any part of the body?",
        WARNING,
    ),
)
QUESTIONS: Final = MappingProxyType({question.code: question for question in _ALL})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A field of the screening that is asked after a "yes" to `after`, or always where `after` is None."""

    field: str
    after: str | None
    label: str
    text: str


FOLLOW_UPS: Final = (
    FollowUp("onset", None, "how it started", "Did the pain start suddenly, or bit by bit?"),
    FollowUp("injury_on", None, "day of the injury", "If there was an injury: on which day?"),
    FollowUp("main_pain_site", None, "where it hurts most", "Where does it hurt most?"),
    FollowUp("pain_side", None, "side of the pain", "On which side does it hurt?"),
    FollowUp(
        "diabetes_poorly_controlled",
        "diabetes",
        "diabetes control",
        "Have your sugar values been too high lately, or is your diabetes hard to control?",
    ),
    FollowUp("surgery_on", "surgery_planned", "day of the operation", "On which day is the operation?"),
    FollowUp("next_event_on", "tested_sport", "next event", "When is your next competition or possible test?"),
    FollowUp("blood_thinner_kind", "blood_thinner", "kind of blood thinner", "Which blood thinner do you take?"),
    FollowUp("inr", "blood_thinner", "last INR", "If you take warfarin: what was your last INR?"),
    FollowUp("inr_on", "blood_thinner", "day of the INR", "On which day was it taken?"),
)
ALWAYS_ASKED: Final = ("onset", "main_pain_site", "pain_side")
"""Follow-ups that are listed as open when unknown; the others are judged by their own rule."""
TIMED_FOLLOW_UPS: Final = tuple(follow_up.field for follow_up in FOLLOW_UPS if follow_up.after is None)
"""Those with a time of their own; the others were answered with their question."""

"""The values that facts may hold, one tuple per field; parsers, forms and models take their choices from
here.
"""

from typing import Final

YES: Final = "yes"
NO: Final = "no"
NOT_SURE: Final = "not-sure"
NOT_APPLICABLE: Final = "not-applicable"
ANSWERS: Final = (YES, NO, NOT_SURE, NOT_APPLICABLE)
COUNTS_AS_NO: Final = (NO, NOT_APPLICABLE)
"""Everything else that is not "yes" is unknown."""

INJECTION: Final = "injection"
LOADING_KINDS: Final = ("physiotherapy", "exercise-class")
REQUEST_KINDS: Final = (INJECTION, *LOADING_KINDS)
SPORT: Final = "sport"
RACE: Final = "race"
TRAVEL: Final = "travel"
ACTIVITY_KINDS: Final = (SPORT, RACE, TRAVEL, "manual-work")
TARGETS: Final = ("peritendinous", "bursa", "joint", "intratendinous")

REQUEST_SIDES: Final = ("left", "right")
HISTORY_SIDES: Final = ("left", "right", "both", "unknown")
REPORT_SIDES: Final = ("left", "right", "unknown")
PAIN_SIDES: Final = ("left", "right", "both")

STATUSES: Final = ("given", "part-given", "not-given")
GIVEN_STATUSES: Final = ("given", "part-given")

ONSETS: Final = ("gradual", "sudden")
PAIN_SITES: Final = (
    "sit-bone",
    "buttock-crease",
    "back-of-thigh",
    "side-of-hip",
    "groin",
    "low-back",
    "upper-buttock",
    "other",
)
BLOOD_THINNER_KINDS: Final = ("doac", "antiplatelet", "warfarin", "several")

PHYSIOTHERAPY: Final = ("none", "ongoing", "completed", "not-possible")
RESPONSES: Final = ("satisfactory", "not-satisfactory")
INDICATIONS: Final = (
    "deep-buttock-pain",
    "pain-with-running",
    "pain-with-hip-flexion-loading",
    "gradual-onset-after-training-change",
    "persistent-without-acute-tear",
    "sit-bone-tenderness",
    "recurrent-in-athlete",
    "buttock-pain-hip-joint-unremarkable",
)

EARLIER_INJECTION: Final = "earlier-injection"
TREATMENTS: Final = (
    "load-management",
    "loading-programme",
    "manual-therapy",
    "ice-or-heat",
    "acupuncture",
    "shockwave",
    "anti-inflammatory-tablets",
    EARLIER_INJECTION,
)
"""What may have been tried; only an earlier injection is judged."""
FIRST_LOADING_STAGE, LAST_LOADING_STAGE = 1, 4

DELAY: Final = "delay"
DECLINE: Final = "decline"
DECISIONS: Final = ("approve", "override", DELAY, DECLINE)

MODALITIES: Final = ("ultrasound", "mri")
TEARS: Final = ("none", "partial", "full", "avulsion")
TEARS_WITH_GRADE: Final = ("partial", "full")
OTHER_DIAGNOSES: Final = ("none", "stress-fracture", "ischiofemoral-impingement", "sciatic-involvement", "other")

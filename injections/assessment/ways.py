"""Which page clears a finding: one table, rule by rule. A rule without a way says why it has none.

A way names a place, not an address: where it leads depends on what the finding was shown for
(`templatetags/way_words.py`). Whoever may not do there what the way promises is not shown it. What a radiologist weighs
is decided, not cleared: `DECIDE` leads to the decision while the visit waits for one, and a time that is not booked yet
is sent there by booking it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from injections.safety.registry import CHECK_FAILED

QUESTIONS, OPEN_QUESTIONS, PATHWAY, REPORT, EARLIER = "questions", "open-questions", "pathway", "report", "earlier"
TIME, WHAT, SCAN, PLANS, RECORD, DETAILS = "time", "what", "scan", "plans", "record", "details"
CALLS, DECIDE = "calls", "decide"


@dataclass(frozen=True, slots=True)
class WayToClear:
    """`to` is where it leads, `at` the field of that form on which it opens, "" for its top."""

    words: str
    to: str
    at: str = ""

    def field(self, evidence: Mapping[str, Any]) -> str:
        """The field on which it opens; of several answers that a finding names, the first of them."""
        named = [*(evidence.get("yes") or ()), *(evidence.get("unanswered") or ()), *(evidence.get("not_sure") or ())]
        return str(named[0]) if named and self.to in (QUESTIONS, OPEN_QUESTIONS) else self.at


def _asks(question: str, words: str = "Correct the answer") -> WayToClear:
    return WayToClear(words, QUESTIONS, question)


_OTHER_TIME: Final = WayToClear("Choose another time", TIME)
_OTHER_SITE: Final = WayToClear("Change the site or side", WHAT)
_DECIDE: Final = WayToClear("Decide on it", DECIDE)
_CALL: Final = WayToClear("Open the call list", CALLS)
_NEWER_REPORT: Final = WayToClear("Add a newer report", REPORT)
_CORRECT_RECORD: Final = WayToClear("Look at the record of injections", RECORD)
_PLANS: Final = WayToClear("Look at the planned activities", PLANS)


def _pathway(field: str) -> WayToClear:
    return WayToClear("Record the pathway", PATHWAY, field)


WAYS: Final[Mapping[str, tuple[WayToClear, ...]]] = MappingProxyType(
    {
        "repeat-interval": (_OTHER_TIME, _CORRECT_RECORD),
        "injection-history-unknown": (
            _asks("steroid_injection_last_12_months", "Ask about injections"),
            WayToClear("Add an injection given elsewhere", EARLIER),
        ),
        "repeat-number": (_DECIDE,),
        "repeat-without-physiotherapy": (_pathway("physiotherapy"),),
        "rest-window": (_OTHER_TIME, _PLANS),
        "early-load": (_OTHER_TIME, _PLANS),
        "yearly-limit": (_OTHER_TIME, _CORRECT_RECORD),
        "steroid-load": (_OTHER_TIME, _CORRECT_RECORD),
        "sites-per-day": (_OTHER_TIME,),
        "bilateral-same-day": (_OTHER_TIME, _DECIDE),
        "open-warning-sign": (_CALL,),
        "earlier-decision": (_OTHER_TIME, _DECIDE),
        "conservative-care-first": (_pathway("physiotherapy"),),
        "specialist-assessment": (_pathway("specialist_assessment"),),
        "no-indication": (_pathway("indications"),),
        "mild-and-improving": (_pathway("mild_and_improving"),),
        "side-mismatch": (_asks("pain_side"), _OTHER_SITE),
        "ultrasound-assessment": (WayToClear("Book as scan and injection", SCAN), WayToClear("Add the report", REPORT)),
        "ultrasound-guidance": (_OTHER_TIME,),
        "no-ultrasound-target": (_NEWER_REPORT, _DECIDE),
        "tendon-tear": (_NEWER_REPORT, _DECIDE),
        "other-imaging-diagnosis": (_NEWER_REPORT, _DECIDE),
        "saddle-or-bladder": (_CALL, _asks("saddle_or_bladder")),
        "progressive-weakness": (_CALL, _asks("progressive_weakness")),
        "systemic-red-flag": (_CALL, _asks("fever"), _DECIDE),
        "suspected-avulsion": (_CALL, _NEWER_REPORT, _pathway("suspected_avulsion")),
        "acute-trauma": (_CALL, _asks("injury_on", "Correct the answers"), _NEWER_REPORT),
        "nerve-or-back": (_asks("numbness"), _DECIDE),
        "pain-site-mismatch": (_asks("main_pain_site"), _OTHER_SITE),
        "hypersensitivity": (_asks("steroid_or_anaesthetic_allergy"), _DECIDE),
        "local-infection": (_CALL, _asks("infection_at_site")),
        "systemic-infection": (_asks("infection_or_antibiotics"), _OTHER_TIME),
        "interacting-medicine": (_asks("interacting_medicine"),),
        "anticoagulant": (_asks("blood_thinner", "Ask about the blood thinner"), _DECIDE),
        "live-vaccine": (_OTHER_TIME, _asks("live_vaccine")),
        "immunosuppressed": (_asks("immunosuppressed"), _DECIDE),
        "steroid-card": (_asks("steroid_card"), _DECIDE),
        "anti-doping": (_asks("tested_sport", "Ask about the next event"), _OTHER_TIME),
        "pregnancy": (_asks("pregnant"), _DECIDE),
        "joint-replacement": (_asks("joint_replacement_at_site"), _DECIDE),
        "under-18": (_OTHER_TIME, WayToClear("Correct the date of birth", DETAILS)),
        "surgery-planned": (_asks("surgery_planned", "Ask about the operation"), _OTHER_TIME),
        "diabetes": (_asks("diabetes", "Ask about the diabetes"), _DECIDE),
        "hypertension": (_asks("uncontrolled_blood_pressure"), _DECIDE),
        "recent-surgery": (_asks("recent_surgery_at_site"), _DECIDE),
        "chickenpox-contact": (_asks("chickenpox_or_shingles_contact"), _DECIDE),
        "screening-incomplete": (WayToClear("Ask these questions", OPEN_QUESTIONS),),
        "screening-stale": (_asks("fever", "Ask the questions again"),),
    }
)
"""By rule id. The radiologist's decision stands beside the ways in which a finding goes."""

NO_WAY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "intratendinous-target": "Not part of a booking: what is injected is entered, and corrected, at the procedure.",
        "skin-or-latex-allergy": "Nothing needs clearing: other materials are laid out.",
        "breastfeeding": "Nothing needs clearing: it is discussed at the visit.",
        CHECK_FAILED: "The check itself failed: tell the people who run the clinic’s computers.",
    }
)
"""Why a rule has none."""

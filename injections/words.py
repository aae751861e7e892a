"""What pages and forms call the codes of the rules: one phrase for each. Data and lookups, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from injections.safety import codes, sites
from injections.safety.beside import LABELS_BESIDE
from injections.safety.dates import partial_in_words, past_date, when_in_words
from injections.safety.questions import FOLLOW_UPS, QUESTIONS

AREA_NAMES = {
    sites.ISCHIAL_TUBEROSITY: "Sit bone (ischial tuberosity)",
    sites.GREATER_TROCHANTER: "Side of the hip (greater trochanter)",
    sites.HIP_JOINT: "Hip joint",
    sites.SACROILIAC_JOINT: "Sacroiliac joint",
}
SITE_NAMES = {site.code: site.name for site in sites.SITES}
SIDES = {"left": "Left", "right": "Right", "both": "Both sides", "unknown": "Side not known"}
DIABETES_CONTROL = {
    "yes": "Poorly controlled",
    "no": "Well controlled",
    "not-sure": "Not sure",
    "not-applicable": "Does not apply",
}
ANSWERS = {"yes": "Yes", "no": "No", "not-sure": "Not sure", "not-applicable": "Does not apply"}
TARGETS = {
    "peritendinous": "Beside the tendon (peritendinous)",
    "bursa": "Bursa",
    "joint": "Joint",
    "intratendinous": "Inside the tendon",
}
ONSETS = {"gradual": "Bit by bit", "sudden": "Suddenly"}
PAIN_SITES = {
    "sit-bone": "At the sit bone",
    "buttock-crease": "At the crease under the buttock",
    "back-of-thigh": "At the back of the thigh",
    "side-of-hip": "At the side of the hip",
    "groin": "In the groin",
    "low-back": "In the low back",
    "upper-buttock": "In the upper buttock",
    "other": "Somewhere else",
}
BLOOD_THINNERS = {
    "doac": "Apixaban, rivaroxaban, edoxaban or dabigatran",
    "antiplatelet": "Aspirin or clopidogrel",
    "warfarin": "Warfarin",
    "several": "More than one",
}
PHYSIOTHERAPY = {"none": "None so far", "ongoing": "Going on", "completed": "Completed", "not-possible": "Not possible"}
RESPONSES = {"satisfactory": "Helped enough", "not-satisfactory": "Did not help enough"}
INDICATIONS = {
    "deep-buttock-pain": "Deep pain in the buttock",
    "pain-with-running": "Pain when running",
    "pain-with-hip-flexion-loading": "Pain when the bent hip is loaded",
    "gradual-onset-after-training-change": "Gradual onset after a change in training",
    "persistent-without-acute-tear": "Persistent, without an acute tear",
    "sit-bone-tenderness": "Tender at the sit bone",
    "recurrent-in-athlete": "Comes back in an athlete",
    "buttock-pain-hip-joint-unremarkable": "Buttock pain with an unremarkable hip joint",
}
MODALITIES = {"ultrasound": "Ultrasound", "mri": "MRI"}
TEARS = {"none": "None", "partial": "Partial", "full": "Full", "avulsion": "Avulsion"}
OTHER_DIAGNOSES = {
    "none": "None",
    "stress-fracture": "Stress fracture",
    "ischiofemoral-impingement": "Ischiofemoral impingement",
    "sciatic-involvement": "Sciatic nerve involved",
    "other": "Something else",
}
TENDINOPATHY_GRADES = {"mild": "Mild", "moderate": "Moderate", "high-grade": "High-grade"}
"""Shown and judged by nobody."""
TENDONS = (
    "Semimembranosus",
    "Biceps femoris, long head",
    "Semitendinosus",
    "Conjoint tendon of biceps femoris and semitendinosus",
    "Gluteus medius",
    "Gluteus minimus",
    "Iliopsoas",
)
"""Proposed to whoever types a tendon; any other is taken."""
YES_NO = {"yes": "Yes", "no": "No"}
OSTEOARTHRITIS = {"none": "None", "mild": "Mild", "moderate": "Moderate", "severe": "Severe"}
JOINT_FINDINGS = {
    "effusion": "Effusion of the joint",
    "osteoarthritis": "Osteoarthritis of the joint",
    "labral_tear": "Tear of the labrum",
    "sacroiliitis": "Sacroiliitis",
}
JOINT_FINDINGS_OF = {
    sites.HIP_JOINT: ("effusion", "osteoarthritis", "labral_tear"),
    sites.SACROILIAC_JOINT: ("effusion", "osteoarthritis", "sacroiliitis"),
}
"""What a report of a joint may say beside the rules' fields; judged by nobody."""
ACTIVITIES = {"sport": "Sport", "race": "A race or competition", "travel": "Travel", "manual-work": "Manual work"}
LOADING_STAGES = {
    1: "isometric",
    2: "isotonic with little hip flexion",
    3: "more hip flexion",
    4: "energy storage and release",
}
"""Source: Physiotherapy guide, progressive loading programme."""

TREATMENTS = {
    "load-management": "Load management and changed activity",
    "loading-programme": "Progressive loading programme",
    "manual-therapy": "Manual therapy",
    "ice-or-heat": "Ice or heat",
    "acupuncture": "Acupuncture",
    "shockwave": "Shockwave therapy",
    "anti-inflammatory-tablets": "Anti-inflammatory tablets",
    "earlier-injection": "An earlier injection",
}
"""Sources: Physiotherapy guide, adjunct therapies; MSK Ultrasound & Injections clinic, treatment."""
VERDICTS = {"clear": "clear", "review": "needs review", "blocked": "not possible"}
OUTCOMES = {
    "approve": "Approve",
    "override": "Override",
    "delay": "Delay",
    "decline": "Do not inject",
    "ask": "Need information",
}
REASON_CODES = {
    "benefit-outweighs-risk": "The benefit outweighs the risk",
    "no-alternative": "There is no alternative",
    "specialist-advice": "A specialist advised it",
    "finding-not-relevant": "The finding does not apply here",
    "other": "Another reason, given below",
}
CHECKS_TODAY = {
    "well": "The patient is well today, without a temperature",
    "no_infection_or_antibiotics": "No infection, no antibiotics",
    "skin_whole": "The skin at the site is whole",
    "pregnancy": "Not pregnant",
    "allergies": "Allergies gone through: nothing stands in the way",
    "medicines": "Medicines gone through, with the INR on warfarin: nothing stands in the way",
    "no_new_injection": "No new steroid injection anywhere else",
    "no_new_symptom": "No new injury and no new symptom",
    "side_and_site_marked": "Side and site are marked",
    "chaperone_offered": "A chaperone was offered",
    "way_home": "The patient has a way home without driving or cycling",
}
CONSENT = {
    "explained": "Benefits, risks and alternatives were explained",
    "questions_answered": "The patient's questions were answered, and they agree",
}
CONSENT_MORE = {
    "alternatives": "Alternatives were named, doing nothing among them",
    "capacity": "The patient understands, weighs up and decides for themselves",
}
"""Said of a consent beside what the gate asks; a "no" is out of the ordinary as well."""
RISKS_GIVEN = {"mail": "By email", "link": "On the patient's page", "paper": "On paper", "read-out": "Read out here"}
"""How the text of the risks was given."""
PRECAUTIONS = {
    "frail": "The patient is frail",
    "falls": "The patient fell in the last 12 months",
    "escort-home": "Somebody takes the patient home",
    "longer-stay": "The patient stays longer, until feeling and strength are back",
    "call-next-day": "We phone the patient the next day",
}
"""Who may fall with a numb leg, and what is arranged for it."""
GIVERS = {"patient": "the patient", "carer": "a carer", "clinician": "a clinician"}
"""Who gave an answer."""
ALERTS = {
    "deceased": "Died",
    "allergy": "Allergy",
    "do-not-inject": "Do not inject",
    "consent-withdrawn": "Consent withdrawn",
    "delayed": "Delayed",
    "blood-thinner": "Blood thinner",
    "diabetes": "Diabetes",
    "condition": "Condition",
    "medicine": "Medicine",
    "interpreter": "Interpreter",
    "needs": "Access needs",
}
"""What stands at the top of every page about a patient."""
CONDITION_KINDS = {"condition": "A condition", "medicine": "A medicine"}
CONDITIONS = (
    "Epilepsy",
    "Heart block",
    "Glaucoma",
    "Osteoporosis",
    "Steroid tablets",
    "MRSA carrier",
    "Fainting",
    "Kidney disease",
    "Liver disease",
    "Diabetes",
    "High blood pressure",
)
ALLERGENS = (
    "Penicillin",
    "Latex",
    "Methylprednisolone",
    "Triamcinolone",
    "Lidocaine",
    "Bupivacaine",
    "Chlorhexidine",
    "Iodine",
    "Plasters",
    "Aspirin or ibuprofen",
)
REACTIONS = ("Anaphylaxis", "Swelling of face or tongue", "Breathlessness", "Rash", "Itching", "Vomiting")
SAID_BY = ("The patient", "A carer", "The GP’s letter", "A hospital’s letter", "A clinician")
"""Proposed to whoever types them; anything else is taken."""
TOLD_OF_A_DEATH = ("A relative", "The GP’s letter", "A hospital’s letter", "The executor", "A care home")
"""The same, of a death."""
QUESTION_LABELS = {code: question.label for code, question in QUESTIONS.items()} | LABELS_BESIDE
QUESTION_LABELS |= {follow_up.field: follow_up.label for follow_up in FOLLOW_UPS}

_EVERY: tuple[tuple[Iterable[str], Mapping[str, str]], ...] = (
    (sites.AREAS, AREA_NAMES),
    (codes.ANSWERS, ANSWERS),
    (codes.TARGETS, TARGETS),
    (codes.HISTORY_SIDES, SIDES),
    (codes.ONSETS, ONSETS),
    (codes.PAIN_SITES, PAIN_SITES),
    (codes.BLOOD_THINNER_KINDS, BLOOD_THINNERS),
    (codes.PHYSIOTHERAPY, PHYSIOTHERAPY),
    (codes.RESPONSES, RESPONSES),
    (codes.INDICATIONS, INDICATIONS),
    (codes.MODALITIES, MODALITIES),
    (codes.TEARS, TEARS),
    (codes.OTHER_DIAGNOSES, OTHER_DIAGNOSES),
    (codes.ACTIVITY_KINDS, ACTIVITIES),
    (codes.TREATMENTS, TREATMENTS),
)


def unnamed() -> list[str]:
    """Codes of the rules that have no words here; a test keeps this empty."""
    return [code for known, named in _EVERY for code in known if code not in named]


def answer_words(question: str, value: str) -> str:
    """What was answered to one question; of how well a diabetes is controlled, which is asked the other way round, in
    words of its own.
    """
    if question == "diabetes_poorly_controlled":
        return DIABETES_CONTROL.get(value, value)
    return ANSWERS.get(value, value)


def choices(named: Mapping[str, str], only: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """The choices of a form field, in the order of `named`."""
    wanted = set(named if only is None else only)
    return [(code, words) for code, words in named.items() if code in wanted]


def diagnosis(code: str, text: str) -> str:
    """Another diagnosis of a report: "Something else: a lipoma", "Stress fracture"."""
    named = OTHER_DIAGNOSES.get(code, code)
    return f"{named}: {text}" if text else named


SAID_OF_REPORTS = (
    *("tendon", "tendinopathy", "tendinopathy_grade", "bursitis", "tear", "tear_grade", "tear_size_mm"),
    *JOINT_FINDINGS,
    *("other_diagnosis", "other_diagnosis_text"),
)


def report_says(said: Mapping[str, Any]) -> str:
    """What the fields of a report say, in a sentence: "Tendinopathy yes (mild), bursitis no, tear partial (2, 4 mm)."

    Of what it does not speak nothing is said; a report as evidence of a rule has the rules' own fields alone.
    """
    other = said.get("other_diagnosis") or "none"
    size = f"{float(said['tear_size_mm']):g} mm" if said.get("tear_size_mm") is not None else ""
    named = (
        ("tendon:", said.get("tendon"), ""),
        ("tendinopathy", said.get("tendinopathy"), said.get("tendinopathy_grade")),
        ("bursitis", said.get("bursitis"), ""),
        ("tear", said.get("tear"), ", ".join(filter(None, (said.get("tear_grade"), size)))),
        *((label.lower(), said.get(name), "") for name, label in JOINT_FINDINGS.items()),
        ("", "" if other == "none" else diagnosis(other, said.get("other_diagnosis_text") or ""), ""),
    )
    found = [f"{label} {value}{f' ({more})' if more else ''}".strip() for label, value, more in named if value]
    text = ", ".join(found)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def given_in_words(given: str | None, recorded_on: date | None, *, counts: bool = True) -> str:
    """When an injection was given, as it was said: "14 August 2026", "some time in 2025, counted as 31 December", "an
    unknown date, counted as 2 March 2026". The day it counts as is never printed as if it were known.
    `counts`: whether it is taken for a steroid at all; of one that is not, no day counts.
    """
    past = past_date(given, recorded_on)
    if past.latest is None or not counts:
        return partial_in_words(given) if given is None or past.is_exact else f"some time in {partial_in_words(given)}"
    return when_in_words(given, past.latest).removeprefix("on ")


def rule_words(rule: str) -> str:
    """A rule id as a phrase: "repeat-interval" → "Repeat interval"."""
    return rule.replace("-", " ").capitalize()

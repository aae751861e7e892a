"""Sections B to E of the rules, one plain function a rule: pathway, red flags, medicines, completeness.

Each takes the batch line and returns "critical", "warning", "info", or None when it does not fire.
"""

from datetime import date, timedelta

from tests.trials.oracle.days import ONE_DAY, add_months
from tests.trials.oracle.words import (
    QUESTIONS,
    answer,
    answered_at,
    date_in_screening,
    is_ischial,
    is_ischial_or_trochanteric,
    matching_reports,
    newest,
    newest_of_each_kind,
    other_side,
    pathway,
    performed_on,
    request_area,
    request_start,
    screening,
    start_day,
    times_of_answers,
    worst,
    yes,
)

FORTNIGHT = timedelta(hours=14 * 24)

# B. Pathway


def conservative_care_first(line: dict) -> str | None:
    if not is_ischial_or_trochanteric(line):
        return None
    physiotherapy = pathway(line, "physiotherapy")
    if physiotherapy == "not-possible":
        return "info" if str(pathway(line, "not_possible_reason") or "").strip() else "warning"
    if physiotherapy in ("none", None):
        return "warning"
    return None if pathway(line, "response") == "not-satisfactory" else "warning"


def specialist_assessment(line: dict) -> str | None:
    return None if pathway(line, "specialist_assessment") == "yes" else "warning"


def ultrasound_assessment(line: dict) -> str | None:
    if line["request"].get("includes_scan") is True:
        return None
    injury_on = date_in_screening(line, "injury_on")
    counted = [one for one in matching_reports(line) if injury_on is None or performed_on(one) >= injury_on]
    ultrasounds = [one for one in counted if one["modality"] == "ultrasound"]
    if not ultrasounds:
        return "warning" if counted else "critical"
    if add_months(performed_on(newest(ultrasounds)[0]), 12) <= start_day(line):
        return "warning"
    return None


def ultrasound_guidance(line: dict) -> str | None:
    return "critical" if line["request"].get("ultrasound_guided") is False else None


def no_ultrasound_target(line: dict) -> str | None:
    if not is_ischial(line):
        return None
    for report in newest(matching_reports(line)):
        if report["tendinopathy"] == "no" and report["bursitis"] == "no":
            return "warning"
    return None


def tendon_tear(line: dict) -> str | None:
    if not is_ischial(line):
        return None
    tears = [report["tear"] for report in newest_of_each_kind(matching_reports(line))]
    if "full" in tears:
        return "critical"
    return "warning" if "partial" in tears else None


def intratendinous_target(line: dict) -> str | None:
    return "critical" if "intratendinous" in (line["request"].get("targets") or []) else None


def no_indication(line: dict) -> str | None:
    return "warning" if is_ischial(line) and not pathway(line, "indications") else None


def mild_and_improving(line: dict) -> str | None:
    return "warning" if is_ischial(line) and pathway(line, "mild_and_improving") == "yes" else None


def other_imaging_diagnosis(line: dict) -> str | None:
    diagnoses = [report["other_diagnosis"] for report in newest_of_each_kind(matching_reports(line))]
    if "stress-fracture" in diagnoses:
        return "critical"
    for diagnosis in ("ischiofemoral-impingement", "sciatic-involvement", "other"):
        if diagnosis in diagnoses:
            return "warning"
    return None


def side_mismatch(line: dict) -> str | None:
    return "critical" if screening(line, "pain_side") == other_side(line["request"]["side"]) else None


# C. Red flags and mimics


def acute_trauma(line: dict) -> str | None:
    if screening(line, "onset") == "gradual" and not yes(line, "sudden_pop"):
        return signs_of_trauma_after_gradual_onset(line)
    if not yes(line, "sudden_pop", "bruising", "marked_weakness", "difficulty_walking"):
        return None
    injury_on = date_in_screening(line, "injury_on")
    if injury_on is None or start_day(line) < injury_on + 84 * ONE_DAY:
        return "critical"
    latest = newest_of_each_kind([report for report in matching_reports(line) if performed_on(report) >= injury_on])
    torn = [report for report in latest if report["tear"] in ("full", "avulsion")]
    return "info" if latest and not torn else "warning"


def signs_of_trauma_after_gradual_onset(line: dict) -> str | None:
    if yes(line, "marked_weakness"):
        return "warning"
    return "info" if yes(line, "bruising", "difficulty_walking") else None


def suspected_avulsion(line: dict) -> str | None:
    if pathway(line, "suspected_avulsion") == "yes":
        return "critical"
    for report in newest_of_each_kind(matching_reports(line)):
        if report["tear"] == "avulsion":
            return "critical"
    return None


def systemic_red_flag(line: dict) -> str | None:
    if yes(line, "fever", "unexplained_weight_loss"):
        return "critical"
    found = []
    if yes(line, "cancer_history"):
        found.append("warning")
    if yes(line, "night_pain"):
        found.append("info" if request_area(line) == "greater-trochanter" else "warning")
    if yes(line, "inflammatory_disease"):
        found.append("info" if request_area(line) == "sacroiliac-joint" else "warning")
    return worst(found)


def saddle_or_bladder(line: dict) -> str | None:
    return "critical" if yes(line, "saddle_or_bladder") else None


def progressive_weakness(line: dict) -> str | None:
    return "critical" if yes(line, "progressive_weakness") else None


def nerve_or_back(line: dict) -> str | None:
    if yes(line, "pain_below_knee", "numbness"):
        return "warning"
    if yes(line, "back_pain") and request_area(line) != "sacroiliac-joint":
        return "info"
    return None


def pain_site_mismatch(line: dict) -> str | None:
    fits = {
        "ischial-tuberosity": ("sit-bone", "buttock-crease", "back-of-thigh"),
        "greater-trochanter": ("side-of-hip",),
        "hip-joint": ("groin",),
        "sacroiliac-joint": ("low-back", "upper-buttock"),
    }
    pain_site = screening(line, "main_pain_site")
    return "warning" if pain_site is not None and pain_site not in fits[request_area(line)] else None


# D. Medicines and conditions


def hypersensitivity(line: dict) -> str | None:
    return "critical" if yes(line, "steroid_or_anaesthetic_allergy") else None


def local_infection(line: dict) -> str | None:
    return "critical" if yes(line, "infection_at_site") else None


def systemic_infection(line: dict) -> str | None:
    if yes(line, "infection_or_antibiotics"):
        at = answered_at(line, "infection_or_antibiotics")
        if at is None or request_start(line) - at < FORTNIGHT:
            return "critical"
    if yes(line, "preventive_antibiotic"):
        return "warning"
    return "info" if yes(line, "infection_or_antibiotics") else None


def pregnancy(line: dict) -> str | None:
    return "critical" if yes(line, "pregnant") else None


def joint_replacement(line: dict) -> str | None:
    if not yes(line, "joint_replacement_at_site"):
        return None
    return "critical" if request_area(line) in ("hip-joint", "greater-trochanter") else "warning"


def interacting_medicine(line: dict) -> str | None:
    return "critical" if yes(line, "interacting_medicine") else None


def under_18(line: dict) -> str | None:
    born = date.fromisoformat(line["patient"]["date_of_birth"])
    return "critical" if start_day(line) < add_months(born, 18 * 12) else None


def surgery_planned(line: dict) -> str | None:
    if not yes(line, "surgery_planned"):
        return None
    surgery_on = date_in_screening(line, "surgery_on")
    if surgery_on is None or surgery_on < start_day(line):
        return "warning"
    if surgery_on < add_months(start_day(line), 3):
        return "critical"
    return "warning" if surgery_on < add_months(start_day(line), 6) else None


def anticoagulant(line: dict) -> str | None:
    if yes(line, "bleeding_disorder"):
        return "warning"
    if not yes(line, "blood_thinner"):
        return None
    kind = screening(line, "blood_thinner_kind")
    if kind in ("doac", "antiplatelet"):
        return "info"
    return "info" if kind == "warfarin" and inr_is_good_and_fresh(line) else "warning"


def inr_is_good_and_fresh(line: dict) -> bool:
    inr, inr_on = screening(line, "inr"), date_in_screening(line, "inr_on")
    if inr is None or inr_on is None:
        return False
    return float(str(inr)) <= 3.0 and inr_on <= start_day(line) < inr_on + 8 * ONE_DAY


def diabetes(line: dict) -> str | None:
    control = screening(line, "diabetes_poorly_controlled")
    if control == "yes":
        return "warning"
    if not yes(line, "diabetes"):
        return None
    return "info" if control in ("no", "not-applicable") else "warning"


def hypertension(line: dict) -> str | None:
    return "warning" if yes(line, "uncontrolled_blood_pressure") else None


def recent_surgery(line: dict) -> str | None:
    return "warning" if yes(line, "recent_surgery_at_site") else None


def live_vaccine(line: dict) -> str | None:
    return "warning" if yes(line, "live_vaccine") else None


def immunosuppressed(line: dict) -> str | None:
    return "warning" if yes(line, "immunosuppressed") else None


def chickenpox_contact(line: dict) -> str | None:
    return "warning" if yes(line, "chickenpox_or_shingles_contact") else None


def steroid_card(line: dict) -> str | None:
    return "warning" if yes(line, "steroid_card") else None


def anti_doping(line: dict) -> str | None:
    if answer(line, "tested_sport") == "not-sure":
        return "info"
    if not yes(line, "tested_sport"):
        return None
    next_event_on = date_in_screening(line, "next_event_on")
    if next_event_on is None or next_event_on < start_day(line) + 11 * ONE_DAY:
        return "warning"
    return None


def breastfeeding(line: dict) -> str | None:
    return "info" if yes(line, "breastfeeding") else None


def skin_or_latex_allergy(line: dict) -> str | None:
    return "info" if yes(line, "skin_or_latex_allergy") else None


# E. Completeness


def screening_incomplete(line: dict) -> str | None:
    unknown = unanswered_questions(line)
    for field in ("onset", "main_pain_site", "pain_side"):
        if screening(line, field) is None:
            unknown.append(field)
    if not unknown:
        return None
    mild = ["back_pain", "breastfeeding", "skin_or_latex_allergy"]
    if request_area(line) == "greater-trochanter":
        mild.append("night_pain")
    if request_area(line) == "sacroiliac-joint":
        mild.append("inflammatory_disease")
    return "warning" if [one for one in unknown if one not in mild] else "info"


def unanswered_questions(line: dict) -> list[str]:
    unknown = []
    for question in QUESTIONS:
        said = answer(line, question)
        if question == "steroid_injection_last_12_months":
            continue
        if question == "tested_sport" and said == "not-sure":
            continue
        if said not in ("yes", "no"):
            unknown.append(question)
    return unknown


def screening_stale(line: dict) -> str | None:
    times = times_of_answers(line)
    return "info" if times and request_start(line) - min(times) >= FORTNIGHT else None

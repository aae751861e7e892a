"""The words the rules share (areas, sides, "given", "yes", "newest report"), read off the batch line."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.trials.oracle.days import counts_as, instant, local_day

AREAS = {
    "hamstring-origin": "ischial-tuberosity",
    "ischiogluteal-bursa": "ischial-tuberosity",
    "trochanteric-bursa": "greater-trochanter",
    "hip-joint": "hip-joint",
    "sacroiliac-joint": "sacroiliac-joint",
}

QUESTIONS = [
    "sudden_pop",
    "bruising",
    "marked_weakness",
    "difficulty_walking",
    "fever",
    "unexplained_weight_loss",
    "cancer_history",
    "night_pain",
    "inflammatory_disease",
    "saddle_or_bladder",
    "progressive_weakness",
    "numbness",
    "pain_below_knee",
    "back_pain",
    "steroid_or_anaesthetic_allergy",
    "infection_at_site",
    "infection_or_antibiotics",
    "preventive_antibiotic",
    "pregnant",
    "breastfeeding",
    "joint_replacement_at_site",
    "interacting_medicine",
    "surgery_planned",
    "blood_thinner",
    "bleeding_disorder",
    "diabetes",
    "uncontrolled_blood_pressure",
    "recent_surgery_at_site",
    "live_vaccine",
    "immunosuppressed",
    "chickenpox_or_shingles_contact",
    "steroid_card",
    "tested_sport",
    "skin_or_latex_allergy",
    "steroid_injection_last_12_months",
]

OTHER_TIMED_ANSWERS = ["onset", "injury_on", "main_pain_site", "pain_side"]
SEVERITIES = ("critical", "warning", "info")


def worst(severities: list[str]) -> str | None:
    for severity in SEVERITIES:
        if severity in severities:
            return severity
    return None


def request_start(line: dict) -> datetime:
    return instant(line["request"]["start"])


def request_end(line: dict) -> datetime:
    return end_of(line["request"])


def end_of(visit: dict) -> datetime:
    """The end of a requested or booked visit; left out, half an hour after its start."""
    if visit.get("end") is None:
        return instant(visit["start"]) + timedelta(minutes=30)
    return instant(visit["end"])


def start_day(line: dict) -> date:
    return local_day(request_start(line))


def request_area(line: dict) -> str:
    return AREAS[line["request"]["site"]]


def is_ischial(line: dict) -> bool:
    return request_area(line) == "ischial-tuberosity"


def is_ischial_or_trochanteric(line: dict) -> bool:
    return request_area(line) in ("ischial-tuberosity", "greater-trochanter")


def other_side(side: str) -> str:
    return "right" if side == "left" else "left"


def matches(injection: dict, area: str, side: str) -> bool:
    """Whether an injection lies in this area and side; both and unknown lie on each, other-site nowhere."""
    site = injection["site"]
    if site == "other-site":
        return False
    if site != "hip-region-unspecified" and AREAS[site] != area:
        return False
    return injection.get("side") in (side, "both", "unknown", None)


def in_same_area(line: dict, injection: dict) -> bool:
    return matches(injection, request_area(line), line["request"]["side"])


def in_same_area_on_other_side(line: dict, injection: dict) -> bool:
    return matches(injection, request_area(line), other_side(line["request"]["side"]))


def given(line: dict) -> list[dict]:
    """The injections that count: given or part-given, and not known to be without steroid."""
    counted = []
    for injection in line.get("injections") or []:
        if injection.get("status") in ("given", "part-given", None) and injection.get("steroid") is not False:
            counted.append(injection)
    return counted


def booked(line: dict) -> list[dict]:
    return list(line.get("booked") or [])


def booked_day(booking: dict) -> date:
    return local_day(instant(booking["start"]))


def given_and_booked_days(line: dict) -> list[tuple[dict, date]]:
    """Every injection, given or booked, with the date it counts as for the requested start."""
    dated = [(injection, counts_as(injection, start_day(line))) for injection in given(line)]
    dated += [(booking, booked_day(booking)) for booking in booked(line)]
    return dated


def screening(line: dict, field: str) -> Any:
    return (line.get("screening") or {}).get(field)


def answer(line: dict, question: str) -> str | None:
    """yes, no, not-sure, or None when unanswered; not-applicable counts as no."""
    assert question in QUESTIONS
    found = ((line.get("screening") or {}).get("answers") or {}).get(question)
    return "no" if found == "not-applicable" else found


def yes(line: dict, *questions: str) -> bool:
    """Whether any of these was answered yes."""
    return any(answer(line, question) == "yes" for question in questions)


def pathway(line: dict, field: str) -> Any:
    return (line.get("pathway") or {}).get(field)


def date_in_screening(line: dict, field: str) -> date | None:
    text = screening(line, field)
    return None if text is None else date.fromisoformat(str(text))


def answered_at(line: dict, question: str) -> datetime | None:
    """When this question was answered: its own time, else that of the whole screening, else unknown."""
    own = (screening(line, "answered") or {}).get(question)
    text = screening(line, "answered_at") if own is None else own
    return None if text is None else instant(str(text))


def times_of_answers(line: dict) -> list[datetime]:
    """When each question that has an answer was answered, as far as that is known."""
    found = []
    for question in QUESTIONS:
        if answer(line, question) is not None:
            found.append(answered_at(line, question))
    for field in OTHER_TIMED_ANSWERS:
        if screening(line, field) is not None:
            found.append(answered_at(line, field))
    return [at for at in found if at is not None]


def matching_reports(line: dict) -> list[dict]:
    """The reports of this area and exactly this side."""
    found = []
    for report in line.get("reports") or []:
        if report["area"] == request_area(line) and report["side"] == line["request"]["side"]:
            found.append(report)
    return found


def performed_on(report: dict) -> date:
    return date.fromisoformat(report["performed_on"])


def newest(reports: list[dict]) -> list[dict]:
    """The newest of these reports, of either modality: more than one when several share the newest date."""
    latest = max((performed_on(report) for report in reports), default=None)
    return [report for report in reports if performed_on(report) == latest]


def newest_of_each_kind(reports: list[dict]) -> list[dict]:
    """The newest ultrasound and the newest MRI of these reports."""
    found = []
    for modality in ("ultrasound", "mri"):
        found += newest([report for report in reports if report["modality"] == modality])
    return found

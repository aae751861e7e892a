"""Random patients, answers, pathways, reports and decisions; in a troubled line a value may be any of its list."""

from datetime import UTC, date, datetime
from random import Random

from tests.trials.oracle.days import add_months, counts_as, first_possible_day, local_day
from tests.trials.oracle.moments import DAY, HOUR, MINUTE, around_a_fortnight, months_before, written
from tests.trials.oracle.words import AREAS, OTHER_TIMED_ANSWERS, QUESTIONS

FIVE_ANSWERS = ["yes", "no", "not-sure", "not-applicable", None]
PAIN_SITES = {
    "ischial-tuberosity": ["sit-bone", "buttock-crease", "back-of-thigh"],
    "greater-trochanter": ["side-of-hip"],
    "hip-joint": ["groin"],
    "sacroiliac-joint": ["low-back", "upper-buttock"],
}
ALL_PAIN_SITES = [*[site for fitting in PAIN_SITES.values() for site in fitting], "other", None]
PART_OF_THE_CONDITION = {"greater-trochanter": "night_pain", "sacroiliac-joint": "inflammatory_disease"}
INDICATIONS = [
    "deep-buttock-pain",
    "pain-with-running",
    "pain-with-hip-flexion-loading",
    "gradual-onset-after-training-change",
    "persistent-without-acute-tear",
    "sit-bone-tenderness",
    "recurrent-in-athlete",
    "buttock-pain-hip-joint-unremarkable",
]

TREATMENTS = [
    "load-management",
    "loading-programme",
    "manual-therapy",
    "ice-or-heat",
    "acupuncture",
    "shockwave",
    "anti-inflammatory-tablets",
]


def random_patient(rng: Random, start: datetime, trouble: float) -> dict:
    day = local_day(start)
    born = date(rng.randint(1940, 2000), rng.randint(1, 12), rng.randint(1, 28))
    if rng.random() < max(trouble, 0.03):
        born = months_before(rng, day, 18 * 12)
    if rng.random() < 0.05:
        born = date(rng.choice([1980, 2000, 2008]), 2, 29)
    patient: dict = {"date_of_birth": born.isoformat()}
    if rng.random() < 0.5:
        patient["open_warning_sign"] = rng.random() < trouble / 2
    return patient


def random_screening(rng: Random, start: datetime, request: dict, trouble: float, injections: list[dict]) -> dict:
    day = local_day(start)
    answers = random_answers(rng, trouble, injections)
    random_answers_of_the_area(rng, AREAS[request["site"]], answers)
    answered = rng.choice([3, 13, 14, 14, 20, -1]) * DAY
    answered_at = start - answered + rng.choice([-1, 0, 1]) * MINUTE
    screening: dict = {"answers": answers}
    if rng.random() < 0.95:
        screening["answered_at"] = written(rng, answered_at)
    screening["onset"] = rng.choice(["sudden", None, "gradual"]) if rng.random() < trouble else "gradual"
    if rng.random() < max(trouble, 0.1):
        screening["injury_on"] = (day - rng.choice([83, 84, 84, 85, 200, 10, -1]) * DAY).isoformat()
        if rng.random() < 0.5:
            screening["onset"] = rng.choice(["sudden", None])
            answers[rng.choice(["sudden_pop", "bruising", "marked_weakness", "difficulty_walking"])] = "yes"
    fitting = PAIN_SITES[AREAS[request["site"]]]
    screening["main_pain_site"] = rng.choice(ALL_PAIN_SITES) if rng.random() < trouble else rng.choice(fitting)
    screening["pain_side"] = rng.choice(
        ["left", "right", "both", None] if rng.random() < trouble else [request["side"], "both"]
    )
    screening.update(random_follow_ups(rng, day, answers))
    if rng.random() < 0.5:
        screening["answered"] = random_times(rng, start, screening, injections)
    return screening


def random_answers_of_the_area(rng: Random, area: str, answers: dict) -> None:
    """Now and then what belongs to the condition itself in this area, and an infection of whatever day."""
    if area in PART_OF_THE_CONDITION and rng.random() < 0.3:
        answers[PART_OF_THE_CONDITION[area]] = rng.choice(["yes", "yes", "not-sure", None])
    if rng.random() < 0.08:
        answers["infection_or_antibiotics"] = "yes"


def random_times(rng: Random, start: datetime, screening: dict, injections: list[dict]) -> dict:
    """Times of single answers: of a few or of all, two weeks before the start or beside, fresh or old; the one
    about earlier injections also around the year in which one of them lies."""
    timed = [*QUESTIONS, *OTHER_TIMED_ANSWERS]
    answers = screening["answers"]
    has_answer = [one for one in timed if answers.get(one) is not None or screening.get(one) is not None]
    few = rng.sample(has_answer, rng.randint(0, 2)) + rng.sample(timed, rng.choice([0, 0, 0, 1]))
    chosen = has_answer if rng.random() < 0.2 else few
    fresh = rng.choice([1, 5, 13]) * DAY
    found: dict = {one: written(rng, start - fresh) for one in chosen}
    if answers.get("infection_or_antibiotics") == "yes" or rng.random() < 0.1:
        found["infection_or_antibiotics"] = written(rng, start - around_a_fortnight(rng))
    if rng.random() < 0.3:
        found[rng.choice(chosen or has_answer)] = written(rng, start - rng.choice([around_a_fortnight(rng), 40 * DAY]))
    if rng.random() < 0.6:
        asked_at = beside_the_year_of(rng, start, injections)
        if asked_at is not None:
            found["steroid_injection_last_12_months"] = written(rng, asked_at)
    if rng.random() < 0.05:
        found[rng.choice(timed)] = None
    return found


def beside_the_year_of(rng: Random, start: datetime, injections: list[dict]) -> datetime | None:
    """An instant on or beside one end of the window in which an answer may mean one of these injections: its
    first possible day, the minute it ended, or 12 months after the day it counts as."""
    places = []
    for injection in injections:
        ends = add_months(counts_as(injection, local_day(start)), 12) + rng.choice([-1, -1, 0, 0, 1]) * DAY
        places.append(datetime(ends.year, ends.month, ends.day, rng.choice([0, 12, 22, 23]), 30, tzinfo=UTC))
        if injection.get("ended_at") is not None:
            places.append(datetime.fromisoformat(injection["ended_at"]) + rng.choice([-1, 0, 1]) * MINUTE)
        elif injection.get("given") is not None:
            begins = first_possible_day(injection["given"]) + rng.choice([-1, 0]) * DAY
            places.append(datetime(begins.year, begins.month, begins.day, rng.choice([0, 12, 22, 23]), 30, tzinfo=UTC))
    before = [at for at in places if at < start + 24 * HOUR]
    return rng.choice(before) if before else None


def random_answers(rng: Random, trouble: float, injections: list[dict]) -> dict:
    """Every question with each of its five values in troubled lines; in calm ones nearly all no."""
    answers: dict = {}
    for question in QUESTIONS:
        said = rng.choice(FIVE_ANSWERS) if rng.random() < trouble else rng.choice(["no"] * 6 + ["not-applicable"])
        if said is not None or rng.random() < 0.5:
            answers[question] = said
    last_year = rng.choice(["no", "no", "yes", "yes", "not-sure", None]) if injections else "no"
    answers["steroid_injection_last_12_months"] = last_year
    if rng.random() < max(trouble, 0.15):
        for question in rng.sample(
            ["blood_thinner", "diabetes", "surgery_planned", "tested_sport", "breastfeeding"], 2
        ):
            answers[question] = "yes"
    return answers


def random_follow_ups(rng: Random, day: date, answers: dict) -> dict:
    """The follow-ups of what was answered yes (now and then of what was not): months to surgery, days to the
    event, the INR and its age."""
    if rng.random() < 0.05:
        answers = dict.fromkeys(answers, "yes")
    found: dict = {}
    if answers.get("diabetes") == "yes":
        found["diabetes_poorly_controlled"] = rng.choice(["no", "no", "no", *FIVE_ANSWERS])
    if answers.get("surgery_planned") == "yes":
        surgery_on = add_months(day, rng.choice([3, 6, 6, 9, 0])) + rng.choice([-1, 0, 1]) * DAY
        found["surgery_on"] = rng.choice([None, *[surgery_on.isoformat()] * 5])
    if answers.get("tested_sport") == "yes":
        next_event_on = day + rng.choice([-1, 0, 10, 11, 12, 60]) * DAY
        found["next_event_on"] = rng.choice([None, *[next_event_on.isoformat()] * 5])
    if answers.get("blood_thinner") == "yes":
        found["blood_thinner_kind"] = rng.choice(["doac", "antiplatelet", "several", None, *["warfarin"] * 5])
        found["inr"] = rng.choice([None, 1, 2.5, 2.99, 3, 3.0, 3.0, 3.01, 3.1, 4])
        found["inr_on"] = rng.choice([None, *[(day - rng.choice([-1, 0, 1, 6, 7, 8, 9]) * DAY).isoformat()] * 6])
    return found


def random_pathway(rng: Random, trouble: float) -> dict:
    found: dict = {
        "specialist_assessment": "yes",
        "physiotherapy": rng.choice(["ongoing", "completed"]),
        "response": "not-satisfactory",
        "indications": rng.sample(INDICATIONS, rng.randint(1, 3)),
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
    }
    if rng.random() < 0.2:
        found["physiotherapy"] = rng.choice(["none", "not-possible", "not-possible", None])
        found["response"] = rng.choice([None, "satisfactory", "not-satisfactory"])
        found["not_possible_reason"] = rng.choice([None, " ", "lives abroad"])
    elif rng.random() < trouble:
        found["response"] = rng.choice([None, "satisfactory"])
    if rng.random() < trouble:
        found["specialist_assessment"] = rng.choice(FIVE_ANSWERS)
    if rng.random() < trouble:
        found["indications"] = rng.choice([[], None])
    if rng.random() < trouble:
        found["mild_and_improving"] = rng.choice(FIVE_ANSWERS)
        found["suspected_avulsion"] = rng.choice(FIVE_ANSWERS)
    if rng.random() < 0.3:
        found["treatments_tried"] = rng.sample(TREATMENTS, rng.randint(0, 3))
        found["treatments_tried"] += rng.choice([[], [], ["earlier-injection"]])
        found["loading_stage"] = rng.choice([None, 1, 2, 3, 4])
    return {field: value for field, value in found.items() if value is not None or rng.random() < 0.5}


def random_reports(rng: Random, start: datetime, request: dict, trouble: float, injury_on: str | None) -> list[dict]:
    """One clean ultrasound report of the requested place, or several: a year old to the day, before and after
    the injury, of either modality and every side."""
    day = local_day(start)
    if rng.random() >= max(trouble, 0.3):
        return [report_of(request, "ultrasound", day - rng.randint(0, 60) * DAY)]
    if rng.random() < (0.4 if injury_on is None else 0.7):
        return random_pair_of_reports(rng, request, day, injury_on)
    found = []
    for _ in range(rng.randint(0, 3)):
        performed_on = rng.choice([months_before(rng, day, 12), day - rng.randint(0, 500) * DAY])
        if injury_on is not None and rng.random() < 0.6:
            performed_on = date.fromisoformat(injury_on) + rng.choice([-1, 0, 1]) * DAY
        report = report_of(request, rng.choice(["ultrasound", "ultrasound", "mri"]), min(performed_on, day))
        if rng.random() < 0.15:
            report["area"] = rng.choice(sorted(set(AREAS.values())))
        if rng.random() < 0.2:
            report["side"] = rng.choice(["left", "right", "unknown"])
        if rng.random() < max(trouble, 0.3):
            random_diagnosis(rng, report)
        found.append(report)
    return found


def random_pair_of_reports(rng: Random, request: dict, day: date, injury_on: str | None) -> list[dict]:
    """Both kinds of scan of the requested place, on one day or beside it, mostly only one of them seeing
    something; now and then an older one, that no longer counts, saw it too."""
    seen_on = day - rng.choice([0, 3, 30, 200, 400]) * DAY
    if injury_on is not None:
        seen_on = min(date.fromisoformat(injury_on) + rng.choice([-1, 0, 0, 1, 40]) * DAY, day)
    kinds = rng.sample(["ultrasound", "mri"], 2)
    other_on = min(seen_on + rng.choice([0, 0, -1, 1, 30, -30]) * DAY, day)
    found = [report_of(request, kinds[0], seen_on), report_of(request, kinds[1], other_on)]
    if rng.random() < 0.4:
        found.append(report_of(request, rng.choice(kinds), min(seen_on, other_on) - rng.choice([0, 1, 50]) * DAY))
    random_diagnosis(rng, rng.choice(found))
    if rng.random() < 0.3:
        random_diagnosis(rng, rng.choice(found))
    rng.shuffle(found)
    return found


def random_decisions(rng: Random, start: datetime, request: dict) -> list[dict]:
    """What radiologists decided before, mostly on this area and side: declines 12 months old or beside, delays
    until the start or beside; in order, whatever their days."""
    day = local_day(start)
    found = []
    for _ in range(rng.choice([0, 0, 0, 0, 0, 0, 1, 1, 2, 3])):
        outcome = rng.choice(["approve", "override", "delay", "delay", "decline", "decline"])
        decided_on = rng.choice([months_before(rng, day, 12), day - rng.choice([0, 1, 7, 7, 30, 300]) * DAY])
        if rng.random() < 0.03:
            decided_on = day + DAY
        decision: dict = {"outcome": outcome, "decided_on": decided_on.isoformat()}
        decision |= {"area": AREAS[request["site"]], "side": request["side"]}
        if outcome == "delay":
            decision["until"] = (day + rng.choice([-30, -1, 0, 0, 1, 1, 30]) * DAY).isoformat()
        elif rng.random() < 0.5:
            decision["until"] = None
        if rng.random() < 0.15:
            decision["area"] = rng.choice(sorted(set(AREAS.values())))
        if rng.random() < 0.15:
            decision["side"] = rng.choice(["left", "right"])
        found.append(decision)
    if len(found) > 1 and rng.random() < 0.4:
        found[1]["decided_on"] = found[0]["decided_on"]
    for decision in found:
        if decision["outcome"] == "delay":
            decision["until"] = max(decision["until"], decision["decided_on"])
    return found


def report_of(request: dict, modality: str, performed_on: date) -> dict:
    return {
        "modality": modality,
        "area": AREAS[request["site"]],
        "side": request["side"],
        "performed_on": performed_on.isoformat(),
        "tendinopathy": "yes",
        "bursitis": "no",
        "tear": "none",
        "tear_grade": None,
        "tear_size_mm": None,
        "other_diagnosis": "none",
    }


def random_diagnosis(rng: Random, report: dict) -> None:
    report["tendinopathy"] = rng.choice(["yes", "no"])
    report["bursitis"] = rng.choice(["yes", "no"])
    report["tear"] = rng.choice(["none", "none", "partial", "full", "avulsion"])
    if report["tear"] in ("partial", "full"):
        report["tear_grade"] = rng.choice([1, 2, 3, "2", "high"])
        report["tear_size_mm"] = rng.choice([1, 4.5, 20])
    diagnoses = ["none"] * 4 + ["stress-fracture", "ischiofemoral-impingement", "sciatic-involvement", "other"]
    report["other_diagnosis"] = rng.choice(diagnoses)

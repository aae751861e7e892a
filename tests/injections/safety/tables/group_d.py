"""Group D: medicines and conditions."""

from tests.injections.safety.tables.row import Table

_ONE_QUESTION = {
    "hypersensitivity": ("critical", "steroid_or_anaesthetic_allergy"),
    "local-infection": ("critical", "infection_at_site"),
    "pregnancy": ("critical", "pregnant"),
    "interacting-medicine": ("critical", "interacting_medicine"),
    "hypertension": ("warning", "uncontrolled_blood_pressure"),
    "recent-surgery": ("warning", "recent_surgery_at_site"),
    "live-vaccine": ("warning", "live_vaccine"),
    "immunosuppressed": ("warning", "immunosuppressed"),
    "chickenpox-contact": ("warning", "chickenpox_or_shingles_contact"),
    "steroid-card": ("warning", "steroid_card"),
    "breastfeeding": ("info", "breastfeeding"),
    "skin-or-latex-allergy": ("info", "skin_or_latex_allergy"),
}
for _rule, (_then, _question) in _ONE_QUESTION.items():
    _table = Table(_rule)
    getattr(_table, _then)(f"{_question.replace('_', ' ')}: yes", **{_question: "yes"})
    _table.silent("no")
    _table.silent("does not apply", **{_question: "not-applicable"})
    _table.silent("not sure is judged by screening-incomplete", **{_question: "not-sure"})

infection = Table("systemic-infection")
_TOOK = {"infection_or_antibiotics": "yes"}
infection.silent("no")
infection.critical("yes, answered three days before", **_TOOK)
infection.critical("yes, answered 13 days 23 h 59 min before", screening={"answered_at": "2026-06-16 10:01"}, **_TOOK)
infection.info("yes, answered 14 × 24 h before", screening={"answered_at": "2026-06-16 10:00"}, **_TOOK)
infection.critical("yes, time of the answer unknown", screening={"answered_at": None}, **_TOOK)
infection.critical(
    "14 × 24 h are elapsed hours: the clocks went forward",
    start="2026-04-05 10:00",
    screening={"answered_at": "2026-03-22 10:00"},
    **_TOOK,
)
infection.info(
    "14 × 24 h with the clocks gone forward",
    start="2026-04-05 11:00",
    screening={"answered_at": "2026-03-22 10:00"},
    **_TOOK,
)
infection.info(
    "its own time counts: answered 14 × 24 h before, everything else yesterday",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"infection_or_antibiotics": "2026-06-16 10:00"}},
    **_TOOK,
)
infection.critical(
    "its own time counts: answered yesterday, everything else a month ago",
    screening={"answered_at": "2026-05-30 10:00", "answered": {"infection_or_antibiotics": "2026-06-29 10:00"}},
    **_TOOK,
)
infection.info(
    "only its own time is known",
    screening={"answered_at": None, "answered": {"infection_or_antibiotics": "2026-06-16 10:00"}},
    **_TOOK,
)
infection.critical(
    "only another answer's time is known",
    screening={"answered_at": None, "answered": {"fever": "2026-06-01 10:00"}},
    **_TOOK,
)
infection.warning("preventive antibiotic", preventive_antibiotic="yes")
infection.warning(
    "preventive antibiotic, and an infection 14 days ago",
    screening={"answered_at": "2026-06-16 10:00"},
    preventive_antibiotic="yes",
    **_TOOK,
)
infection.critical("preventive antibiotic, and an infection now", preventive_antibiotic="yes", **_TOOK)
infection.silent("not sure", infection_or_antibiotics="not-sure")

replacement = Table("joint-replacement")
replacement.silent("no")
replacement.critical("hip joint", site="hip-joint", joint_replacement_at_site="yes")
replacement.critical("trochanteric bursa", site="trochanteric-bursa", joint_replacement_at_site="yes")
replacement.warning("hamstring origin", joint_replacement_at_site="yes")
replacement.warning("sacroiliac joint", site="sacroiliac-joint", joint_replacement_at_site="yes")

age = Table("under-18")
age.silent("born in 1980")
age.critical("18 on the day after", date_of_birth="2008-07-01")
age.silent("18 on the day", date_of_birth="2008-06-30")
age.critical("born on 29 February 2008, start 28 February 2026", date_of_birth="2008-02-29", start="2026-02-28")
age.silent("born on 29 February 2008, start 1 March 2026", date_of_birth="2008-02-29", start="2026-03-01")
age.silent("18 on the local date, still 17 in UTC", date_of_birth="2008-07-01", start="2026-06-30 23:30Z")
age.critical("date of birth unknown", date_of_birth=None)

surgery = Table("surgery-planned")
_PLANNED = {"surgery_planned": "yes"}
surgery.silent("no")
surgery.silent("no, though a day stands there", screening={"surgery_on": "2026-07-30"})
surgery.warning("the day before the start", screening={"surgery_on": "2026-06-29"}, **_PLANNED)
surgery.critical("on the start date", screening={"surgery_on": "2026-06-30"}, **_PLANNED)
surgery.critical("the day before three months are over", screening={"surgery_on": "2026-09-29"}, **_PLANNED)
surgery.warning("three months after", screening={"surgery_on": "2026-09-30"}, **_PLANNED)
surgery.warning("the day before six months are over", screening={"surgery_on": "2026-12-29"}, **_PLANNED)
surgery.silent("six months after", screening={"surgery_on": "2026-12-30"}, **_PLANNED)
surgery.warning("day unknown", **_PLANNED)
surgery.critical(
    "start 30 November, operation 28 February: 30 November + 3 months does not exist",
    start="2026-11-30",
    screening={"surgery_on": "2027-02-28"},
    **_PLANNED,
)
surgery.warning(
    "start 30 November, operation 1 March: the three months are over",
    start="2026-11-30",
    screening={"surgery_on": "2027-03-01"},
    **_PLANNED,
)
surgery.warning(
    "start 31 August, operation 28 February: within six months",
    start="2026-08-31",
    screening={"surgery_on": "2027-02-28"},
    **_PLANNED,
)
surgery.silent(
    "start 31 August, operation 1 March: the six months are over",
    start="2026-08-31",
    screening={"surgery_on": "2027-03-01"},
    **_PLANNED,
)

blood = Table("anticoagulant")
_THINNER = {"blood_thinner": "yes"}
_WARFARIN = {"blood_thinner_kind": "warfarin", "inr": 2.5, "inr_on": "2026-06-25"}
blood.silent("neither")
blood.warning("bleeding disorder", bleeding_disorder="yes")
blood.info("DOAC", screening={"blood_thinner_kind": "doac"}, **_THINNER)
blood.info("antiplatelet", screening={"blood_thinner_kind": "antiplatelet"}, **_THINNER)
blood.warning(
    "DOAC and a bleeding disorder", screening={"blood_thinner_kind": "doac"}, bleeding_disorder="yes", **_THINNER
)
blood.warning("several", screening={"blood_thinner_kind": "several"}, **_THINNER)
blood.warning("kind unknown", **_THINNER)
blood.info("warfarin, INR 3.0", screening={**_WARFARIN, "inr": 3.0}, **_THINNER)
blood.warning("warfarin, INR 3.1", screening={**_WARFARIN, "inr": 3.1}, **_THINNER)
blood.warning("warfarin, INR unknown", screening={**_WARFARIN, "inr": None}, **_THINNER)
blood.warning("warfarin, day of the INR unknown", screening={**_WARFARIN, "inr_on": None}, **_THINNER)
blood.info("warfarin, INR of 7 days before", screening={**_WARFARIN, "inr_on": "2026-06-23"}, **_THINNER)
blood.warning("warfarin, INR of 8 days before", screening={**_WARFARIN, "inr_on": "2026-06-22"}, **_THINNER)
blood.info("warfarin, INR of the day", screening={**_WARFARIN, "inr_on": "2026-06-30"}, **_THINNER)
blood.warning("warfarin, INR of a day after the start", screening={**_WARFARIN, "inr_on": "2026-07-01"}, **_THINNER)
blood.silent("no blood thinner, though a kind stands there", screening=_WARFARIN)
blood.silent("not sure", blood_thinner="not-sure")

sugar = Table("diabetes")
_YES = {"diabetes": "yes"}
sugar.silent("no")
sugar.info("well controlled", screening={"diabetes_poorly_controlled": "no"}, **_YES)
sugar.info("poor control does not apply", screening={"diabetes_poorly_controlled": "not-applicable"}, **_YES)
sugar.warning("poorly controlled", screening={"diabetes_poorly_controlled": "yes"}, **_YES)
sugar.warning("control not sure", screening={"diabetes_poorly_controlled": "not-sure"}, **_YES)
sugar.warning("control unanswered", **_YES)
sugar.warning(
    "poor control said outright, diabetes denied", screening={"diabetes_poorly_controlled": "yes"}, diabetes="no"
)
sugar.silent("not sure", diabetes="not-sure")
sugar.silent("no, control not sure", screening={"diabetes_poorly_controlled": "not-sure"})

sport = Table("anti-doping")
_TESTED = {"tested_sport": "yes"}
sport.silent("no")
sport.warning("event unknown", **_TESTED)
sport.warning("event past", screening={"next_event_on": "2026-06-29"}, **_TESTED)
sport.warning("event 10 days after the start", screening={"next_event_on": "2026-07-10"}, **_TESTED)
sport.silent("event 11 days after the start", screening={"next_event_on": "2026-07-11"}, **_TESTED)
sport.info("not sure", tested_sport="not-sure")
sport.silent("unanswered is judged by screening-incomplete", tested_sport=None)

"""Group E: completeness of the answers."""

from tests.injections.safety.tables.row import Table

incomplete = Table("screening-incomplete")
incomplete.silent("everything answered")
incomplete.silent("everything does not apply", fever="not-applicable", pregnant="not-applicable")
incomplete.warning("no screening at all", no_screening=True)
incomplete.warning("fever unanswered", fever=None)
incomplete.warning("fever not sure", fever="not-sure")
incomplete.warning("bleeding disorder not sure", bleeding_disorder="not-sure")
incomplete.info("back pain not sure", back_pain="not-sure")
incomplete.info("breastfeeding unanswered", breastfeeding=None)
incomplete.info("skin or latex allergy not sure", skin_or_latex_allergy="not-sure")
incomplete.info("the three of them", back_pain=None, breastfeeding="not-sure", skin_or_latex_allergy=None)
incomplete.warning("back pain and fever not sure", back_pain="not-sure", fever="not-sure")
incomplete.warning("pain at night not sure", night_pain="not-sure")
incomplete.info("pain at night not sure, trochanteric bursa", site="trochanteric-bursa", night_pain="not-sure")
incomplete.warning("inflammatory disease unanswered", inflammatory_disease=None)
incomplete.info("inflammatory disease unanswered, sacroiliac joint", site="sacroiliac-joint", inflammatory_disease=None)
incomplete.warning("pain at night not sure, sacroiliac joint", site="sacroiliac-joint", night_pain="not-sure")
incomplete.warning("onset not known", screening={"onset": None})
incomplete.warning("main place of the pain not known", screening={"main_pain_site": None})
incomplete.warning("side of the pain not known", screening={"pain_side": None})
incomplete.silent("earlier injections unanswered: judged by its own rule", steroid_injection_last_12_months=None)
incomplete.silent("tested sport not sure: judged by its own rule", tested_sport="not-sure")
incomplete.warning("tested sport unanswered", tested_sport=None)
incomplete.silent(
    "follow-ups open: judged by their own rules", diabetes="yes", surgery_planned="yes", blood_thinner="yes"
)

stale = Table("screening-stale")
stale.silent("answered three days before")
stale.silent("answered 13 days 23 h 59 min before", screening={"answered_at": "2026-06-16 10:01"})
stale.info("answered 14 × 24 h before", screening={"answered_at": "2026-06-16 10:00"})
stale.silent("time of the answers unknown", screening={"answered_at": None})
stale.silent("no screening at all", no_screening=True)
stale.silent(
    "elapsed hours: the clocks went forward", start="2026-04-05 10:00", screening={"answered_at": "2026-03-22 10:00"}
)
stale.info(
    "14 × 24 h with the clocks gone forward", start="2026-04-05 11:00", screening={"answered_at": "2026-03-22 10:00"}
)
stale.info(
    "one answer of 14 × 24 h before, the others of yesterday",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"fever": "2026-06-16 10:00"}},
)
stale.silent(
    "one answer of 13 days 23 h 59 min before",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"fever": "2026-06-16 10:01"}},
)
stale.info(
    "the place of the pain was asked 14 × 24 h before",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"main_pain_site": "2026-06-16 10:00"}},
)
stale.silent(
    "an old time of a question that is unanswered counts for nothing",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"fever": "2026-01-16 10:00"}},
    fever=None,
)
stale.silent(
    "an old time of an injury whose day is not known",
    screening={"answered_at": "2026-06-29 10:00", "answered": {"injury_on": "2026-01-16 10:00"}},
)
stale.info(
    "only the time of one answer is known", screening={"answered_at": None, "answered": {"fever": "2026-06-16 10:00"}}
)

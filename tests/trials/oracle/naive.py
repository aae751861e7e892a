"""A second, plain and slow implementation of the safety rules, written from the clinic's rule text alone.

It shares no line with `injections.safety`; the trial compares the two. Nothing is clever here: one function a
rule in `interval` (section A) and `clinical` (B to E), dates tried day by day.

Where the text leaves a choice, the stricter reading is taken:

* `recorded_on` and the judged date limit approximate and unknown dates only; an exact date is itself.
* `injection-history-unknown`: an unknown date passes the first half of the window only; recorded more than a year
  before the answer it is outside. Whatever has a minute it ended at is an own one. With no time of the answer the
  start stands for it, the minute too. A counted date is limited by the start, not by the answer's date.
* `rest-window` of a requested injection looks at the loads after that injection, not at those after earlier
  ones; its rest hours are 48, since a request carries none. A load before the end is silent (t < 0).
* An activity agreed to be moved is info through all rest hours, be they more than 72.
* `repeat-number` counts every given injection of the area, one dated after the start too.
* `early-load` and `rest-window` both speak of a race in the rest hours. A race before the end is silent (t < 0).
* `earlier-decision`: one decided on after the start date counts like any other.
* `yearly-limit` counts what exists, without the request itself.
* An injection of side both or unknown, or of the hip region unspecified, is on the other side too
  (`bilateral-same-day`); one of unknown date counts as on the start date there and in `sites-per-day`.
* Physiotherapy `not-possible` is judged by its reason alone (no response can exist); an empty one is none.
* Of several reports of the newest date each counts as the newest, so the worst of them fires.
* An avulsion in one kind of scan does not silence the partial or full tear of the other in `tendon-tear`.
* "A report before `injury_on` does not count": in `ultrasound-assessment`, for MRI too, whatever the onset.
* A poorly controlled diabetes said outright fires even where `diabetes` itself was not answered yes.
* An INR taken after the start date is not "before" it.
* A time of a single answer that is null is left out: the time of the whole screening is meant.
* `screening-stale` looks at the questions, onset, injury_on, main_pain_site and pain_side that have an answer, "not
  sure" among them; the time of an unanswered one, and a time of the whole that no answer bears, say nothing.
* Unknown `suspected_avulsion`, `mild_and_improving`: no rule of the text fires on them.
* Open `back_pain` is an info for the sacroiliac joint too, where a yes would be nothing (section E names it).
* "Missing records" (owner reception): no ultrasound report and no MRI; `specialist-assessment` unanswered; the
  whole pathway missing (`no-indication`); physiotherapy unknown, or the response to it. An answer that is not
  sure is no missing record.
"""

from collections.abc import Callable

from tests.trials.oracle import clinical, interval
from tests.trials.oracle.words import pathway

RULES_VERSION = "2"

RULES: dict[str, Callable[[dict], str | None]] = {
    "repeat-interval": interval.repeat_interval,
    "injection-history-unknown": interval.injection_history_unknown,
    "repeat-number": interval.repeat_number,
    "repeat-without-physiotherapy": interval.repeat_without_physiotherapy,
    "rest-window": interval.rest_window,
    "early-load": interval.early_load,
    "yearly-limit": interval.yearly_limit,
    "steroid-load": interval.steroid_load,
    "sites-per-day": interval.sites_per_day,
    "bilateral-same-day": interval.bilateral_same_day,
    "open-warning-sign": interval.open_warning_sign,
    "earlier-decision": interval.earlier_decision,
    "conservative-care-first": clinical.conservative_care_first,
    "specialist-assessment": clinical.specialist_assessment,
    "ultrasound-assessment": clinical.ultrasound_assessment,
    "ultrasound-guidance": clinical.ultrasound_guidance,
    "no-ultrasound-target": clinical.no_ultrasound_target,
    "tendon-tear": clinical.tendon_tear,
    "intratendinous-target": clinical.intratendinous_target,
    "no-indication": clinical.no_indication,
    "mild-and-improving": clinical.mild_and_improving,
    "other-imaging-diagnosis": clinical.other_imaging_diagnosis,
    "side-mismatch": clinical.side_mismatch,
    "acute-trauma": clinical.acute_trauma,
    "suspected-avulsion": clinical.suspected_avulsion,
    "systemic-red-flag": clinical.systemic_red_flag,
    "saddle-or-bladder": clinical.saddle_or_bladder,
    "progressive-weakness": clinical.progressive_weakness,
    "nerve-or-back": clinical.nerve_or_back,
    "pain-site-mismatch": clinical.pain_site_mismatch,
    "hypersensitivity": clinical.hypersensitivity,
    "local-infection": clinical.local_infection,
    "systemic-infection": clinical.systemic_infection,
    "pregnancy": clinical.pregnancy,
    "joint-replacement": clinical.joint_replacement,
    "interacting-medicine": clinical.interacting_medicine,
    "under-18": clinical.under_18,
    "surgery-planned": clinical.surgery_planned,
    "anticoagulant": clinical.anticoagulant,
    "diabetes": clinical.diabetes,
    "hypertension": clinical.hypertension,
    "recent-surgery": clinical.recent_surgery,
    "live-vaccine": clinical.live_vaccine,
    "immunosuppressed": clinical.immunosuppressed,
    "chickenpox-contact": clinical.chickenpox_contact,
    "steroid-card": clinical.steroid_card,
    "anti-doping": clinical.anti_doping,
    "breastfeeding": clinical.breastfeeding,
    "skin-or-latex-allergy": clinical.skin_or_latex_allergy,
    "screening-incomplete": clinical.screening_incomplete,
    "screening-stale": clinical.screening_stale,
}


def owner(rule: str, severity: str, line: dict) -> str:
    """Who clears this finding: reception where a record is missing, not where one says no."""
    physiotherapy = pathway(line, "physiotherapy")
    if rule == "screening-incomplete":
        return "patient"
    if rule == "injection-history-unknown":
        return "reception"
    if rule == "ultrasound-assessment" and severity == "critical":
        return "reception"
    if rule == "specialist-assessment" and pathway(line, "specialist_assessment") is None:
        return "reception"
    if rule == "no-indication" and line.get("pathway") is None:
        return "reception"
    if rule in ("conservative-care-first", "repeat-without-physiotherapy") and physiotherapy is None:
        return "reception"
    if rule == "conservative-care-first" and physiotherapy in ("ongoing", "completed"):
        return "reception" if pathway(line, "response") is None else "radiologist"
    return "radiologist"


def judge(line: dict) -> dict:
    """The answer to one valid batch line: verdict, both dates, and the findings without their words."""
    rules: dict[str, Callable[[dict], str | None]]
    if line["request"].get("kind") in ("physiotherapy", "exercise-class"):
        rules = {"rest-window": interval.rest_window_of_visit}
        review_from, clear_from = None, None
    else:
        rules = RULES
        review_from, clear_from = interval.review_from(line), interval.clear_from(line)
    findings = []
    for rule, severity_of in rules.items():
        severity = severity_of(line)
        if severity is not None:
            findings.append({"rule": rule, "severity": severity, "owner": owner(rule, severity, line)})
    verdict = "clear"
    if any(finding["severity"] == "warning" for finding in findings):
        verdict = "review"
    if any(finding["severity"] == "critical" for finding in findings):
        verdict = "blocked"
    return {"verdict": verdict, "review_from": review_from, "clear_from": clear_from, "findings": findings}

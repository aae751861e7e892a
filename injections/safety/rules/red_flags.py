"""Group C: red flags, and conditions that only look like a tendon problem. The most urgent comes first."""

from datetime import date, timedelta
from typing import Final

from injections.safety import scans, sources
from injections.safety.case import Case
from injections.safety.codes import YES
from injections.safety.dates import in_words
from injections.safety.findings import Severity
from injections.safety.questions import QUESTIONS
from injections.safety.registry import Outcome, critical, info, rule, warning
from injections.safety.sites import GREATER_TROCHANTER, HIP_JOINT, ISCHIAL_TUBEROSITY, SACROILIAC_JOINT

_SIGNS: Final = ("sudden_pop", "bruising", "marked_weakness", "difficulty_walking")
_URGENT: Final = ("fever", "unexplained_weight_loss")
_TO_REVIEW: Final = ("cancer_history", "night_pain", "inflammatory_disease")
_NERVE: Final = ("pain_below_knee", "numbness")
_NERVE_SOURCES: Final = (sources.MIMICS, sources.CONTRAINDICATIONS, sources.CONFUSED_WITH)
_TORN_OFF: Final = {"full": "a full tear", "avulsion": "an avulsion"}
FITTING_PAIN: Final = {
    ISCHIAL_TUBEROSITY: ("sit-bone", "buttock-crease", "back-of-thigh"),
    GREATER_TROCHANTER: ("side-of-hip",),
    HIP_JOINT: ("groin",),
    SACROILIAC_JOINT: ("low-back", "upper-buttock"),
}
_IN_WORDS: Final = {
    "other": "somewhere else",
    "side-of-hip": "at the side of the hip",
    "back-of-thigh": "at the back of the thigh",
    "groin": "in the groin",
    "low-back": "in the low back",
    "upper-buttock": "in the upper buttock",
}
_CAUDA_EQUINA: Final = sources.external("emergency guidance on cauda equina", "numb saddle, bladder or bowel")


@rule(
    "saddle-or-bladder",
    group="C",
    severities=(Severity.CRITICAL,),
    sources=(_CAUDA_EQUINA, sources.CONTRAINDICATIONS),
    clears="The answer corrected by a clinician who has spoken to the patient.",
    action="{A&E} now: tell the patient to go to {A&E} or phone {999} at once, and tell a clinician that you did.",
    call=True,
)
def saddle_or_bladder(case: Case) -> Outcome | None:
    """Numb between the legs, or bladder or bowel out of control."""
    if "saddle_or_bladder" not in case.yes:
        return None
    return critical("Numb between the legs, or bladder or bowel affected: {A&E} now.", {"saddle_or_bladder": YES})


@rule(
    "progressive-weakness",
    group="C",
    severities=(Severity.CRITICAL,),
    sources=(sources.CONTRAINDICATIONS,),
    clears="The answer corrected by a clinician who has spoken to the patient.",
    action="Do not book. A clinician phones today; if the leg gives way or gets worse: {A&E}.",
    call=True,
)
def progressive_weakness(case: Case) -> Outcome | None:
    """The leg or foot is getting weaker."""
    if "progressive_weakness" not in case.yes:
        return None
    return critical("The leg or foot is getting weaker: a nerve may be involved.", {"progressive_weakness": YES})


@rule(
    "systemic-red-flag",
    group="C",
    severities=(Severity.CRITICAL, Severity.WARNING, Severity.INFO),
    sources=(sources.CONTRAINDICATIONS, sources.ours("what belongs to the condition itself")),
    clears="A clinician has looked for the cause and the answer is corrected.",
    action="Do not book. A clinician phones today about the fever or weight loss; with shivers or "
    "feeling very ill: {999}.",
    call=True,
)
def systemic_red_flag(case: Case) -> Outcome | None:
    """Fever or unexplained weight loss: critical. Cancer in the past (other than a skin cancer that was no melanoma),
    pain at night or an inflammatory disease: warning, without a call. Pain at night at the greater trochanter, and
    an inflammatory disease at the sacroiliac joint, belong to the condition itself: info.
    """
    urgent, others = _yes(case, _URGENT), _yes(case, _TO_REVIEW)
    evidence: dict[str, object] = {"yes": urgent + others}
    if "fever" in urgent:
        evidence["answered_on"] = case.day_of("fever")
    if urgent:
        return critical(f"Red flag: {_labels(urgent)}.", evidence)
    if all(QUESTIONS[question].worst_in(case.area) is Severity.INFO for question in others):
        return info(f"Often part of the condition here: {_labels(others)}.", evidence) if others else None
    return warning(f"To be weighed by the radiologist: {_labels(others)}.", evidence)


@rule(
    "suspected-avulsion",
    group="C",
    severities=(Severity.CRITICAL,),
    sources=(sources.CONTRAINDICATIONS, sources.EACH_KIND_OF_SCAN),
    clears="A newer scan of the same kind without avulsion, and the suspicion withdrawn in the pathway.",
    action="Do not book. A clinician phones today: the tendon may be torn off the bone, which is treated differently.",
    call=True,
)
def suspected_avulsion(case: Case) -> Outcome | None:
    """The referrer or examiner suspects an avulsion, or the newest ultrasound or the newest MRI of this area and side
    shows one; where the two differ the message says so.
    """
    is_suspected = case.pathway.suspected_avulsion == YES
    counted = case.newest_of_each
    showing = [report for report in counted if report.tear == "avulsion"]
    if not is_suspected and not showing:
        return None
    message = "An avulsion of the tendon is suspected."
    if showing:
        differs = scans.difference(showing[0], counted, lambda one: one.tear)
        message = f"The {scans.named(showing[0])} shows an avulsion{differs}."
    return critical(
        message,
        {
            "suspected_avulsion": case.pathway.suspected_avulsion,
            "reports": scans.as_evidence(counted) if showing else [],
        },
    )


@rule(
    "acute-trauma",
    group="C",
    thresholds=("trauma_days",),
    severities=(Severity.CRITICAL, Severity.WARNING, Severity.INFO),
    sources=(
        sources.CONTRAINDICATIONS,
        sources.clinic("causes (a specific injury can tear the tendon)"),
        sources.ours("84 days after an injury"),
        sources.EACH_KIND_OF_SCAN,
    ),
    clears="The waiting time after the injury is over, and a report from after it shows no full tear or avulsion.",
    action="Do not book. A clinician phones today about the injury; if the leg does not bear weight: {A&E}.",
    call=True,
)
def acute_trauma(case: Case) -> Outcome | None:
    """Signs are a sudden pop, bruising, marked weakness, difficulty walking. With a sudden or unknown onset
    (a pop makes it sudden) any sign is critical until 84 days after the injury, and always when its day
    is unknown; later it is a warning, info when there are reports from after the injury and neither the
    newest ultrasound nor the newest MRI of them shows a full tear or avulsion. With a gradual onset marked
    weakness is a warning, bruising or difficulty walking info.
    """
    signs = _yes(case, _SIGNS)
    if not signs:
        return None
    evidence: dict[str, object] = {"yes": signs, "onset": case.screening.onset}
    if case.screening.onset == "gradual" and "sudden_pop" not in signs:
        judge = warning if "marked_weakness" in signs else info
        return judge(f"The pain came gradually, with: {_labels(signs)}.", evidence)
    return _after_sudden_onset(case, signs, evidence)


def _after_sudden_onset(case: Case, signs: list[str], evidence: dict[str, object]) -> Outcome:
    injury_on = case.screening.injury_on
    if injury_on is None:
        days = [day for sign in signs if (day := case.day_of(sign)) is not None]
        evidence["answered_on"] = max(days, default=None)
        return critical(f"A possible tear, day of the injury unknown: {_labels(signs)}.", evidence)
    evidence |= {"injury_on": injury_on.isoformat(), "start_on": case.start_on.isoformat()}
    if case.start_on < injury_on + timedelta(days=case.policy.trauma_days):
        return critical(f"A possible tear since {in_words(injury_on)}: {_labels(signs)}.", evidence)
    return _after_the_wait(case, injury_on, evidence)


def _after_the_wait(case: Case, injury_on: date, evidence: dict[str, object]) -> Outcome:
    since = scans.newest_of_each(report for report in case.matching_reports if report.performed_on >= injury_on)
    evidence["tears"] = sorted(report.tear for report in since)
    if not since:
        return warning(f"Injury on {in_words(injury_on)}, and no later report excludes a full tear.", evidence)
    for report in since:
        if report.tear in _TORN_OFF:
            differs = scans.difference(report, since, lambda one: one.tear)
            shows = f"the {scans.named(report)} shows {_TORN_OFF[report.tear]}{differs}"
            return warning(f"Injury on {in_words(injury_on)}; {shows}.", evidence)
    return info(f"Injury on {in_words(injury_on)}; a later report shows no full tear or avulsion.", evidence)


@rule(
    "nerve-or-back",
    group="C",
    severities=(Severity.WARNING, Severity.INFO),
    sources=_NERVE_SOURCES,
    clears="A radiologist's decision; a lumbar MRI may help.",
)
def nerve_or_back(case: Case) -> Outcome | None:
    """Pain below the knee or numbness: warning. Back pain alone: info, and nothing for the sacroiliac
    joint.
    """
    nerve = _yes(case, _NERVE)
    has_back_pain = "back_pain" in case.yes
    if nerve:
        shown = nerve + (["back_pain"] if has_back_pain else [])
        return warning("Pain or numbness down the leg may come from the back: consider a lumbar MRI.", {"yes": shown})
    if has_back_pain and case.area != SACROILIAC_JOINT:
        return info("Back pain as well: consider a lumbar MRI.", {"yes": ["back_pain"]})
    return None


@rule(
    "pain-site-mismatch",
    group="C",
    severities=(Severity.WARNING,),
    sources=(sources.MIMICS, sources.PAIN_SITE, sources.CONTRAINDICATIONS),
    clears="The site or the answer corrected, or a radiologist's decision.",
)
def pain_site_mismatch(case: Case) -> Outcome | None:
    """The place that hurts most does not fit the area: sit bone, buttock crease or back of the thigh for
    the hamstring origin, side of the hip for the trochanter, groin for the hip joint, low back or upper
    buttock for the sacroiliac joint.
    """
    pain = case.screening.main_pain_site
    if pain is None or pain in FITTING_PAIN[case.area or ""]:
        return None
    words = _IN_WORDS.get(pain, f"at the {pain.replace('-', ' ')}")
    return warning(
        f"The pain is mainly {words}, which does not fit this site.", {"main_pain_site": pain, "area": case.area}
    )


def _yes(case: Case, questions: tuple[str, ...]) -> list[str]:
    return [question for question in questions if question in case.yes]


def _labels(questions: list[str]) -> str:
    return ", ".join(QUESTIONS[question].label for question in questions)

"""Group E: what has not been answered, and answers that have grown old."""

from datetime import timedelta
from typing import Final

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import NOT_SURE
from injections.safety.findings import MESSAGE_LIMIT, Owner, Severity
from injections.safety.questions import ALWAYS_ASKED, FOLLOW_UPS, QUESTIONS
from injections.safety.registry import Outcome, info, rule, warning

_JUDGED_BY_THEIR_OWN_RULE: Final = ("steroid_injection_last_12_months",)
_JUDGED_WHEN_NOT_SURE: Final = ("tested_sport",)
_LISTED: Final = tuple(code for code in QUESTIONS if code not in _JUDGED_BY_THEIR_OWN_RULE)
_INFO_AT_WORST: Final = frozenset(code for code, question in QUESTIONS.items() if question.worst is Severity.INFO)
_LABELS: Final = {code: question.label for code, question in QUESTIONS.items()} | {
    follow_up.field: follow_up.label for follow_up in FOLLOW_UPS
}


@rule(
    "screening-incomplete",
    group="E",
    severities=(Severity.WARNING, Severity.INFO),
    sources=(sources.ours("unknown is never no"),),
    owner=Owner.PATIENT,
    clears="Each open question answered yes, no or does not apply.",
)
def screening_incomplete(case: Case) -> Outcome | None:
    """Questions that are unanswered or "not sure", and onset, main place and side of the pain when unknown.
    Info when only questions are open whose "yes" would at worst be info, else a warning. Not listed are
    the question about earlier injections, "not sure" about a tested sport, and follow-ups: their own
    rules judge them.
    """
    answers = case.answers
    not_answered = [code for code in _LISTED if answers.get(code) is None]
    not_sure = [code for code in _LISTED if answers.get(code) == NOT_SURE and code not in _JUDGED_WHEN_NOT_SURE]
    not_known = [name for name in ALWAYS_ASKED if getattr(case.screening, name) is None]
    still_open = [*not_answered, *not_sure, *not_known]
    if not still_open:
        return None
    judge = info if _INFO_AT_WORST.issuperset(still_open) else warning
    return judge(_message(still_open), {"unanswered": sorted(not_answered + not_known), "not_sure": sorted(not_sure)})


def _message(still_open: list[str]) -> str:
    start = f"{len(still_open)} not answered or not sure"
    named = f"{start}: {', '.join(_LABELS[code] for code in still_open)}."
    return named if len(named) < MESSAGE_LIMIT else f"{start}."


@rule(
    "screening-stale",
    group="E",
    thresholds=("screening_valid_hours",),
    severities=(Severity.INFO,),
    sources=(sources.ours("answers are asked again after 14 days"),),
    clears="The questions answered again; the reminders ask.",
)
def screening_stale(case: Case) -> Outcome | None:
    """14 × 24 hours or more between the answers and the start; silent when it is not known when they were
    given.
    """
    answered_at = case.screening.answered_at
    valid_for = timedelta(hours=case.policy.screening_valid_hours)
    if answered_at is None or case.request.start - answered_at < valid_for:
        return None
    return info(
        f"The answers will be {valid_for.days} days old or older; the reminders ask again.",
        {"older_than_hours": case.policy.screening_valid_hours},
    )

"""Group E: what has not been answered, and answers that have grown old."""

from datetime import timedelta
from typing import Final

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import NOT_SURE
from injections.safety.findings import MESSAGE_LIMIT, Owner, Severity
from injections.safety.questions import ALWAYS_ASKED, FOLLOW_UPS, QUESTIONS, TIMED_FOLLOW_UPS
from injections.safety.registry import Outcome, info, rule, warning

_JUDGED_BY_THEIR_OWN_RULE: Final = ("steroid_injection_last_12_months",)
_JUDGED_WHEN_NOT_SURE: Final = ("tested_sport",)
_LISTED: Final = tuple(code for code in QUESTIONS if code not in _JUDGED_BY_THEIR_OWN_RULE)
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
    Info when only questions are open whose "yes" would at worst be info in this area, else a warning. Not listed
    are the question about earlier injections, "not sure" about a tested sport, and follow-ups: their own rules
    judge them.
    """
    answers = case.answers
    not_answered = [code for code in _LISTED if answers.get(code) is None]
    not_sure = [code for code in _LISTED if answers.get(code) == NOT_SURE and code not in _JUDGED_WHEN_NOT_SURE]
    not_known = [name for name in ALWAYS_ASKED if getattr(case.screening, name) is None]
    still_open = [*not_answered, *not_sure, *not_known]
    if not still_open:
        return None
    judge = info if all(_is_info_at_worst(name, case.area) for name in still_open) else warning
    return judge(_message(still_open), {"unanswered": sorted(not_answered + not_known), "not_sure": sorted(not_sure)})


def _is_info_at_worst(name: str, area: str | None) -> bool:
    return name in QUESTIONS and QUESTIONS[name].worst_in(area) is Severity.INFO


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
    """14 × 24 hours or more between the oldest of the answers that count and the start, each by its own time: yes, no,
    not sure and does not apply, and onset, day of injury, place and side of the pain where known. Silent when no
    time is known.
    """
    valid_for, start = timedelta(hours=case.policy.screening_valid_hours), case.request.start
    times = {name: case.screening.time_of(name) for name in _answers_that_count(case)}
    stale = sorted(name for name, given_at in times.items() if given_at is not None and start - given_at >= valid_for)
    if not stale:
        return None
    some = "The answers" if len(stale) == len(times) else f"{len(stale)} of the answers"
    return info(
        f"{some} will be {valid_for.days} days old or older; the reminders ask again.",
        {"older_than_hours": case.policy.screening_valid_hours, "questions": stale},
    )


def _answers_that_count(case: Case) -> list[str]:
    answered = [question for question, answer in case.answers.items() if answer is not None]
    return answered + [name for name in TIMED_FOLLOW_UPS if getattr(case.screening, name) is not None]

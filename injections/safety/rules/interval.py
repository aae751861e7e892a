"""Group A: how long since the last injection in the same area, and what is known of earlier ones."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from injections.safety import sources
from injections.safety.case import Case, Prior
from injections.safety.codes import COUNTS_AS_NO, EARLIER_INJECTION, YES
from injections.safety.dates import add_months
from injections.safety.findings import Owner, Severity
from injections.safety.registry import Outcome, critical, info, rule, warning
from injections.safety.sites import GREATER_TROCHANTER, ISCHIAL_TUBEROSITY

_ASKED: Final = "steroid_injection_last_12_months"
WITHOUT_PHYSIOTHERAPY: Final = ("none", "not-possible", None)
_ADD_THE_TARGET: Final = (
    "Add the target to the appointment that stands: one injection may have several. If a second one is meant, offer a "
    "time after the date shown."
)
LAST_12_MONTHS: Final = 12
"""The window of the question about earlier injections; part of its wording, so no threshold to change."""


@rule(
    "repeat-interval",
    group="A",
    thresholds=("repeat_critical_months", "repeat_review_months"),
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.REPEAT_INJECTIONS, sources.ours("booked injections are measured in the same way")),
    clears="A date long enough after the last injection in this area, or a correction of that record.",
    action="Say that it is too soon after the last injection, and offer a time after the date shown.",
)
def repeat_interval(case: Case) -> Outcome | None:
    """Less than 3 months between this injection and another one in the same area and side is critical, less than 4
    months a warning. The later is measured from the earlier, whether given or booked, before or after. The same
    date is critical, whoever gives it: several targets are one injection, in one appointment. Approximate dates
    count as their last possible day.
    """
    policy, start_on = case.policy, case.start_on
    close = [prior for prior in case.same_area if _is_within(prior.on, start_on, months=policy.repeat_review_months)]
    if not close:
        return None
    too_close = [prior for prior in close if _is_within(prior.on, start_on, months=policy.repeat_critical_months)]
    evidence = {"start_on": start_on.isoformat(), "injections": in_order(close)}
    nearest = max(too_close or close, key=lambda prior: prior.on)
    which = f"{'booked' if nearest.booked else 'given'} in this area {nearest.when}"
    if not too_close:
        return warning(f"Close: {which}, less than {policy.repeat_review_months} months apart.", evidence)
    months = policy.repeat_critical_months
    found = critical(f"Too soon: {which}, less than {months} months apart.", evidence)
    is_second_of_the_day = any(prior.booked and prior.on == start_on for prior in too_close)
    return found._replace(action=_ADD_THE_TARGET) if is_second_of_the_day else found


def _is_within(one: date, other: date, *, months: int) -> bool:
    """Whether the later date lies before the earlier one plus `months`. On that date itself the wait is
    over.
    """
    earlier, later = (one, other) if one <= other else (other, one)
    return later < add_months(earlier, months)


def free_from(case: Case, months: int) -> date | None:
    """The first date from the requested one on which no injection of the same area lies within `months`.

    Every candidate date is judged as if it were the requested start: an approximate date moves along with
    it up to its last possible day. None when no date helps: an injection of unknown date with no day of
    recording.
    """
    candidate, exact_days = case.start_on, []
    for prior in case.same_area:
        if prior.past.latest is None:
            return None
        if prior.past.is_exact:
            exact_days.append(prior.past.latest)
        else:
            candidate = max(candidate, add_months(prior.past.latest, months))
    # One pass is enough: where one day lies too far ahead of the candidate, every later day does as well.
    for day in sorted(exact_days):
        if _is_within(day, candidate, months=months):
            candidate = add_months(day, months)
    return candidate


@rule(
    "injection-history-unknown",
    group="A",
    severities=(Severity.WARNING,),
    sources=(sources.REPEAT_INJECTIONS,),
    owner=Owner.RECEPTION,
    clears="An answer, and for a yes the record of that injection with its date and place.",
)
def injection_history_unknown(case: Case) -> Outcome | None:
    """ "Any steroid injection in the last 12 months, here or elsewhere?" is unanswered or not sure; or the answer is
    yes and no given injection lies in its window; or it is no and one does. Also when the treatments tried name an
    earlier injection and none is recorded, whenever and wherever.

    In its window: the first possible day is not after the local day of that answer (else the start date), and 12
    months after the date it counts as lie after that day. A date not known may begin any time. One that ended after
    the answer's time is outside: it contradicts nothing.
    """
    answer = case.answers.get(_ASKED)
    in_window = [prior for prior in case.priors if _is_in_the_window(prior, case)]
    evidence: dict[str, object] = {_ASKED: answer}
    found = _what_does_not_fit(answer, bool(in_window))
    if found and answer in COUNTS_AS_NO:
        evidence["injections"] = in_order(in_window)
    if EARLIER_INJECTION in case.pathway.treatments_tried and not any(prior.given for prior in case.priors):
        evidence["treatments_tried"] = EARLIER_INJECTION
        found = found or "An earlier injection is named among the treatments tried; none is recorded."
    return warning(found, evidence) if found else None


def _what_does_not_fit(answer: str | None, has_one_in_window: bool) -> str | None:
    if answer == YES:
        words = "The patient says yes to a steroid injection in the last 12 months; none is recorded."
        return None if has_one_in_window else words
    if answer in COUNTS_AS_NO:
        words = "The patient says no steroid injection in the last 12 months; one is recorded."
        return words if has_one_in_window else None
    return "Not known whether there was any steroid injection in the last 12 months."


def _is_in_the_window(prior: Prior, case: Case) -> bool:
    if prior.given is None:
        return False
    answered_at, ended_at = case.screening.time_of(_ASKED), prior.given.ended_at
    if answered_at is not None and ended_at is not None and ended_at > answered_at:
        return False
    answered_on = case.local(answered_at) if answered_at else case.start_on
    first = prior.first_possible_day
    return (first is None or first <= answered_on) and add_months(prior.on, LAST_12_MONTHS) > answered_on


@rule(
    "repeat-number",
    group="A",
    thresholds=("repeat_number_review",),
    severities=(Severity.WARNING, Severity.INFO),
    sources=(sources.clinic("reducing the number of injections"), sources.ours("somebody looks from this number on")),
    clears="A radiologist's decision: it is for them to weigh.",
)
def repeat_number(case: Case) -> Outcome | None:
    """There is a given injection in the same area: says which number this would be, when the last one was, and whether
    it helped. Info; from the 4th on, with 3 or more given whenever, a warning: somebody must look.
    """
    given = [prior for prior in case.same_area if prior.given]
    if not given:
        return None
    number = 1 + sum(prior.on <= case.start_on for prior in given)
    last = max(given, key=lambda prior: prior.on)
    helped = last.given.helped if last.given else None
    helped_words = {"yes": "It helped", "no": "It did not help"}.get(helped or "", "Not known whether it helped")
    evidence = {"number": number, "injections_given": len(given), "last": last.evidence(), "helped": helped}
    if len(given) + 1 < case.policy.repeat_number_review:
        return info(f"Injection number {number} in this area; the last {last.when}. {helped_words}.", evidence)
    return warning(
        f"{len(given)} given in this area already, to be weighed; the last {last.when}. {helped_words}.", evidence
    )


@rule(
    "repeat-without-physiotherapy",
    group="A",
    severities=(Severity.WARNING,),
    sources=(sources.clinic("repeat injections (combining them with physiotherapy)"),),
    areas=(ISCHIAL_TUBEROSITY, GREATER_TROCHANTER),
    clears="Physiotherapy that is under way or completed, recorded in the pathway.",
)
def repeat_without_physiotherapy(case: Case) -> Outcome | None:
    """A given injection in the same area, and physiotherapy is none, not possible or unknown."""
    physiotherapy = case.pathway.physiotherapy
    if physiotherapy not in WITHOUT_PHYSIOTHERAPY or not any(prior.given for prior in case.same_area):
        return None
    words = {"none": "has not started", "not-possible": "is not possible"}.get(physiotherapy or "", "is not recorded")
    return warning(
        f"A further injection in this area while physiotherapy {words}.",
        {"physiotherapy": physiotherapy},
        Owner.RECEPTION if physiotherapy is None else None,
    )


def in_order(priors: Iterable[Prior]) -> list[dict[str, object]]:
    """The evidence of several injections, always in the same order, so that its digest does not depend on
    theirs.
    """
    return sorted((prior.evidence() for prior in priors), key=lambda shown: sorted(map(str, shown.items())))

"""Group A: how long since the last injection in the same area, and what is known of earlier ones."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from injections.safety import sources
from injections.safety.case import Case, Prior
from injections.safety.codes import COUNTS_AS_NO, YES
from injections.safety.dates import add_months, in_words
from injections.safety.findings import Owner, Severity
from injections.safety.registry import Outcome, critical, info, rule, warning
from injections.safety.sites import GREATER_TROCHANTER, ISCHIAL_TUBEROSITY

WITHOUT_PHYSIOTHERAPY: Final = ("none", "not-possible", None)
LAST_12_MONTHS: Final = 12
"""The window of the question about earlier injections; part of its wording, so no threshold to change."""


@rule(
    "repeat-interval",
    group="A",
    thresholds=("repeat_critical_months", "repeat_review_months", "same_visit_minutes"),
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.REPEAT_INJECTIONS, sources.ours("booked injections are measured in the same way")),
    clears="A date long enough after the last injection in this area, or a correction of that record.",
    action="Say that it is too soon after the last injection, and offer a time after the date shown.",
)
def repeat_interval(case: Case) -> Outcome | None:
    """Less than 3 months between this injection and another one in the same area is critical, less than 4
    months a warning. The later is measured from the earlier, whether given before or booked before or
    after; the same date is critical. Approximate dates count as their last possible day.
    """
    policy, start_on = case.policy, case.start_on
    close = [
        prior
        for prior in case.same_area
        if not prior.same_visit and _is_within(prior.on, start_on, months=policy.repeat_review_months)
    ]
    if not close:
        return None
    too_close = [prior for prior in close if _is_within(prior.on, start_on, months=policy.repeat_critical_months)]
    evidence = {"start_on": start_on.isoformat(), "injections": in_order(close)}
    nearest = max(too_close or close, key=lambda prior: prior.on)
    which = f"{'booked' if nearest.booked else 'given'} in this area on {in_words(nearest.on)}"
    if too_close:
        months = policy.repeat_critical_months
        return critical(f"Too soon: {which}, less than {months} months apart.", evidence)
    return warning(f"Close: {which}, less than {policy.repeat_review_months} months apart.", evidence)


def _is_within(one: date, other: date, *, months: int) -> bool:
    """Whether the later date lies before the earlier one plus `months`. On that date itself the wait is
    over.
    """
    earlier, later = (one, other) if one <= other else (other, one)
    return later < add_months(earlier, months)


def free_from(case: Case, months: int) -> date | None:
    """The first date from the requested one on which no injection of the same area lies within `months`.

    Every candidate date is judged as if it were the requested start: an approximate date moves along with
    it up to its last possible day. Other injections of the same visit are left out only on the requested
    day itself. None when no date helps: an injection of unknown date with no day of recording.
    """
    other_visits = [prior for prior in case.same_area if not prior.same_visit]
    found = _free_from(case.start_on, other_visits, months)
    if found is None or found == case.start_on:
        return found
    return _free_from(case.start_on, case.same_area, months)


def _free_from(start_on: date, priors: Iterable[Prior], months: int) -> date | None:
    candidate, exact_days = start_on, []
    for prior in priors:
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
    """ "Any steroid injection in the last 12 months, here or elsewhere?" is unanswered or not sure; or the
    answer is yes and no such injection is recorded; or it is no and one is. Counted from the day of the
    answer, else the start.
    """
    answer = case.answers.get("steroid_injection_last_12_months")
    answered_at = case.screening.answered_at
    answered_on = case.local(answered_at) if answered_at else case.start_on
    recorded = [prior for prior in case.priors if prior.given and add_months(prior.on, LAST_12_MONTHS) > answered_on]
    evidence: dict[str, object] = {"steroid_injection_last_12_months": answer}
    if answer == YES:
        if recorded:
            return None
        return warning("The patient says yes to a steroid injection in the last 12 months; none is recorded.", evidence)
    if answer in COUNTS_AS_NO:
        if not recorded:
            return None
        evidence["injections"] = in_order(recorded)
        return warning("The patient says no steroid injection in the last 12 months; one is recorded.", evidence)
    return warning("Not known whether there was any steroid injection in the last 12 months.", evidence)


@rule(
    "repeat-number",
    group="A",
    severities=(Severity.INFO,),
    sources=(sources.clinic("reducing the number of injections"),),
    clears="Nothing: it is for the radiologist to weigh.",
)
def repeat_number(case: Case) -> Outcome | None:
    """There is a given injection in the same area: says which number this would be, when the last one was,
    and whether it helped.
    """
    given = [prior for prior in case.same_area if prior.given]
    if not given:
        return None
    number = 1 + sum(prior.on <= case.start_on for prior in given)
    last = max(given, key=lambda prior: prior.on)
    helped = last.given.helped if last.given else None
    helped_words = {"yes": "It helped", "no": "It did not help"}.get(helped or "", "Not known whether it helped")
    return info(
        f"Injection number {number} in this area; the last counts as {in_words(last.on)}. {helped_words}.",
        {"number": number, "last": last.evidence(), "helped": helped},
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

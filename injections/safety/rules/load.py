"""Group A: how many injections in a year, in the body and on one day."""

from datetime import timedelta
from typing import Final

from injections.safety import sources
from injections.safety.case import Case, Prior
from injections.safety.dates import add_months, in_words
from injections.safety.findings import Severity
from injections.safety.registry import Outcome, critical, rule, warning
from injections.safety.rules.interval import in_order
from injections.safety.sites import other_side, sides_match

_LEAFLETS: Final = sources.external("GP and hospital leaflets", "3 to 4 injections a year")
_ADRENAL: Final = sources.external("adrenal suppression after an injection", "up to 4 weeks")
_PRODUCT: Final = sources.external("hydrocortisone product information", "section 4.2")


def _within_the_year(case: Case, priors: list[Prior]) -> list[Prior]:
    """Those on or before the start date whose year is not over on it."""
    months, start_on = case.policy.yearly_months, case.start_on
    return [prior for prior in priors if prior.on <= start_on < add_months(prior.on, months)]


@rule(
    "yearly-limit",
    group="A",
    thresholds=("yearly_months", "yearly_count"),
    severities=(Severity.WARNING,),
    sources=(_LEAFLETS,),
    clears="A date far enough from the earlier ones that the limit is no longer reached.",
)
def yearly_limit(case: Case) -> Outcome | None:
    """3 or more injections in the same area, given or booked, within the 12 months up to the start date."""
    counted = _within_the_year(case, case.same_area)
    if len(counted) < case.policy.yearly_count:
        return None
    return warning(
        f"{len(counted)} injections in this area within {case.policy.yearly_months} months before this one.",
        {"injections": in_order(counted)},
    )


@rule(
    "steroid-load",
    group="A",
    thresholds=("load_count", "load_days", "yearly_months"),
    severities=(Severity.WARNING,),
    sources=(_ADRENAL, _LEAFLETS),
    clears="A date long enough after the last injection, on which the limit is no longer reached.",
)
def steroid_load(case: Case) -> Outcome | None:
    """Anywhere in the body: 3 or more injections within the 12 months before the start date, or any fewer
    than 28 days before it. Silent when yearly-limit fires; what counts as on the start date itself is
    left out.
    """
    policy, start_on = case.policy, case.start_on
    elsewhere = [prior for prior in case.priors if prior.on != start_on]
    counted = _within_the_year(case, elsewhere)
    recent = [prior for prior in counted if start_on - prior.on < timedelta(days=policy.load_days)]
    if (not recent and len(counted) < policy.load_count) or yearly_limit(case) is not None:
        return None
    evidence = {"start_on": start_on.isoformat(), "injections": in_order(counted)}
    if recent:
        last = max(recent, key=lambda prior: prior.on)
        return warning(f"Another steroid injection {last.when}, fewer than {policy.load_days} days before.", evidence)
    return warning(f"{len(counted)} steroid injections within {policy.yearly_months} months, anywhere.", evidence)


@rule(
    "sites-per-day",
    group="A",
    thresholds=("injections_per_day",),
    severities=(Severity.CRITICAL,),
    sources=(_PRODUCT,),
    clears="Another day.",
    action="Say that no more places are injected on this day, and offer another day.",
)
def sites_per_day(case: Case) -> Outcome | None:
    """This would be more than the 3rd given or booked injection of the patient on one local date."""
    same_day = [prior for prior in case.priors if prior.on == case.start_on]
    limit = case.policy.injections_per_day
    if len(same_day) < limit:
        return None
    return critical(
        f"This would be injection number {len(same_day) + 1} on {in_words(case.start_on)}; at most {limit} on one day.",
        {"start_on": case.start_on.isoformat(), "injections": in_order(same_day)},
    )


@rule(
    "bilateral-same-day",
    group="A",
    severities=(Severity.WARNING,),
    sources=(sources.ours("both sides on one day"),),
    clears="Another day for one of the two sides.",
)
def bilateral_same_day(case: Case) -> Outcome | None:
    """Another injection, given or booked, on the same local date in the same area on the other side."""
    across = other_side(case.side)
    found = [
        prior
        for prior in case.priors
        if prior.in_area and prior.on == case.start_on and sides_match(prior.side, across)
    ]
    if not found:
        return None
    return warning(
        f"The {across} side of the same area is injected on {in_words(case.start_on)} too.",
        {"start_on": case.start_on.isoformat(), "injections": in_order(found)},
    )

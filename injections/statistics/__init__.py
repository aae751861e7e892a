"""What the clinic can learn from its records, counted by the database. Reads only; no statistic names a patient.

Each takes a period of clinic-local days, both included, and answers with a sentence, a table and a chart, in a fixed
number of queries whatever there is to count.
"""

from collections.abc import Callable
from dataclasses import dataclass

from injections.statistics import afterwards, benefit, calls, complications, intervals, procedures, rules, visits
from injections.statistics.shapes import Column, CountedDays, Statistic, period_of

__all__ = ["STATISTICS", "Column", "CountedDays", "Named", "Statistic", "period_of"]


@dataclass(frozen=True, slots=True)
class Named:
    """A statistic that can be asked for, by the name it has in addresses; `tab` is its title in short."""

    title: str
    tab: str
    count: Callable[[CountedDays], Statistic]


STATISTICS: dict[str, Named] = {
    "appointments": Named("Bookings and missed visits by week", "Visits", visits.appointments),
    "decisions": Named("Time to decision", "Time to decision", visits.decisions),
    "verdicts": Named("Findings by rule", "Findings", rules.verdicts),
    "overrides": Named("Overrides by rule", "Overrides", rules.overrides),
    "intervals": Named("Interval since the last injection in the same area", "Intervals", intervals.intervals),
    "messages": Named("Delivery of messages", "Delivery", afterwards.messages),
    "procedures": Named("Injections by practitioner and site", "Injections", procedures.procedures),
    "not-given": Named("Visits at which nothing was injected, by reason", "Not given", procedures.not_given),
    "complications": Named("Complications per 1,000 injections, by kind", "Complications", complications.complications),
    "repeats": Named("Injections soon after the last one, by practitioner and site", "Repeats", intervals.repeats),
    "yearly": Named("Injections per patient by year", "By year", procedures.yearly),
    "calls": Named("Minutes from a red flag to the call", "How soon phoned", calls.calls),
    "recovery": Named("Pain after injection", "Pain", afterwards.recovery),
    "benefit": Named("Pain before and after an injection", "Before and after", benefit.benefit),
}

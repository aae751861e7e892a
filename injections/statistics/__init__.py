"""What the clinic can learn from its records, counted by the database. Reads only; no statistic names a patient.

Each takes a period of clinic-local days, both included, and answers with a sentence, a table and a chart, in a fixed
number of queries whatever there is to count.
"""

from collections.abc import Callable
from dataclasses import dataclass

from injections.statistics import afterwards, intervals, rules, visits
from injections.statistics.shapes import Column, Period, Statistic, period_of

__all__ = ["STATISTICS", "Column", "Named", "Period", "Statistic", "period_of"]


@dataclass(frozen=True, slots=True)
class Named:
    """A statistic that can be asked for, by the name it has in addresses."""

    title: str
    count: Callable[[Period], Statistic]


STATISTICS: dict[str, Named] = {
    "appointments": Named("Bookings and missed visits by week", visits.appointments),
    "decisions": Named("Time to decision", visits.decisions),
    "verdicts": Named("Findings by rule", rules.verdicts),
    "overrides": Named("Overrides by rule", rules.overrides),
    "intervals": Named("Interval since the last injection in the same area", intervals.intervals),
    "messages": Named("Delivery of messages", afterwards.messages),
    "recovery": Named("Pain after injection", afterwards.recovery),
}

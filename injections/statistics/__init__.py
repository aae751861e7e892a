"""What the clinic can learn from its records, counted by the database. Reads only; no statistic names a patient.

Each takes a period of clinic-local days, both included, and answers with a sentence, a table and a chart, in a fixed
number of queries whatever there is to count.
"""

from collections.abc import Callable
from dataclasses import dataclass

from injections.statistics import afterwards, benefit, calls, complications, intervals, procedures, rules, visits, waits
from injections.statistics.months import Months, year_behind
from injections.statistics.shapes import Column, CountedDays, Statistic, period_of

__all__ = ["STATISTICS", "Column", "CountedDays", "Named", "Statistic", "period_of"]


@dataclass(frozen=True, slots=True)
class Named:
    """A statistic that can be asked for, by the name it has in addresses; `tab` is its title in short."""

    title: str
    tab: str
    count: Callable[[CountedDays], Statistic]
    months: Months

    def year(self, period: CountedDays) -> Statistic:
        """The twelve months up to the end of a period."""
        return year_behind(self.months, period)


STATISTICS: dict[str, Named] = {
    "appointments": Named(
        "Bookings and missed visits by week", "Visits", visits.appointments, visits.APPOINTMENTS_BY_MONTH
    ),
    "waits": Named("Wait from request to visit", "Waits", waits.waits, waits.WAITS_BY_MONTH),
    "decisions": Named("Time to decision", "Time to decision", visits.decisions, visits.DECISIONS_BY_MONTH),
    "verdicts": Named("Findings by rule", "Findings", rules.verdicts, rules.VERDICTS_BY_MONTH),
    "overrides": Named("Overrides by rule", "Overrides", rules.overrides, rules.OVERRIDES_BY_MONTH),
    "intervals": Named(
        "Interval since the last injection in the same area",
        "Intervals",
        intervals.intervals,
        intervals.INTERVALS_BY_MONTH,
    ),
    "messages": Named("Delivery of messages", "Delivery", afterwards.messages, afterwards.MESSAGES_BY_MONTH),
    "procedures": Named(
        "Injections by practitioner and site", "Injections", procedures.procedures, procedures.PROCEDURES_BY_MONTH
    ),
    "not-given": Named(
        "Visits at which nothing was injected, by reason",
        "Not given",
        procedures.not_given,
        procedures.NOT_GIVEN_BY_MONTH,
    ),
    "complications": Named(
        "Complications per 1,000 injections, by kind",
        "Complications",
        complications.complications,
        procedures.COMPLICATIONS_BY_MONTH,
    ),
    "repeats": Named(
        "Injections soon after the last one, by practitioner and site",
        "Repeats",
        intervals.repeats,
        intervals.INTERVALS_BY_MONTH,
    ),
    "yearly": Named("Injections per patient by year", "By year", procedures.yearly, procedures.YEARLY_BY_MONTH),
    "calls": Named("Minutes from a red flag to the call", "How soon phoned", calls.calls, calls.CALLS_BY_MONTH),
    "recovery": Named("Pain after injection", "Pain", afterwards.recovery, afterwards.RECOVERY_BY_MONTH),
    "benefit": Named(
        "Pain before and after an injection", "Before and after", benefit.benefit, benefit.BENEFIT_BY_MONTH
    ),
}

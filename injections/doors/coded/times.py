"""FHIR's dates and times as ours: partial dates stay partial, instants carry their offset, days are the clinic's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from injections.safety.dates import end_of_day, local_date, span_of
from injections.safety.reading.reader import EARLIEST_YEAR, LATEST_YEAR

FhirTime = str | date | datetime


def is_sensible(value: FhirTime | None) -> bool:
    """Whether a date lies in the years that are read here; nothing outside them is taken for meant."""
    year = int(value[:4]) if isinstance(value, str) else value.year if value else EARLIEST_YEAR
    return EARLIEST_YEAR <= year <= LATEST_YEAR


def partial_date(value: FhirTime | None, zone: ZoneInfo) -> str | None:
    """The day in `zone`, or the month or year that was said: "2026-08-14", "2026-08", "2026"; None for nothing, or for
    what is not sensible.
    """
    if value is None or not is_sensible(value):
        return None
    if isinstance(value, datetime):
        return local_date(value, zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def exact_day(value: FhirTime | None, zone: ZoneInfo) -> date | None:
    """The day in `zone`; None where only a month or a year was said."""
    text = partial_date(value, zone)
    span = span_of(text) if text else None
    return span.first if span is not None and span.is_exact else None


def instant(value: FhirTime | None) -> datetime | None:
    """The instant, where one was said with its offset."""
    return value if isinstance(value, datetime) and is_sensible(value) else None


def latest_instant(value: FhirTime | None, zone: ZoneInfo) -> datetime | None:
    """The last instant that was meant: the time itself, or the end of the day, month or year in `zone`."""
    if (exact := instant(value)) is not None:
        return exact
    text = partial_date(value, zone)
    return end_of_day(span_of(text).last, zone) if text else None

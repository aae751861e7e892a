"""What search parameters say, read as FHIR R4 writes them. Pure.

Source: HL7, FHIR R4 (4.0.1), "Search", https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pht_clinic.errors import Invalid
from pht_clinic.periods import Period, local_days

ID: Final = r"[A-Za-z0-9\-.]{1,64}"
_ROW: Final = re.compile(r"[1-9][0-9]{0,17}")
_REFERENCE: Final = re.compile(r"(?:(?P<type>[A-Z][A-Za-z]{2,40})/)?(?P<id>[^/|\s]+)")
_PREFIXED: Final = re.compile(r"(?P<prefix>[a-z]{2})?(?P<date>\d.*)", re.DOTALL)
_DATE: Final = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d{2})(-(?P<day>\d{2})"
    r"(T(?P<hour>\d{2}):(?P<minute>\d{2})(:(?P<second>\d{2})(\.(?P<part>\d{1,6}))?)?(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?)?"
)
PREFIXES: Final = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


class NotUnderstood(Invalid):
    """What stands in the address, or in the form of a search, cannot be read."""

    code = "not-understood"
    sentence = "This search cannot be understood."


@dataclass(frozen=True, slots=True)
class Token:
    """A code, and the system that it is of: None where none was named, "" where it is to have none.

    `code` is "" where any of the system is meant.
    """

    system: str | None
    code: str

    def may_be_of(self, *systems: str) -> bool:
        """Whether codes of one of these systems are meant; without a system every one is."""
        return self.system is None or self.system in systems


@dataclass(frozen=True, slots=True)
class Reference:
    """One row that others point at; `id` is that of a row of the database."""

    type: str
    id: int


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date with its prefix: `period` is all that it covers at the precision it was given in, half-open, in UTC.

    `first` and `last` are the local days of that.
    """

    prefix: str
    period: Period
    first: date
    last: date


def read_token(text: str) -> Token:
    """`code`, `system|code`, `|code` or `system|`. Raises: NotUnderstood (it says nothing)."""
    system, bar, code = text.rpartition("|")
    if not (system or code):
        raise NotUnderstood.field("", "is a code, or a system and a code with | between them")
    return Token(system if bar else None, code)


def read_reference(text: str, types: tuple[str, ...], *, base: str) -> Reference:
    """`Patient/12`, the same below `base` (this server's own address), or `12` where only one type can be meant.

    Raises: NotUnderstood (also of what is another server's: its numbers are of other people).
    """
    found = _REFERENCE.fullmatch(below(text, base))
    named = found and (found["type"] or (types[0] if len(types) == 1 else None))
    row = row_of(found["id"]) if found else None
    if found is None or row is None or named not in types:
        raise NotUnderstood.field("", f"is a reference such as {types[0]}/12")
    return Reference(named, row)


def below(text: str, base: str) -> str:
    """A reference as it stands below this server's own address. Raises: NotUnderstood (it leads to another one)."""
    here = text.removeprefix(base)
    if "://" in here:
        raise NotUnderstood.field("", f"leads to another server: only what is below {base} is known here")
    return here


def row_of(text: str) -> int | None:
    """The number of a row that an id is; None for an id that nothing here has."""
    return int(text) if _ROW.fullmatch(text) else None


def is_id(text: str) -> bool:
    """Whether FHIR allows this as an id."""
    return re.fullmatch(ID, text) is not None


def read_when(text: str, zone: ZoneInfo) -> DateValue:
    """A date as precise as it was given, with its prefix; without an offset it is of `zone`. Raises: NotUnderstood."""
    found = _PREFIXED.fullmatch(text)
    said = _DATE.fullmatch(found["date"]) if found else None
    prefix = (found["prefix"] or "eq") if found else ""
    if said is None or prefix not in PREFIXES:
        raise NotUnderstood.field(
            "", f"is a date such as 2026-03-24 or 2026-03-24T09:20:00Z, with {', '.join(PREFIXES)} before it if wanted"
        )
    try:
        period = _covered(said, zone)
        first, last = (one.astimezone(zone).date() for one in (period.start, period.end - timedelta(microseconds=1)))
    except (ValueError, OverflowError):
        raise NotUnderstood.field("", "is no date that there is") from None
    return DateValue(prefix, period, first, last)


def _covered(said: re.Match[str], zone: ZoneInfo) -> Period:
    year, month, day = int(said["year"]), int(said["month"] or 1), int(said["day"] or 1)
    if said["hour"] is None:
        return local_days(date(year, month, day), _last_day(said), zone)
    part = (said["part"] or "").ljust(6, "0")
    at = time(int(said["hour"]), int(said["minute"]), int(said["second"] or 0), int(part))
    start = datetime.combine(date(year, month, day), at, tzinfo=_zone_of(said["zone"], zone)).astimezone(UTC)
    return Period(start, start + _precision(said))


def _last_day(said: re.Match[str]) -> date:
    """The last day of the year, the month or the day that was given."""
    year, month = int(said["year"]), int(said["month"] or 12)
    if said["day"]:
        return date(year, month, int(said["day"]))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _precision(said: re.Match[str]) -> timedelta:
    if said["part"]:
        return timedelta(microseconds=10 ** (6 - len(said["part"])))
    return timedelta(seconds=1) if said["second"] else timedelta(minutes=1)


def _zone_of(text: str | None, zone: ZoneInfo) -> ZoneInfo:
    if text is None:
        return zone
    parsed = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo
    return parsed  # type: ignore[return-value]  # a fixed offset, which combines as a zone does
